// Constants of one module: copied out of the mapped file once, aligned, and shared when their contents are equal.
#pragma once

#include <optional>
#include <unordered_map>

#include "mindir/model.h"
#include "mindir/model_file.h"
#include "tensor/tensor.h"

namespace mindird::mindir {

/// Largest single dimension. Tensors without elements could otherwise have dimensions of any size.
inline constexpr int64_t kMaxDimension = int64_t{1} << 33U;

/// TensorProto.data_type as an element type; nothing for strings, complex numbers and packed types.
std::optional<DType> dtype_of_proto(int64_t data_type);
/// MindSpore's TypeId (the argument of Cast and others) as an element type.
std::optional<DType> dtype_of_type_id(int64_t type_id);
/// The other way.
int64_t type_id_of(DType dtype);

class ConstantStore {
 public:
  ConstantStore(const FileContents& file, ExternalFiles& external) : file_(file), external_(external) {}

  /// The tensor's contents; errors say what is wrong with it but not which tensor it is.
  Result<ConstantPtr> make(const TensorView& tensor);
  /// Bytes of all distinct constants.
  size_t bytes() const { return bytes_; }

 private:
  Result<std::string_view> contents(const TensorView& tensor, const TensorType& type, int64_t bytes);

  const FileContents& file_;
  ExternalFiles& external_;
  std::unordered_map<Hash128, ConstantPtr, Hash128Hasher> by_hash_;
  size_t bytes_ = 0;
};

/// The type of a tensor that has contents: known dims, a rank within limits, a size that fits.
Result<TensorType> concrete_type(const TensorView& tensor);

}  // namespace mindird::mindir
