#include "engines/cpu/base/stream.h"

#include "base/instructions.h"

namespace mindird::engines::cpu {

const dnnl::engine& device() {
  static const auto* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

void use_threads(int threads) { set_team_limit(threads); }

ComputeScope::ComputeScope(int threads) : team_(threads), saved_(float_control()), saved_threads_(team_limit()) {
  set_team_limit(threads);
  set_float_control(saved_ | kFlushToZero);
}

ComputeScope::~ComputeScope() {
  set_float_control(saved_);
  set_team_limit(saved_threads_);
}

}  // namespace mindird::engines::cpu
