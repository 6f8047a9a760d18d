#include "test/mindir_npz.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/strings.h"

namespace mindird::test {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr size_t kLocalHeaderSize = 30;

template <class T>
std::optional<T> read_at(std::string_view bytes, size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::optional<DType> dtype_of(std::string_view code) {
  static const std::map<std::string_view, DType> kCodes = {{"|b1", DType::kBool}, {"|u1", DType::kU8},  {"<u2", DType::kU16}, {"<u4", DType::kU32},
                                                           {"<u8", DType::kU64},  {"|i1", DType::kI8},  {"<i2", DType::kI16}, {"<i4", DType::kI32},
                                                           {"<i8", DType::kI64},  {"<f2", DType::kF16}, {"<f4", DType::kF32}, {"<f8", DType::kF64}};
  const auto found = kCodes.find(code);
  return found == kCodes.end() ? std::nullopt : std::optional(found->second);
}

/// What follows `key` in the header's dictionary up to `end`.
std::string_view field(std::string_view header, std::string_view key, char begin, char end) {
  const size_t at = header.find(key);
  if (at == std::string_view::npos) return {};
  const size_t from = header.find(begin, at + key.size());
  if (from == std::string_view::npos) return {};
  const size_t to = header.find(end, from + 1);
  return to == std::string_view::npos ? std::string_view() : header.substr(from + 1, to - from - 1);
}

Result<ConstantPtr> parse_npy(std::string_view bytes) {
  if (!bytes.starts_with("\x93NUMPY")) return invalid_argument("not an npy array");
  const auto major = read_at<uint8_t>(bytes, 6);
  const size_t prefix = major == 1 ? 10 : 12;
  const std::optional<uint32_t> length = major == 1 ? std::optional<uint32_t>(read_at<uint16_t>(bytes, 8)) : read_at<uint32_t>(bytes, 8);
  if (!length || bytes.size() < prefix + *length) return invalid_argument("truncated npy header");
  const std::string_view header = bytes.substr(prefix, *length);
  const auto dtype = dtype_of(field(header, "'descr':", '\'', '\''));
  if (!dtype || header.find("'fortran_order': False") == std::string_view::npos) return invalid_argument(str("npy header ", header));
  Shape shape;
  std::vector<int64_t> dims;
  std::string_view list = field(header, "'shape':", '(', ')');
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string number(list.substr(0, comma));
    if (number.find_first_of("0123456789") != std::string::npos) dims.push_back(std::stoll(number));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  const TensorType type{*dtype, Shape(std::move(dims))};
  const std::string_view data = bytes.substr(prefix + *length);
  return make_constant(type, std::as_bytes(std::span(data.data(), data.size())));
}

}  // namespace

Result<std::map<std::string, ConstantPtr>> read_npz(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, str("cannot open ", path));
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, ConstantPtr> out;
  size_t at = 0;
  while (read_at<uint32_t>(all, at) == kLocalHeader) {
    const auto method = read_at<uint16_t>(all, at + 8);
    auto size = static_cast<uint64_t>(read_at<uint32_t>(all, at + 18).value_or(0));
    const auto name_size = read_at<uint16_t>(all, at + 26);
    const auto extra_size = read_at<uint16_t>(all, at + 28);
    if (method != 0 || !name_size || !extra_size) return invalid_argument(str(path, ": compressed or truncated"));
    const size_t extra = at + kLocalHeaderSize + *name_size;
    if (size == 0xffffffff) size = read_at<uint64_t>(all, extra + 12).value_or(0);  // zip64: NumPy always writes it
    const size_t begin = extra + *extra_size;
    if (begin > all.size() || size > all.size() - begin) return invalid_argument(str(path, ": truncated"));
    std::string name = all.substr(at + kLocalHeaderSize, *name_size);
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    TRY_ASSIGN(ConstantPtr array, parse_npy(std::string_view(all).substr(begin, size)).with(str(path, ": ", name)));
    out.emplace(std::move(name), std::move(array));
    at = begin + size;
  }
  if (out.empty()) return invalid_argument(str(path, ": no arrays"));
  return out;
}

}  // namespace mindird::test
