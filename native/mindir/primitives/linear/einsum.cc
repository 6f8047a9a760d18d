// Einsum: operands are contracted one after the other, each pair as one batched matrix product. A label that an operand repeats (a diagonal) and "..." are
// refused.
#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/linear/matmul.h"

namespace mindird::mindir {
namespace {

/// A tensor and the label of each of its dimensions.
struct Labelled {
  ir::ValueId value = 0;
  std::string labels;
};

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

bool holds(std::string_view labels, char label) { return labels.find(label) != std::string_view::npos; }

std::string common(std::string_view a, std::string_view b) {
  std::string out;
  std::copy_if(a.begin(), a.end(), std::back_inserter(out), [&](char label) { return holds(b, label); });
  return out;
}

std::string without(std::string_view a, std::string_view b) {
  std::string out;
  std::copy_if(a.begin(), a.end(), std::back_inserter(out), [&](char label) { return !holds(b, label); });
  return out;
}

/// Letters, each once.
Status check_labels(std::string_view labels, std::string_view equation) {
  for (size_t i = 0; i < labels.size(); ++i) {
    const char label = labels[i];
    const bool letter = (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z');
    if (!letter) return unsupported(str("equation \"", equation, "\": \"", label, "\" is no letter"));
    if (holds(labels.substr(i + 1), label)) return unsupported(str("equation \"", equation, "\": \"", label, "\" twice in \"", labels, "\""));
  }
  return {};
}

/// "ij,jk->ik". Without an arrow the result has the labels that occur once, in alphabetical order.
Result<Equation> parse(const std::string& text) {
  std::string plain;
  std::copy_if(text.begin(), text.end(), std::back_inserter(plain), [](char c) { return c != ' '; });
  const size_t arrow = plain.find("->");
  const std::string left = plain.substr(0, arrow);
  Equation out{{""}, {}};
  for (const char c : left) {
    if (c == ',') {
      out.operands.emplace_back();
    } else {
      out.operands.back() += c;
    }
  }
  for (const std::string& labels : out.operands) TRY(check_labels(labels, text));
  if (arrow != std::string::npos) {
    out.result = plain.substr(arrow + 2);
  } else {
    std::copy_if(left.begin(), left.end(), std::back_inserter(out.result), [&](char c) { return c != ',' && std::count(left.begin(), left.end(), c) == 1; });
    std::sort(out.result.begin(), out.result.end());
  }
  TRY(check_labels(out.result, text));
  for (const char label : out.result) {
    if (!holds(left, label)) return invalid_model(str("equation \"", text, "\": no operand has \"", label, "\""));
  }
  return out;
}

/// Sums over the labels that nobody else needs.
Result<Labelled> summed(Call& call, const Labelled& x, std::string_view needed) {
  const std::string kept = common(x.labels, needed);
  if (kept == x.labels) return x;
  std::vector<int64_t> axes;
  for (size_t i = 0; i < x.labels.size(); ++i) {
    if (!holds(needed, x.labels[i])) axes.push_back(static_cast<int64_t>(i));
  }
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, x.value, std::move(axes), false));
  return Labelled{sum, kept};
}

Result<ir::ValueId> arranged(Call& call, const Labelled& x, std::string_view order) {
  std::vector<int64_t> perm;
  for (const char label : order) perm.push_back(static_cast<int64_t>(x.labels.find(label)));
  std::vector<int64_t> same(perm.size());
  std::iota(same.begin(), same.end(), 0);
  return perm == same ? Result<ir::ValueId>(x.value) : call.transpose(x.value, std::move(perm));
}

/// The sizes of some labels.
std::vector<int64_t> sizes(const Call& call, const Labelled& x, std::string_view labels) {
  std::vector<int64_t> out;
  for (const char label : labels) out.push_back(call.shape(x.value)[x.labels.find(label)]);
  return out;
}

Result<int64_t> product(const std::vector<int64_t>& dims) {
  const auto out = checked_product(dims);
  if (!out) return unsupported("a product of these sizes");
  return *out;
}

/// One matrix product over the labels that both have and nobody else needs.
Result<Labelled> contracted(Call& call, const Labelled& a, const Labelled& b, std::string_view needed) {
  const std::string both = common(a.labels, b.labels);
  const std::string batch = common(both, needed);
  const std::string inner = without(both, needed);
  const std::string rows = without(a.labels, both);
  const std::string columns = without(b.labels, both);
  if (sizes(call, a, both) != sizes(call, b, both))
    return invalid_model(str("\"", a.labels, "\" of ", call.type(a.value).text(), " and \"", b.labels, "\" of ", call.type(b.value).text(), " differ in size"));
  TRY_ASSIGN(const int64_t batches, product(sizes(call, a, batch)));
  TRY_ASSIGN(const int64_t m, product(sizes(call, a, rows)));
  TRY_ASSIGN(const int64_t k, product(sizes(call, a, inner)));
  TRY_ASSIGN(const int64_t n, product(sizes(call, b, columns)));
  std::vector<int64_t> dims = sizes(call, a, batch + rows);
  for (const int64_t size : sizes(call, b, columns)) dims.push_back(size);
  if (dims.size() > kMaxRank) return unsupported(str(dims.size(), " dimensions"));
  TRY_ASSIGN(const ir::ValueId left, arranged(call, a, batch + rows + inner));
  TRY_ASSIGN(const ir::ValueId right, arranged(call, b, batch + inner + columns));
  TRY_ASSIGN(const ir::ValueId x, call.reshape(left, {batches, m, k}));
  TRY_ASSIGN(const ir::ValueId y, call.reshape(right, {batches, k, n}));
  TRY_ASSIGN(const ir::ValueId z, call.emit(std::make_shared<ops::MatMul>(), {x, y}));
  TRY_ASSIGN(const ir::ValueId shaped, call.reshape(z, std::move(dims)));
  return Labelled{shaped, batch + rows + columns};
}

Result<Item> lower_einsum(Call& call) {
  TRY_ASSIGN(const std::string text, call.text("equation"));
  TRY_ASSIGN(const Equation equation, parse(text));
  TRY_ASSIGN(const auto values, call.tensors());
  if (values.size() != equation.operands.size()) return invalid_model(str("equation \"", text, "\" for ", values.size(), " operands"));
  /// What the result and the operands from `next` on need.
  const auto needed_from = [&](size_t next) {
    std::string out = equation.result;
    for (size_t i = next; i < equation.operands.size(); ++i) out += equation.operands[i];
    return out;
  };
  std::optional<Labelled> whole;
  for (size_t i = 0; i < values.size(); ++i) {
    TRY(call.want_rank(values[i], equation.operands[i].size(), str("operand ", i)));
    TRY(call.want_known(values[i]));
    const std::string later = needed_from(i + 1);
    TRY_ASSIGN(Labelled operand, summed(call, {values[i], equation.operands[i]}, later + (whole ? whole->labels : "")));
    if (whole) {
      TRY_ASSIGN(const Labelled before, summed(call, *whole, later + operand.labels));
      TRY_ASSIGN(operand, contracted(call, before, operand, later));
    }
    whole = std::move(operand);
  }
  TRY_ASSIGN(const Labelled last, summed(call, *whole, equation.result));
  TRY_ASSIGN(const ir::ValueId result, arranged(call, last, equation.result));
  // One number comes as a vector of one.
  return call.result(equation.result.empty() ? call.reshape(result, {1}) : Result<ir::ValueId>(result));
}

REGISTER_PRIMITIVE(Einsum, lower_einsum);

}  // namespace
}  // namespace mindird::mindir
