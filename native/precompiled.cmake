# Precompiled headers: the standard library's, GoogleTest's and oneDNN's are most of what the compiler reads for a small file. Each source includes
# what it uses all the same, so that -DMINDIRD_PRECOMPILED=OFF builds too.
option(MINDIRD_PRECOMPILED "Precompile the headers of libraries" ON)

set(MINDIRD_STANDARD_HEADERS <algorithm> <array> <charconv> <cmath> <cstdint> <cstring> <functional> <limits> <map> <memory> <optional> <span> <string>
  <string_view> <unordered_map> <utility> <variant> <vector>)

# Owners of what other targets use. The compiler takes a precompiled header only where position independence is as it was for it:
# libraries and executables have their own, and so has either kind with oneDNN.
if(MINDIRD_PRECOMPILED)
  set(owner_source ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cc)
  file(CONFIGURE OUTPUT ${owner_source} CONTENT "int main() {}\n")
  add_library(mindird_library_headers OBJECT EXCLUDE_FROM_ALL ${owner_source})
  add_library(mindird_library_onednn_headers OBJECT EXCLUDE_FROM_ALL ${owner_source})
  add_executable(mindird_test_headers EXCLUDE_FROM_ALL ${owner_source})
  add_executable(mindird_test_onednn_headers EXCLUDE_FROM_ALL ${owner_source})
  foreach(owner library library_onednn test test_onednn)
    target_precompile_headers(mindird_${owner}_headers PRIVATE ${MINDIRD_STANDARD_HEADERS})
    if(owner MATCHES test AND MINDIRD_BUILD_TESTS)
      target_precompile_headers(mindird_${owner}_headers PRIVATE <filesystem> <fstream> <random> <gtest/gtest.h>)
      target_link_libraries(mindird_${owner}_headers PRIVATE GTest::gtest)
    endif()
    if(owner MATCHES onednn AND MINDIRD_BUILD_CPU_ENGINE)
      target_precompile_headers(mindird_${owner}_headers PRIVATE <oneapi/dnnl/dnnl.hpp>)
      target_link_libraries(mindird_${owner}_headers PRIVATE mindird_onednn)
    endif()
  endforeach()
endif()

# mindird_precompile(library|test TARGET [LIBS libraries…]): the headers for a target with these libraries.
function(mindird_precompile KIND TARGET)
  if("mindird_onednn" IN_LIST ARGN)
    string(APPEND KIND _onednn)
  endif()
  if(MINDIRD_PRECOMPILED)
    target_precompile_headers(${TARGET} REUSE_FROM mindird_${KIND}_headers)
    # In precompiled headers g++ 12 no longer knows what is the system's, and takes inserts into strings for overflows.
    target_compile_options(${TARGET} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-error=stringop-overflow -Wno-error=array-bounds>)
  endif()
endfunction()
