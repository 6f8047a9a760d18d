#include "engines/cpu/base/layout.h"

#include <algorithm>
#include <numeric>

#include "base/strings.h"

namespace mindird::engines::cpu {

Layout Layout::plain(const Shape& dims) { return {dims, dims.strides()}; }

Layout Layout::dense(const Shape& dims, const std::vector<size_t>& order) {
  Layout out{dims, std::vector<int64_t>(dims.rank(), 1)};
  int64_t stride = 1;
  for (size_t i = order.size(); i-- > 0;) {
    out.strides[order[i]] = stride;
    stride *= std::max<int64_t>(dims[order[i]], 1);
  }
  return out;
}

Layout Layout::channels_last(const Shape& dims) {
  if (dims.rank() < 3) return plain(dims);
  std::vector<size_t> order{0};
  for (size_t d = 2; d < dims.rank(); ++d) order.push_back(d);
  order.push_back(1);
  return dense(dims, order);
}

bool Layout::operator==(const Layout& other) const {
  if (!(dims == other.dims)) return false;
  for (size_t d = 0; d < dims.rank(); ++d) {
    if (dims[d] != 1 && strides[d] != other.strides[d]) return false;
  }
  return true;
}

std::vector<size_t> Layout::memory_order() const {
  std::vector<size_t> order(dims.rank());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[a] > strides[b]; });
  return order;
}

bool Layout::is_dense() const {
  int64_t expected = 1;
  const std::vector<size_t> order = memory_order();
  for (size_t i = order.size(); i-- > 0;) {
    if (dims[order[i]] == 1) continue;
    if (strides[order[i]] != expected) return false;
    expected *= dims[order[i]];
  }
  return true;
}

int64_t Layout::span() const {
  int64_t last = 0;
  for (size_t d = 0; d < dims.rank(); ++d) {
    if (dims[d] == 0) return 0;
    last += (dims[d] - 1) * strides[d];
  }
  return last + 1;
}

Layout Layout::permuted(const std::vector<int64_t>& perm) const {
  Layout out;
  std::vector<int64_t> sizes;
  for (int64_t p : perm) {
    sizes.push_back(dims[static_cast<size_t>(p)]);
    out.strides.push_back(strides[static_cast<size_t>(p)]);
  }
  out.dims = Shape(std::move(sizes));
  return out;
}

std::optional<Layout> Layout::reshaped(const Shape& wanted) const {
  // Old dims are merged where they continue each other in memory; each new dim must then be cut from the inner end of one merged dim.
  std::vector<std::pair<int64_t, int64_t>> merged;  // size, stride
  for (size_t d = 0; d < dims.rank(); ++d) {
    if (dims[d] == 0) return plain(wanted);
    if (dims[d] == 1) continue;
    if (!merged.empty() && merged.back().second == strides[d] * dims[d]) {
      merged.back() = {merged.back().first * dims[d], strides[d]};
    } else {
      merged.emplace_back(dims[d], strides[d]);
    }
  }
  Layout out{wanted, std::vector<int64_t>(wanted.rank(), 1)};
  size_t m = merged.size();
  int64_t left = 1;
  int64_t stride = 1;
  for (size_t d = wanted.rank(); d-- > 0;) {
    if (wanted[d] == 1) {
      // Any stride will do; this one keeps row-major memory looking row-major.
      out.strides[d] = d + 1 < wanted.rank() ? out.strides[d + 1] * wanted[d + 1] : 1;
      continue;
    }
    if (left == 1) {
      if (m == 0) return std::nullopt;
      --m;
      left = merged[m].first;
      stride = merged[m].second;
    }
    if (left % wanted[d] != 0) return std::nullopt;
    out.strides[d] = stride;
    stride *= wanted[d];
    left /= wanted[d];
  }
  if (left != 1 || m != 0) return std::nullopt;
  return out;
}

std::string Layout::text() const {
  if (is_plain()) return "plain";
  return is_channels_last() ? "channels-last" : "strided";
}

bool has_data_type(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kI32 || dtype == DType::kI8 || dtype == DType::kU8;
}

dnnl::memory::data_type data_type(DType dtype) {
  switch (dtype) {
    case DType::kF32: return dnnl::memory::data_type::f32;
    case DType::kF16: return dnnl::memory::data_type::f16;
    case DType::kBF16: return dnnl::memory::data_type::bf16;
    case DType::kI32: return dnnl::memory::data_type::s32;
    case DType::kI8: return dnnl::memory::data_type::s8;
    case DType::kU8: return dnnl::memory::data_type::u8;
    default: return dnnl::memory::data_type::undef;
  }
}

dnnl::memory::desc describe(DType dtype, const Layout& layout) {
  if (layout.dims.rank() == 0) return {{1}, data_type(dtype), dnnl::memory::dims{1}};
  // No element depends on the stride of a dim of size 1, but the product kernels of oneDNN 3.13 do: they give wrong numbers where it is less than what lies
  // inside of it.
  dnnl::memory::dims strides = layout.strides;
  int64_t inside = 1;
  for (size_t d = strides.size(); d-- > 0;) {
    if (layout.dims[d] == 1) {
      strides[d] = inside;
    } else {
      inside += std::max<int64_t>(layout.dims[d] - 1, 0) * strides[d];
    }
  }
  return {layout.dims.vector(), data_type(dtype), strides};
}

std::string desc_text(const dnnl::memory::desc& desc) {
  const auto dims = desc.get_dims();
  const auto strides = desc.get_strides();
  const auto blocks = desc.get_inner_blks();
  const auto indices = desc.get_inner_idxs();
  const auto padded = desc.get_padded_dims();
  std::string out = str("t", static_cast<int>(desc.get_data_type()), "d", list_text(std::span(dims)), "p", list_text(std::span(padded)));
  out += str("s", list_text(std::span(strides)), "b", list_text(std::span(blocks)), "i", list_text(std::span(indices)));
  return str(out, "n", desc.get_size());
}

}  // namespace mindird::engines::cpu
