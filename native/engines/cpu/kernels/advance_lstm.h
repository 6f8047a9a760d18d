// One step of an LSTM after its matrix products.
#pragma once

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

/// `gates` holds the sums of i, f, g and o, `hidden` each: c = sigmoid(f) c + sigmoid(i) tanh(g); h = sigmoid(o) tanh(c).
void advance_lstm(const float* gates, float* h, float* c, int64_t hidden);

}  // namespace mindird::engines::cpu
