#include "engines/cpu/base/stream.h"

#include <omp.h>
#include <xmmintrin.h>

namespace mindird::engines::cpu {
namespace {

constexpr unsigned kFlushToZero = 0x8040;  // flush results and treat denormal inputs as zero

/// OpenMP's workers belong to the thread that leads them, so each leading thread prepares its own once per team size.
void prepare_workers(int threads) {
  thread_local int prepared = 1;
  if (threads <= prepared) return;
#pragma omp parallel num_threads(threads)
  _mm_setcsr(_mm_getcsr() | kFlushToZero);
  prepared = threads;
}

}  // namespace

const dnnl::engine& device() {
  static const auto* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

void use_threads(int threads) { omp_set_num_threads(threads); }

ComputeScope::ComputeScope(int threads) : saved_(_mm_getcsr()), saved_threads_(omp_get_max_threads()) {
  omp_set_num_threads(threads);
  prepare_workers(threads);
  _mm_setcsr(saved_ | kFlushToZero);
}

ComputeScope::~ComputeScope() {
  _mm_setcsr(saved_);
  omp_set_num_threads(saved_threads_);
}

}  // namespace mindird::engines::cpu
