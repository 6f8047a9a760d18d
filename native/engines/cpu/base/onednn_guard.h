// The catch wall between oneDNN (which throws) and the rest: exceptions become Status.
#pragma once

#include <new>
#include <oneapi/dnnl/dnnl.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace mindird::engines::cpu {

/// Calls f, which returns Status; an exception out of oneDNN or the allocator becomes an error.
template <class F>
Status guard_onednn(F&& f) {
  try {
    return f();
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_out_of_memory) return {Code::kOutOfMemory, "cpu: oneDNN is out of memory"};
    return {Code::kEngineFailed, str("cpu: oneDNN: ", std::string_view(e.what()))};
  } catch (const std::bad_alloc&) {
    return {Code::kOutOfMemory, "cpu: out of memory"};
  }
}

}  // namespace mindird::engines::cpu
