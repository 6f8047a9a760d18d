#include "counters.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace mindird::test {
namespace {

template <class F>
F cuda_function(const char* name) {
  void* const library = dlopen(MINDIRD_FAKE_GPU "/libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  void* const found = library ? dlsym(library, name) : nullptr;
  if (found) return reinterpret_cast<F>(found);
  std::fprintf(stderr, "%s: not in the test libcuda\n", name);
  std::abort();
}

}  // namespace

int64_t cuda_count(const char* name) {
  const int64_t out = cuda_function<int64_t (*)(const char*)>("mindird_test_cuda_count")(name);
  if (out >= 0) return out;
  std::fprintf(stderr, "%s: no counter of the test libcuda\n", name);
  std::abort();
}

std::vector<test_cuda::TraceRecord> cuda_trace() {
  const auto read = cuda_function<size_t (*)(test_cuda::TraceRecord*, size_t)>("mindird_test_cuda_trace");
  std::vector<test_cuda::TraceRecord> out(read(nullptr, 0));
  read(out.data(), out.size());
  return out;
}

void forget_cuda() { cuda_function<void (*)()>("mindird_test_cuda_forget")(); }

}  // namespace mindird::test
