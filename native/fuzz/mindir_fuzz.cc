// MindIR files: decoding, programs, lowering for the declared shapes.
#include "fuzz/bounds.h"
#include "fuzz/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mindird::fuzz::TimeBound bound;
  const mindird::Status status = mindird::fuzz::import({data, size});
  if (status.code() == mindird::Code::kInternal || (!status.ok() && status.message().empty())) __builtin_trap();
  return 0;
}
