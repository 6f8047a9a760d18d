// The forward variable of the paper's section 4.1. A sequence of no steps has one alignment with no labels, and none with any. Places behind the steps and
// labels that count are impossible (-inf).
#include "ops/sequence/ctc_forward.h"

#include <algorithm>
#include <vector>

#include "ops/sequence/ctc_alignment.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

int64_t whole_number(const Tensor& tensor, size_t i) { return tensor.dtype() == DType::kI32 ? tensor.as<const int32_t>()[i] : tensor.as<const int64_t>()[i]; }

/// The classes that sequence n passes through, blanks included.
Result<std::vector<int64_t>> path_of(const Tensor& targets, size_t n, int64_t count, int64_t classes, int64_t blank) {
  std::vector<int64_t> labels;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    labels.push_back(whole_number(targets, n * static_cast<size_t>(targets.shape()[1]) + i));
    if (labels.back() < 0 || labels.back() >= classes)
      return invalid_argument(str("label ", i, " of sequence ", n, " is ", labels.back(), ", want 0 to ", classes - 1));
  }
  return with_blanks(labels, blank);
}

/// Fills `sums` [steps, width] for one sequence; `at(t, c)` is the logarithm of the probability of class c in step t.
template <class T, class At>
void advance(std::span<T> sums, size_t width, size_t steps, std::span<const int64_t> path, int64_t blank, At at) {
  for (size_t t = 0; t < steps; ++t) {
    const T* before = t == 0 ? nullptr : sums.data() + (t - 1) * width;
    for (size_t i = 0; i < path.size(); ++i) {
      double sum = t == 0 && i < 2 ? 0 : kImpossible;
      if (before) {
        sum = before[i];
        if (i >= 1) sum = log_sum(sum, before[i - 1]);
        // A blank, or the same label again, is not skipped to.
        if (i >= 2 && path[i] != blank && path[i] != path[i - 2]) sum = log_sum(sum, before[i - 2]);
      }
      sums[t * width + i] = static_cast<T>(sum + at(t, path[i]));
    }
  }
}

template <class T>
Status evaluate_typed(const ir::EvalArgs& args, int64_t blank) {
  const Shape& shape = args.inputs[0].shape();
  const auto probabilities = args.inputs[0].as<const T>();
  const auto losses = args.outputs[0].as<T>();
  const auto sums = args.outputs[1].as<T>();
  const auto width = static_cast<size_t>(args.outputs[1].shape()[2]);
  const auto block = static_cast<size_t>(shape[0]) * width;
  std::fill(sums.begin(), sums.end(), static_cast<T>(kImpossible));
  for (size_t n = 0; n < losses.size(); ++n) {
    const int64_t steps = whole_number(args.inputs[2], n);
    const int64_t labels = whole_number(args.inputs[3], n);
    if (steps < 0 || steps > shape[0]) return invalid_argument(str("sequence ", n, " has ", steps, " steps, want 0 to ", shape[0]));
    const int64_t most = std::min(steps, args.inputs[1].shape()[1]);
    if (labels < 0 || labels > most) return invalid_argument(str("sequence ", n, " has ", labels, " labels, want 0 to ", most));
    TRY_ASSIGN(const std::vector<int64_t> path, path_of(args.inputs[1], n, labels, shape[2], blank));
    const auto at = [&](size_t t, int64_t c) {
      return static_cast<double>(probabilities[(t * losses.size() + n) * static_cast<size_t>(shape[2]) + static_cast<size_t>(c)]);
    };
    advance(sums.subspan(n * block, block), width, static_cast<size_t>(steps), path, blank, at);
    if (steps == 0) {
      losses[n] = 0;
      continue;
    }
    const T* last = sums.data() + n * block + static_cast<size_t>(steps - 1) * width + path.size() - 1;
    losses[n] = static_cast<T>(-(labels == 0 ? static_cast<double>(*last) : log_sum(last[0], last[-1])));
  }
  return {};
}

}  // namespace

void CtcForward::attributes(ir::AttributeVisitor& v) { v.field("blank", blank); }

Result<ir::Types> CtcForward::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 4));
  TRY(expect_known(in));
  const DType dtype = in[0].dtype;
  if (dtype != DType::kF32 && dtype != DType::kF64) return invalid_argument(str("input 0 is ", in[0].text(), ", want f32 or f64"));
  TRY(expect_rank(in, 0, 3, 3));
  TRY(expect_rank(in, 1, 2, 2));
  const Shape& shape = in[0].shape;
  TRY(expect_shape(in, 1, Shape{shape[1], in[1].shape[1]}));
  for (const size_t i : {2, 3}) TRY(expect_shape(in, i, Shape{shape[1]}));
  for (const size_t i : {1, 2, 3}) {
    if (in[i].dtype != DType::kI32 && in[i].dtype != DType::kI64) return invalid_argument(str("input ", i, " is ", in[i].text(), ", want i32 or i64"));
  }
  if (blank < 0 || blank >= shape[2]) return invalid_argument(str("blank is ", blank, ", want 0 to ", shape[2] - 1));
  if (in[1].shape[1] > kMaxWindowValue) return invalid_argument(str("input 1 is ", in[1].text(), ", want at most ", kMaxWindowValue, " labels"));
  ir::Types out{{dtype, Shape{shape[1]}}, {dtype, Shape{shape[1], shape[0], 2 * in[1].shape[1] + 1}}};
  TRY(expect_known(out));
  return out;
}

Status CtcForward::evaluate(const ir::EvalArgs& args) const {
  return args.inputs[0].dtype() == DType::kF32 ? evaluate_typed<float>(args, blank) : evaluate_typed<double>(args, blank);
}

double CtcForward::cost(std::span<const TensorType>, std::span<const TensorType> out) const { return 20 * static_cast<double>(out[1].shape.elements()); }

std::optional<ir::BatchAxis> CtcForward::batch_axis(const ir::BatchArgs& args) const {
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(CtcForward);

}  // namespace mindird::ops
