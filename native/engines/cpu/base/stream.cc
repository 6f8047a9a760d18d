#include "engines/cpu/base/stream.h"

#include <xmmintrin.h>

namespace mindird::engines::cpu {
namespace {

constexpr unsigned kFlushToZero = 0x8040;  // flush results and treat denormal inputs as zero

}  // namespace

const dnnl::engine& device() {
  static const auto* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

void use_threads(int threads) { set_team_limit(threads); }

ComputeScope::ComputeScope(int threads) : team_(threads), saved_(_mm_getcsr()), saved_threads_(team_limit()) {
  set_team_limit(threads);
  _mm_setcsr(saved_ | kFlushToZero);
}

ComputeScope::~ComputeScope() {
  _mm_setcsr(saved_);
  set_team_limit(saved_threads_);
}

}  // namespace mindird::engines::cpu
