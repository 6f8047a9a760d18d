#include "tensor/tensor.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/checked.h"
#include "base/halves.h"
#include "base/populate.h"
#include "base/strings.h"

namespace mindird {

bool Shape::known() const {
  for (int64_t d : dims_) {
    if (d < 0) return false;
  }
  return true;
}

int64_t Shape::elements() const {
  int64_t n = 1;
  for (int64_t d : dims_) n *= d;
  return n;
}

std::optional<int64_t> Shape::checked_elements() const { return checked_product(dims_); }

std::vector<int64_t> Shape::strides() const {
  std::vector<int64_t> out(rank());
  int64_t stride = 1;
  for (size_t i = rank(); i-- > 0;) {
    out[i] = stride;
    stride *= dims_[i];
  }
  return out;
}

std::string Shape::text() const { return list_text<int64_t>(dims_); }

std::optional<size_t> normalize_axis(int64_t axis, size_t rank) {
  const auto n = static_cast<int64_t>(rank);
  if (axis < -n || axis >= n) return std::nullopt;
  return static_cast<size_t>(axis < 0 ? axis + n : axis);
}

std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const size_t rank = std::max(a.rank(), b.rank());
  std::vector<int64_t> out(rank);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = i < rank - a.rank() ? 1 : a[i - (rank - a.rank())];
    const int64_t y = i < rank - b.rank() ? 1 : b[i - (rank - b.rank())];
    if (x == y) {
      out[i] = x;
    } else if (x == 1 || (x < 0 && y != 1)) {
      out[i] = y;
    } else if (y == 1 || y < 0) {
      out[i] = x;
    } else {
      return std::nullopt;
    }
  }
  return Shape(std::move(out));
}

std::optional<int64_t> TensorType::checked_bytes() const {
  const auto n = shape.checked_elements();
  if (!n) return std::nullopt;
  return checked_mul(*n, static_cast<int64_t>(dtype_size(dtype)));
}

std::string TensorType::text() const { return std::string(dtype_name(dtype)) + shape.text(); }

namespace {

constexpr size_t kLine = 64;
/// A page of the larger size that x86-64 and arm64 (with pages of 4 KiB) know. Where the kernel gives them to who asks, one miss of the address cache and one
/// fault stand for 512.
constexpr size_t kHugePage = size_t{2} << 20U;
/// What is larger is read from end to end, where a miss is a small part of the time, and a kernel that first has to make room for so many pages keeps a start
/// waiting for seconds.
constexpr size_t kMostHuge = size_t{32} << 20U;

}  // namespace

void Buffer::Free::operator()(std::byte* p) const {
  if (!block) std::free(p);
}

Buffer Buffer::part(std::shared_ptr<Buffer> block, size_t offset, size_t bytes) {
  Buffer out;
  std::byte* const place = block->data() + offset;
  out.data_ = std::unique_ptr<std::byte, Free>(place, Free{std::move(block)});
  out.size_ = bytes;
  return out;
}

Result<Buffer> Buffer::allocate(size_t bytes) {
  Buffer out;
  if (bytes > (size_t{1} << 46U)) return Status(Code::kOutOfMemory, str("cannot allocate ", bytes, " bytes"));
  const size_t alignment = bytes >= kHugePage && bytes <= kMostHuge ? kHugePage : kLine;
  const size_t rounded = (std::max<size_t>(bytes, 1) + kLine - 1) & ~(kLine - 1);
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment, rounded) != 0) return Status(Code::kOutOfMemory, str("cannot allocate ", bytes, " bytes"));
  out.data_.reset(static_cast<std::byte*>(memory));
  if (alignment == kHugePage) ::madvise(out.data_.get(), rounded / kHugePage * kHugePage, MADV_HUGEPAGE);
  out.size_ = bytes;
  return out;
}

Constant::Constant(TensorType type, Buffer buffer) : type_(std::move(type)), buffer_(std::move(buffer)) {
  hash_ = Hasher().text(type_.text()).bytes(bytes()).digest();
}

namespace {

/// In pieces that stay in the processor's caches while they are populated and written.
void copy_pieces(std::span<const std::byte> from, std::span<std::byte> to) {
  constexpr size_t kPiece = size_t{256} << 10U;
  for (size_t at = 0; at < from.size(); at += kPiece) {
    const auto piece = from.subspan(at, std::min(kPiece, from.size() - at));
    if (piece.size() == kPiece) populate(to.subspan(at, kPiece));
    std::memcpy(to.data() + at, piece.data(), piece.size());
  }
}

void copy(std::span<const std::byte> from, std::span<std::byte> to) {
  if (from.size() < kWorthHalves) return copy_pieces(from, to);
  const size_t half = from.size() / 2;
  in_halves([&] { copy_pieces(from.first(half), to.first(half)); }, [&] { copy_pieces(from.subspan(half), to.subspan(half)); });
}

}  // namespace

Result<ConstantPtr> make_constant(const TensorType& type, std::span<const std::byte> bytes) {
  if (bytes.size() != type.bytes()) {
    return internal_error(str("constant of type ", type.text(), " given ", bytes.size(), " bytes, want ", type.bytes()));
  }
  TRY_ASSIGN(Buffer buffer, Buffer::allocate(bytes.size()));
  copy(bytes, buffer.span());
  return ConstantPtr(std::make_shared<const Constant>(type, std::move(buffer)));
}

}  // namespace mindird
