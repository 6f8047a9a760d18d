#include "engines/cpu/kernels/advance_lstm.h"

#include <cstring>

#include "engines/cpu/kernels/exponential.h"

namespace mindird::engines::cpu {
namespace {

struct Gates {
  V16 i, f, g, o;
};

MINDIRD_INLINE void advance(Gates& gates, V16& h, V16& c) {
  logistic(gates.i);
  logistic(gates.f);
  hyperbolic_tangent(gates.g);
  logistic(gates.o);
  c = gates.f * c + gates.i * gates.g;
  V16 squashed = c;
  hyperbolic_tangent(squashed);
  h = gates.o * squashed;
}

MINDIRD_CLONES void advance_vectors(const float* gates, float* h, float* c, int64_t hidden) {
  int64_t j = 0;
  for (; j + kLanes <= hidden; j += kLanes) {
    Gates now{*reinterpret_cast<const V16*>(gates + j), *reinterpret_cast<const V16*>(gates + hidden + j),
              *reinterpret_cast<const V16*>(gates + 2 * hidden + j), *reinterpret_cast<const V16*>(gates + 3 * hidden + j)};
    advance(now, *reinterpret_cast<V16*>(h + j), *reinterpret_cast<V16*>(c + j));
  }
  if (j == hidden) return;
  // The rest by way of whole vectors.
  const auto bytes = static_cast<size_t>(hidden - j) * sizeof(float);
  Gates now{};
  V16 state{};
  V16 result{};
  std::memcpy(&now.i, gates + j, bytes);
  std::memcpy(&now.f, gates + hidden + j, bytes);
  std::memcpy(&now.g, gates + 2 * hidden + j, bytes);
  std::memcpy(&now.o, gates + 3 * hidden + j, bytes);
  std::memcpy(&state, c + j, bytes);
  advance(now, result, state);
  std::memcpy(h + j, &result, bytes);
  std::memcpy(c + j, &state, bytes);
}

}  // namespace

void advance_lstm(const float* gates, float* h, float* c, int64_t hidden) { advance_vectors(gates, h, c, hidden); }

}  // namespace mindird::engines::cpu
