// Shapes, tensor types, views on tensor memory and the buffers that own it. All tensors are dense, row-major, little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/status.h"
#include "tensor/dtype.h"
#include "tensor/half.h"

namespace mindird {

/// Largest rank any tensor may have; more in a file is refused.
inline constexpr size_t kMaxRank = 12;

/// Dimensions; -1 is unknown (only in signatures and downstream of operators with data-dependent output sizes).
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {}

  size_t rank() const { return dims_.size(); }
  int64_t operator[](size_t i) const { return dims_[i]; }
  int64_t& operator[](size_t i) { return dims_[i]; }
  std::span<const int64_t> dims() const { return dims_; }
  const std::vector<int64_t>& vector() const { return dims_; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  bool operator==(const Shape&) const = default;

  /// True when no dimension is unknown.
  bool known() const;
  /// Number of elements of a known shape whose size was checked at creation of its tensor; see checked_elements for untrusted shapes.
  int64_t elements() const;
  /// Elements, or nothing when a dimension is unknown or the product overflows.
  std::optional<int64_t> checked_elements() const;
  /// Row-major strides in elements.
  std::vector<int64_t> strides() const;
  /// "[1,3,224,224]"
  std::string text() const;

 private:
  std::vector<int64_t> dims_;
};

/// Axis in [-rank, rank) to [0, rank), or nothing.
std::optional<size_t> normalize_axis(int64_t axis, size_t rank);
/// NumPy broadcasting of two shapes, or nothing when they do not fit. Unknown with unknown or known n>1 gives the known one.
std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b);

struct TensorType {
  DType dtype = DType::kF32;
  Shape shape;
  bool operator==(const TensorType&) const = default;
  /// Bytes of a known shape.
  size_t bytes() const { return static_cast<size_t>(shape.elements()) * dtype_size(dtype); }
  std::optional<int64_t> checked_bytes() const;
  /// "f32[1,3,224,224]"
  std::string text() const;
};

/// A typed view on memory owned by someone else.
struct Tensor {
  TensorType type;
  std::byte* data = nullptr;

  const Shape& shape() const { return type.shape; }
  DType dtype() const { return type.dtype; }
  int64_t elements() const { return type.shape.elements(); }
  size_t bytes() const { return type.bytes(); }
  template <class T>
  std::span<T> as() const {
    return {reinterpret_cast<T*>(data), static_cast<size_t>(elements())};
  }
};

/// Owned memory, aligned to 64 bytes. Not zeroed.
class Buffer {
 public:
  Buffer() = default;
  /// Fails with OUT_OF_MEMORY instead of throwing.
  static Result<Buffer> allocate(size_t bytes);
  /// `bytes` of `block` from `offset` on, all of which lie in it and are nobody else's; the block stays as long as they do.
  static Buffer part(std::shared_ptr<Buffer> block, size_t offset, size_t bytes);

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  std::span<std::byte> span() { return {data_.get(), size_}; }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    std::shared_ptr<Buffer> block;  // that it is part of, null where it stands alone
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  size_t size_ = 0;
};

/// An immutable tensor with its content hash; shared between graphs, plans and engines.
class Constant {
 public:
  Constant(TensorType type, Buffer buffer);

  const TensorType& type() const { return type_; }
  std::span<const std::byte> bytes() const { return buffer_.span().first(type_.bytes()); }
  const Hash128& hash() const { return hash_; }
  /// A view for reading; nothing may write through it.
  Tensor view() const { return {type_, const_cast<std::byte*>(buffer_.data())}; }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(buffer_.data()), static_cast<size_t>(type_.shape.elements())};
  }

 private:
  TensorType type_;
  Buffer buffer_;
  Hash128 hash_;
};

using ConstantPtr = std::shared_ptr<const Constant>;

/// Copies raw bytes into a new constant; `bytes` must have exactly the size of `type`.
Result<ConstantPtr> make_constant(const TensorType& type, std::span<const std::byte> bytes);

}  // namespace mindird
