#include "engines/cpu/build/node_builder.h"

#include "base/strings.h"

namespace mindird::engines::cpu {

std::string NodeBuilder::text(std::string_view kernel) const {
  std::string out(node().op->id());
  for (const PostOp& post : group_.post) {
    out += '+';
    if (post.quantize) out += "quantize";
    if (post.unary) out += ops::kUnaryKindNames[static_cast<size_t>(post.unary->kind)];
    if (post.binary) out += ops::kBinaryKindNames[static_cast<size_t>(post.binary->kind)];
  }
  return str(out, " ", kernel);
}

Result<Ref> NodeBuilder::packed(const PackKey& key, const std::function<Status(std::byte*)>& fill) {
  TRY_ASSIGN(const auto buffer, pack(planner_, key, fill));
  return planner_.add_constant(buffer->data(), buffer->size(), buffer);
}

void NodeBuilder::emit(const dnnl::primitive_desc_base& pd, const dnnl::primitive& primitive, std::vector<PrimitiveArg> args) {
  emit(text(pd.impl_info_str()), pd, primitive, std::move(args));
}

void NodeBuilder::emit(std::string name, const dnnl::primitive_desc_base& pd, const dnnl::primitive& primitive, std::vector<PrimitiveArg> args) {
  const dnnl::memory::desc scratchpad = pd.scratchpad_desc();
  if (scratchpad.get_size() > 0) args.push_back({DNNL_ARG_SCRATCHPAD, planner_.scratch(scratchpad.get_size()), scratchpad});
  planner_.emit(std::make_unique<PrimitiveStep>(std::move(name), primitive, std::move(args)));
}

void NodeBuilder::emit(std::string_view kernel, std::vector<Ref> refs, KernelStep::Kernel body) {
  planner_.emit(std::make_unique<KernelStep>(text(kernel), std::move(refs), std::move(body)));
}

}  // namespace mindird::engines::cpu
