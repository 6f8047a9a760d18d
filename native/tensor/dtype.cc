#include "tensor/dtype.h"

#include <array>

namespace mindird {
namespace {

struct Entry {
  std::string_view name;
  std::string_view protocol;
  size_t size;
};

constexpr std::array<Entry, kDTypeCount> kTable = {{{"bool", "BOOL", 1},
                                                    {"u8", "UINT8", 1},
                                                    {"u16", "UINT16", 2},
                                                    {"u32", "UINT32", 4},
                                                    {"u64", "UINT64", 8},
                                                    {"i8", "INT8", 1},
                                                    {"i16", "INT16", 2},
                                                    {"i32", "INT32", 4},
                                                    {"i64", "INT64", 8},
                                                    {"f16", "FP16", 2},
                                                    {"bf16", "BF16", 2},
                                                    {"f32", "FP32", 4},
                                                    {"f64", "FP64", 8}}};

const Entry& entry(DType dtype) { return kTable[static_cast<size_t>(dtype)]; }

}  // namespace

size_t dtype_size(DType dtype) { return entry(dtype).size; }
std::string_view dtype_name(DType dtype) { return entry(dtype).name; }
std::string_view dtype_protocol_name(DType dtype) { return entry(dtype).protocol; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (size_t i = 0; i < kDTypeCount; ++i) {
    if (kTable[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace mindird
