#include "engines/processors.h"

#include <atomic>

namespace mindird::engines {
namespace {

std::atomic<ProcessorHold (*)(int)> holder{nullptr};

}  // namespace

void share_processors_by(ProcessorHold (*hold)(int threads)) { holder = hold; }

ProcessorHold hold_processors(int threads) {
  ProcessorHold (*const hold)(int) = holder;
  return hold ? hold(threads) : nullptr;
}

}  // namespace mindird::engines
