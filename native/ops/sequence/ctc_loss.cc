// Forward and backward variables and the gradient of section 4.1 of Graves et al., with the options of warp-ctc. What is impossible has an infinite loss and
// the gradient 0, and so has what lies behind the last step that counts. A sequence of no steps has one alignment with no labels, and none with any.
#include "ops/sequence/ctc_loss.h"

#include <algorithm>
#include <map>
#include <vector>

#include "ops/sequence/ctc_alignment.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

constexpr int64_t kMostPlaces = int64_t{1} << 25U;  // in all steps

/// Numbers by step and place.
class Table {
 public:
  Table(size_t steps, size_t width, double value) : width_(width), values_(steps * width, value) {}
  double& at(size_t t, size_t i) { return values_[t * width_ + i]; }
  double at(size_t t, size_t i) const { return values_[t * width_ + i]; }
  size_t width() const { return width_; }
  size_t steps() const { return width_ == 0 ? 0 : values_.size() / width_; }

 private:
  size_t width_;
  std::vector<double> values_;
};

using Labels = std::map<int64_t, int64_t>;  // by place

/// The labels of each sequence. Those of sequences without steps may share a place: a model is warmed with zeros.
Result<std::vector<Labels>> read_labels(const Tensor& places, const Tensor& values, std::span<const int32_t> lengths) {
  const auto batch = static_cast<int64_t>(lengths.size());
  std::vector<Labels> out(lengths.size());
  const auto place = places.as<const int64_t>();
  const auto value = values.as<const int32_t>();
  for (size_t i = 0; i < value.size(); ++i) {
    const int64_t sequence = place[2 * i];
    if (sequence < 0 || sequence >= batch) return invalid_argument(str("label ", i, " is of sequence ", sequence, ", want 0 to ", batch - 1));
    const auto at = static_cast<size_t>(sequence);
    const bool is_new = out[at].emplace(place[2 * i + 1], value[i]).second;
    if (!is_new && lengths[at] > 0)
      return invalid_argument(str("label ", i, " is at place ", place[2 * i + 1], " of sequence ", sequence, ", as another one is"));
  }
  return out;
}

/// The labels in order, up to the first blank.
Result<std::vector<int64_t>> in_order(const Labels& labels, bool collapse, int64_t blank) {
  std::vector<int64_t> out;
  bool ended = false;
  const int64_t* before = nullptr;
  for (const auto& [place, label] : labels) {
    const bool repeated = collapse && before && *before == label;
    before = &label;
    if (repeated) continue;
    if (label < 0 || label > blank) return invalid_argument(str("the label at place ", place, " is ", label, ", want 0 to ", blank));
    if (ended && label != blank) return invalid_argument(str("the label at place ", place, " is ", label, ", behind a blank"));
    ended = ended || label == blank;
    if (!ended) out.push_back(label);
  }
  return out;
}

/// One sequence: its alignments are paths through labels with blanks between them.
class Alignments {
 public:
  Alignments(std::span<const int64_t> labels, int64_t blank, bool merge) : path_(with_blanks(labels, blank)), blank_(blank), merge_(merge) {}

  /// Logarithms of the sums over all ways to each place in each step; `logs` are those of the probabilities.
  Table forward(const Table& logs) const {
    Table out(logs.steps(), path_.size(), kImpossible);
    for (size_t i = 0; i < std::min<size_t>(path_.size(), 2); ++i) out.at(0, i) = logs.at(0, class_of(i));
    for (size_t t = 1; t < out.steps(); ++t) {
      for (size_t i = 0; i < path_.size(); ++i) {
        double sum = kImpossible;
        for (size_t from = i < 2 ? 0 : i - 2; from <= i; ++from) {
          if (may_follow(from, i)) sum = log_sum(sum, out.at(t - 1, from));
        }
        out.at(t, i) = sum + logs.at(t, class_of(i));
      }
    }
    return out;
  }
  /// The same over all ways from each place to the end, without the step itself.
  Table backward(const Table& logs) const {
    Table out(logs.steps(), path_.size(), kImpossible);
    const size_t last = out.steps() - 1;
    for (size_t i = path_.size() < 2 ? 0 : path_.size() - 2; i < path_.size(); ++i) out.at(last, i) = 0;
    for (size_t t = last; t-- > 0;) {
      for (size_t i = 0; i < path_.size(); ++i) {
        for (size_t to = i; to < std::min(i + 3, path_.size()); ++to) {
          if (may_follow(i, to)) out.at(t, i) = log_sum(out.at(t, i), out.at(t + 1, to) + logs.at(t + 1, class_of(to)));
        }
      }
    }
    return out;
  }
  size_t class_of(size_t i) const { return static_cast<size_t>(path_[i]); }

 private:
  bool may_follow(size_t from, size_t to) const {
    if (from == to) return merge_ || path_[to] == blank_;
    if (to - from == 1) return true;
    return path_[to] != blank_ && !(merge_ && path_[to] == path_[from]);
  }

  std::vector<int64_t> path_;
  int64_t blank_;
  bool merge_;
};

