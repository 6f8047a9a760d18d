#include "mindir/constant_store.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

/// MindSpore's numbers of element types as values (TypeId), not those of TensorProto.
constexpr std::array<std::pair<int64_t, DType>, kDTypeCount> kTypeIds = {{{30, DType::kBool},
                                                                          {32, DType::kI8},
                                                                          {33, DType::kI16},
                                                                          {34, DType::kI32},
                                                                          {35, DType::kI64},
                                                                          {37, DType::kU8},
                                                                          {38, DType::kU16},
                                                                          {39, DType::kU32},
                                                                          {40, DType::kU64},
                                                                          {42, DType::kF16},
                                                                          {43, DType::kF32},
                                                                          {44, DType::kF64},
                                                                          {45, DType::kBF16}}};

}  // namespace

std::optional<DType> dtype_of_proto(int64_t data_type) {
  switch (data_type) {
    case 1: return DType::kF32;
    case 2: return DType::kU8;
    case 3: return DType::kI8;
    case 4: return DType::kU16;
    case 5: return DType::kI16;
    case 6: return DType::kI32;
    case 7: return DType::kI64;
    case 9: return DType::kBool;
    case 10: return DType::kF16;
    case 11:
    case 17: return DType::kF64;
    case 12: return DType::kU32;
    case 13: return DType::kU64;
    case 16: return DType::kBF16;
    default: return std::nullopt;
  }
}

std::optional<DType> dtype_of_type_id(int64_t type_id) {
  for (const auto& [id, dtype] : kTypeIds) {
    if (id == type_id) return dtype;
  }
  return std::nullopt;
}

int64_t type_id_of(DType dtype) {
  const auto found = std::find_if(kTypeIds.begin(), kTypeIds.end(), [dtype](const auto& entry) { return entry.second == dtype; });
  return found->first;
}

Result<TensorType> concrete_type(const TensorView& tensor) {
  const auto dtype = dtype_of_proto(tensor.data_type);
  if (!dtype) return unsupported(str("element type ", tensor.data_type, " is not supported"));
  if (tensor.dims.size() > kMaxRank) return invalid_model(str("rank ", tensor.dims.size(), ", want at most ", kMaxRank));
  TensorType type{*dtype, Shape(tensor.dims)};
  const bool too_large = std::any_of(tensor.dims.begin(), tensor.dims.end(), [](int64_t dim) { return dim > kMaxDimension; });
  if (too_large || !type.checked_bytes()) return invalid_model(str("impossible shape ", type.shape.text()));
  return type;
}

Result<std::string_view> ConstantStore::contents(const TensorView& tensor, const TensorType& type, int64_t bytes) {
  if (tensor.external) {
    TRY_ASSIGN(std::string_view found, external_.range(tensor.external->location, tensor.external->offset, tensor.external->length));
    return found;
  }
  if (tensor.has_raw || bytes == 0) return tensor.raw;
  if (tensor.has_typed_data) return unsupported("the values are in a typed array, want raw_data");
  return invalid_model(str("no values for type ", type.text()));
}

Result<ConstantPtr> ConstantStore::make(const TensorView& tensor) {
  if (tensor.compression != 0) return unsupported(str("compression type ", tensor.compression, " is not supported"));
  TRY_ASSIGN(const TensorType type, concrete_type(tensor));
  const int64_t bytes = *type.checked_bytes();
  TRY_ASSIGN(const std::string_view raw, contents(tensor, type, bytes));
  if (raw.size() != static_cast<size_t>(bytes)) {
    return invalid_model(str(raw.size(), " bytes of values, want ", bytes, " for type ", type.text()));
  }
  if (type.dtype == DType::kBool && std::any_of(raw.begin(), raw.end(), [](char c) { return c != 0 && c != 1; })) {
    return invalid_model("a bool tensor holds values other than 0 and 1");
  }
  TRY_ASSIGN(ConstantPtr constant, make_constant(type, std::as_bytes(std::span(raw.data(), raw.size()))));
  if (tensor.external) {
    external_.release(raw);
  } else {
    file_.release(raw);
  }
  const auto [entry, is_new] = by_hash_.emplace(constant->hash(), constant);
  if (is_new) bytes_ += raw.size();
  return entry->second;
}

}  // namespace mindird::mindir
