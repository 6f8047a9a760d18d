#include "runtime/file/signature.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/open_outputs.h"
#include "plan/batch_axis.h"
#include "plan/batch_match.h"
#include "runtime/file/probe.h"

namespace mindird::runtime {
namespace {

/// True when the unknown dims are exactly dim 0 of every input.
bool only_batch_unknown(const mindir::Module& module) {
  return std::all_of(module.inputs().begin(), module.inputs().end(), [](const mindir::Declared& input) {
    const Shape& shape = input.type.shape;
    if (!input.rank_known || shape.rank() == 0 || shape[0] >= 0) return false;
    return std::all_of(shape.begin() + 1, shape.end(), [](int64_t d) { return d >= 0; });
  });
}

void set_outputs(Signature& s, const std::vector<TensorType>& types, std::span<const std::string> names) {
  for (size_t i = 0; i < types.size(); ++i) s.outputs.push_back({names.empty() ? str("output_", i) : names[i], types[i], true});
}

/// Outputs of a model that does not take the sizes that others take, where the first of its nodes that refused said `why`.
Status outputs_by_trial(const mindir::Module& module, bool batch_alone, const Status& why, Signature& s, std::span<const std::string> names) {
  s.why_not_batched = batch_alone ? str("it does not take every number of rows: ", why.message()) : "dimensions other than the first are unknown";
  if (const auto types = find_output_types(module, batch_alone)) {
    set_outputs(s, *types, names);
    return {};
  }
  // No size that was tried fits: shapes are known only per request.
  if (module.output_count() != 1) {
    return unsupported(str("has ", module.output_count(), " outputs whose shapes follow from no size that was tried for its open dimensions: ", why.message()));
  }
  s.outputs.push_back({names.empty() ? "output_0" : names[0], {s.inputs.empty() ? DType::kF32 : s.inputs[0].type.dtype, {}}, false});
  return {};
}

}  // namespace

Result<Signature> derive_signature(const mindir::Module& module, std::span<const std::string> output_names) {
  Signature s;
  bool ranks_known = true;
  for (const mindir::Declared& input : module.inputs()) {
    s.inputs.push_back({input.name, input.type, input.rank_known});
    ranks_known = ranks_known && input.rank_known;
  }
  if (!output_names.empty() && output_names.size() != module.output_count()) {
    return Status(Code::kInvalidConfig, str(output_names.size(), " output names for a model with ", module.output_count(), " outputs"));
  }
  s.fixed = module.fixed_shapes();
  if (s.fixed) {
    TRY_ASSIGN(ir::Graph graph, module.lower(probe_shapes(module, 1, 1)));
    set_outputs(s, common_types(graph, graph), output_names);
    s.why_not_batched = "every input dimension is fixed in the file";
    return s;
  }
  const bool batch_alone = only_batch_unknown(module);
  // Unknown sizes other than the batch must often be at least as large as a kernel, so larger probes come first.
  Status failure;
  for (const int64_t size : kProbeSizes) {
    auto a = module.lower(probe_shapes(module, 2, size));
    const int64_t other = a.ok() && batch_alone ? plan::choose_placeholder(*a, std::array<int64_t, 1>{2}) : 3;
    auto b = module.lower(probe_shapes(module, other, size + size / 2 + 1));
    if (!a.ok() || !b.ok()) {
      failure = a.ok() ? b.status() : a.status();
      if (failure.message().ends_with(mindir::kOpenOutputs)) return failure;
      if (batch_alone) break;
      continue;
    }
    set_outputs(s, common_types(*a, *b), output_names);
    for (TensorSpec& output : s.outputs) output.rank_known = ranks_known;
    if (!batch_alone) {
      s.why_not_batched = "dimensions other than the first are unknown";
      return s;
    }
    const plan::BatchProof proof = plan::prove_rows_independent(*a);
    s.batched = proof.independent;
    s.why_not_batched = proof.why;
    if (const auto difference = s.batched ? plan::row_difference(*b, other, *a, 2) : std::nullopt) {
      s.batched = false;
      s.why_not_batched = str("what a row becomes depends on the number of rows: ", *difference);
    }
    return s;
  }
  TRY(outputs_by_trial(module, batch_alone, failure, s, output_names));
  for (TensorSpec& output : s.outputs) output.rank_known = output.rank_known && ranks_known;
  return s;
}

std::vector<Shape> batch_shapes(const Signature& signature, int64_t rows) {
  std::vector<Shape> out;
  for (const TensorSpec& input : signature.inputs) {
    Shape shape = input.type.shape;
    shape[0] = rows;
    out.push_back(std::move(shape));
  }
  return out;
}

Status check_request(const Signature& signature, std::span<const Shape> shapes, std::span<const size_t> byte_counts) {
  if (shapes.size() != signature.inputs.size() || byte_counts.size() != shapes.size()) {
    return invalid_argument(str(shapes.size(), " inputs, want ", signature.inputs.size()));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    const TensorSpec& spec = signature.inputs[i];
    bool fits = !spec.rank_known || shapes[i].rank() == spec.type.shape.rank();
    for (size_t d = 0; fits && spec.rank_known && d < shapes[i].rank(); ++d) {
      const int64_t wanted = spec.type.shape[d];
      fits = shapes[i][d] >= 0 && (wanted < 0 || wanted == shapes[i][d]);
    }
    if (!fits || shapes[i].rank() > kMaxRank) {
      return invalid_argument(str("input \"", spec.name, "\" has shape ", shapes[i].text(), ", want ", spec.type.shape.text()));
    }
    const auto bytes = TensorType{spec.type.dtype, shapes[i]}.checked_bytes();
    if (!bytes || static_cast<size_t>(*bytes) != byte_counts[i]) {
      return invalid_argument(str("input \"", spec.name, "\" of shape ", shapes[i].text(), " has ", byte_counts[i], " bytes, want ", bytes.value_or(-1)));
    }
    if (signature.batched && shapes[i][0] != shapes[0][0]) {
      return invalid_argument(str("input \"", spec.name, "\" has ", shapes[i][0], " rows, input \"", signature.inputs[0].name, "\" has ", shapes[0][0]));
    }
  }
  return {};
}

}  // namespace mindird::runtime
