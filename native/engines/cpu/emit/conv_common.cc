#include "engines/cpu/emit/conv_common.h"

#include <algorithm>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/emit/post_ops.h"

namespace mindird::engines::cpu {

Layout image_layout(const NodeBuilder& b, const Shape& shape) { return b.optimize() ? Layout::channels_last(shape) : Layout::plain(shape); }

Shape grouped_weight_shape(const Shape& weights, int64_t groups, size_t split) {
  if (groups == 1) return weights;
  std::vector<int64_t> dims = weights.vector();
  dims[split] /= groups;
  dims.insert(dims.begin(), groups);
  return Shape(std::move(dims));
}

bool all_are(const std::vector<int64_t>& values, int64_t wanted) {
  return std::ranges::all_of(values, [&](int64_t v) { return v == wanted; });
}

std::vector<int64_t> minus_one(std::vector<int64_t> values) {
  for (int64_t& v : values) --v;
  return values;
}

dnnl::memory::desc any_layout(const Shape& shape, DType dtype) { return {shape.vector(), data_type(dtype), dnnl::memory::format_tag::any}; }

Result<Ref> packed_weights(NodeBuilder& b, const ConstantPtr& constant, const dnnl::memory::desc& source, const dnnl::memory::desc& wanted) {
  if (source == wanted) return b.add_constant(constant->bytes().data(), constant->bytes().size(), constant);
  const PackKey key{str(constant->hash().hex(), ":", desc_text(source)), desc_text(wanted), wanted.get_size()};
  return b.packed(key, [&](std::byte* out) -> Status {
    dnnl::stream stream(device());
    dnnl::memory from(source, device(), constant->view().data);
    dnnl::memory to(wanted, device(), out);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return {};
  });
}

Status add_weights(NodeBuilder& b, size_t i, const Layout& given, const dnnl::memory::desc& wanted, std::vector<PrimitiveArg>& args) {
  const dnnl::memory::desc source = describe(DType::kF32, given);
  Ref ref;
  if (const ConstantPtr constant = b.constant(i)) {
    TRY_ASSIGN(ref, packed_weights(b, constant, source, wanted));
  } else {
    TRY_ASSIGN(const Placed plain, b.in_plain(i));
    ref = plain.ref;
    if (!(source == wanted)) {
      const dnnl::reorder::primitive_desc pd(device(), source, device(), wanted, strict_attributes());
      ref = b.scratch(wanted.get_size());
      b.emit("reorder weights", pd, dnnl::reorder(pd), {{DNNL_ARG_FROM, plain.ref, source}, {DNNL_ARG_TO, ref, wanted}});
    }
  }
  args.push_back({DNNL_ARG_WEIGHTS, ref, wanted});
  return {};
}

}  // namespace mindird::engines::cpu