/// Logarithms of the softmax of one sequence.
template <class T>
Table log_softmax(std::span<const T> scores, size_t sequence, size_t batch, size_t steps, size_t classes) {
  Table out(steps, classes, 0);
  for (size_t t = 0; t < steps; ++t) {
    double sum = kImpossible;
    for (size_t c = 0; c < classes; ++c) {
      out.at(t, c) = static_cast<double>(load(scores[(t * batch + sequence) * classes + c]));
      sum = log_sum(sum, out.at(t, c));
    }
    for (size_t c = 0; c < classes; ++c) out.at(t, c) -= sum;
  }
  return out;
}

/// The loss of one sequence of at least one step; `gradient` becomes that of each step and class.
double loss_of(const Alignments& alignments, const Table& logs, Table& gradient) {
  const Table forward = alignments.forward(logs);
  const Table backward = alignments.backward(logs);
  double total = kImpossible;
  for (size_t i = 0; i < forward.width(); ++i) total = log_sum(total, forward.at(0, i) + backward.at(0, i));
  if (total == kImpossible) return -total;
  for (size_t t = 0; t < logs.steps(); ++t) {
    std::vector<double> through(logs.width(), kImpossible);
    for (size_t i = 0; i < forward.width(); ++i) {
      double& sum = through[alignments.class_of(i)];
      sum = log_sum(sum, forward.at(t, i) + backward.at(t, i));
    }
    for (size_t c = 0; c < logs.width(); ++c) gradient.at(t, c) = std::exp(logs.at(t, c)) - std::exp(through[c] - total);
  }
  return -total;
}

template <class T>
Status evaluate_typed(const CtcLoss& op, const ir::EvalArgs& args) {
  const Shape& shape = args.inputs[0].shape();
  const auto batch = static_cast<size_t>(shape[1]);
  const auto classes = static_cast<size_t>(shape[2]);
  const auto lengths = args.inputs[3].as<const int32_t>();
  const auto losses = args.outputs[0].as<T>();
  const auto gradients = args.outputs[1].as<T>();
  std::fill(gradients.begin(), gradients.end(), T{});
  TRY_ASSIGN(const auto labels, read_labels(args.inputs[1], args.inputs[2], lengths));
  for (size_t b = 0; b < batch; ++b) {
    if (lengths[b] < 0 || lengths[b] > shape[0]) return invalid_argument(str("sequence ", b, " has ", lengths[b], " steps, want 0 to ", shape[0]));
    const auto steps = static_cast<size_t>(lengths[b]);
    TRY_ASSIGN(const auto path, in_order(labels[b], op.collapse, shape[2] - 1).with(str("sequence ", b)));
    if (steps > 0 && path.size() > steps && !op.allow_longer)
      return invalid_argument(str("sequence ", b, " has ", path.size(), " labels in ", steps, " steps"));
    if (steps == 0 || path.size() > steps) {
      losses[b] = narrow<T>(path.empty() ? 0 : -kImpossible);
      continue;
    }
    Table gradient(steps, classes, 0);
    losses[b] = narrow<T>(loss_of(Alignments(path, shape[2] - 1, op.merge), log_softmax(args.inputs[0].as<const T>(), b, batch, steps, classes), gradient));
    for (size_t t = 0; t < steps; ++t) {
      for (size_t c = 0; c < classes; ++c) gradients[(t * batch + b) * classes + c] = narrow<T>(gradient.at(t, c));
    }
  }
  return {};
}

}  // namespace

void CtcLoss::attributes(ir::AttributeVisitor& v) {
  v.field("collapse", collapse);
  v.field("merge", merge);
  v.field("allow_longer", allow_longer);
}

Result<ir::Types> CtcLoss::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 4));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  TRY(expect_rank(in, 0, 3, 3));
  TRY(expect_rank(in, 2, 1, 1));
  TRY(expect_dtype(in, 1, DType::kI64));
  for (const size_t i : {2, 3}) TRY(expect_dtype(in, i, DType::kI32));
  const Shape& shape = in[0].shape;
  TRY(expect_shape(in, 1, Shape{in[2].shape[0], 2}));
  TRY(expect_shape(in, 3, Shape{shape[1]}));
  // Forward and backward variables of the longest sequence.
  if (shape[0] > kMostPlaces / (2 * std::min(shape[0], in[2].shape[0]) + 1)) return unsupported(str(shape[0], " steps with ", in[2].shape[0], " labels"));
  if (shape[2] < 1) return invalid_argument(str("input 0 is ", in[0].text(), ", want at least one class"));
  return ir::Types{{in[0].dtype, Shape{shape[1]}}, in[0]};
}

Status CtcLoss::evaluate(const ir::EvalArgs& args) const {
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() { return evaluate_typed<T>(*this, args); });
}

double CtcLoss::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  // Two tables of steps and labels with blanks, as if all labels were of the longest sequence.
  const auto steps = static_cast<double>(in[0].shape[0]);
  return 20 * static_cast<double>(in[0].shape.elements()) + 120 * steps * static_cast<double>(2 * in[2].shape[0] + in[0].shape[1]);
}

std::optional<ir::BatchAxis> CtcLoss::batch_axis(const ir::BatchArgs& args) const { return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt; }

REGISTER_OP(CtcLoss);

}  // namespace mindird::ops
