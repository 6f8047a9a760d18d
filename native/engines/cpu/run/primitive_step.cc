#include "engines/cpu/run/primitive_step.h"

#include "base/hash.h"
#include "base/strings.h"
#include "engines/cpu/base/layout.h"
#include "engines/cpu/base/stream.h"

namespace mindird::engines::cpu {
namespace {

struct State final : StepState {
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> args;
  std::vector<size_t> external;
};

/// Measured with oneDNN 3.13: descriptions, tables of kernels and the pages of generated code that are touched.
size_t library_bytes(dnnl::primitive::kind kind) {
  using Kind = dnnl::primitive::kind;
  constexpr size_t kKiB = 1024;
  switch (kind) {
    case Kind::matmul: return 290 * kKiB;
    case Kind::convolution:
    case Kind::deconvolution: return 52 * kKiB;
    case Kind::pooling: return 40 * kKiB;
    default: return 20 * kKiB;
  }
}

/// A descriptor of an argument, and the memory object of the one context most plans have.
constexpr size_t kArgumentBytes = 1536;

}  // namespace

PrimitiveStep::Kernel PrimitiveStep::kernel() const {
  Hasher hash;
  hash.text(text_);
  for (const PrimitiveArg& arg : args_) hash.number(static_cast<uint64_t>(arg.index)).text(desc_text(arg.desc));
  return {hash.digest().low, library_bytes(primitive_.get_kind()) + args_.size() * kArgumentBytes};
}

std::vector<Ref> PrimitiveStep::refs() const {
  std::vector<Ref> out;
  for (const PrimitiveArg& arg : args_) out.push_back(arg.ref);
  return out;
}

std::unique_ptr<StepState> PrimitiveStep::prepare(const Frame& frame, std::span<const bool> external) const {
  auto state = std::make_unique<State>();
  for (size_t i = 0; i < args_.size(); ++i) {
    const PrimitiveArg& arg = args_[i];
    const bool moves = external[arg.ref.area];
    void* const handle = moves ? DNNL_MEMORY_NONE : frame.at(arg.ref);
    state->memories.emplace_back(arg.desc, device(), handle);
    state->args.push_back({arg.index, state->memories.back().get()});
    if (moves) state->external.push_back(i);
  }
  return state;
}

Status PrimitiveStep::run(Frame& frame, StepState* raw) const {
  auto* state = static_cast<State*>(raw);
  for (size_t i : state->external) dnnl_memory_set_data_handle(state->memories[i].get(), frame.at(args_[i].ref));
  const dnnl_status_t status = dnnl_primitive_execute(primitive_.get(), frame.stream.get(), static_cast<int>(state->args.size()), state->args.data());
  if (status != dnnl_success) return {Code::kEngineFailed, str(text_, ": oneDNN status ", static_cast<int>(status))};
  return {};
}

}  // namespace mindird::engines::cpu
