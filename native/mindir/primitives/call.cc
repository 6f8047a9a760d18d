// How a primitive reads its arguments.
#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "mindir/constant_store.h"
#include "mindir/ignored_attributes.h"
#include "mindir/later_arguments.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

const Item kNoItem;
/// Most tensors one primitive may join.
constexpr size_t kMaxMembers = 16384;

Status missing_argument(std::string_view name, size_t position) {
  if (position == kAttributeOnly) return invalid_model(str("attribute \"", name, "\" is missing"));
  return invalid_model(str("argument \"", name, "\" (input ", position, ") is missing"));
}

Status wrong_argument(std::string_view name, const Item& item, std::string_view want) {
  if (const auto* unavailable = item.as<Unavailable>()) return unsupported(str("argument \"", name, "\": ", unavailable->reason));
  const std::string message = str("argument \"", name, "\" is ", item.text(), ", want ", want);
  // A value that exists only when the model runs is legitimate MindIR; the wrong kind of constant is not.
  return item.as<Computed>() ? unsupported(message) : invalid_model(message);
}

}  // namespace

const Item& Call::input(size_t position) const {
  if (position >= input_count() && !missing_input_) missing_input_ = position;
  return input_if_any(position);
}

const Item& Call::input_if_any(size_t position) const { return position < input_count() ? lowering_.item(step_.inputs[position]) : kNoItem; }

const Item& Call::argument(std::string_view name, size_t position) const {
  const auto& attributes = primitive_.attributes;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].first != name) continue;
    asked_.insert(i);
    return attributes[i].second;
  }
  return input_if_any(position);
}

Status Call::check_all_read() const {
  if (missing_input_) return invalid_model(str(input_count(), " inputs, want at least ", *missing_input_ + 1, " (None where there is nothing)"));
  const auto& attributes = primitive_.attributes;
  for (size_t i = 0; i < attributes.size(); ++i) {
    const auto& [name, value] = attributes[i];
    if (asked_.contains(i) || is_ignored_attribute(op(), name, value)) continue;
    return unsupported(str("attribute \"", name, "\" is ", value.text(), "; what it means for this primitive is not known"));
  }
  return {};
}

DType Call::declared_type(size_t result, DType otherwise) const {
  return result < declared().size() ? declared()[result].dtype.value_or(otherwise) : otherwise;
}

bool Call::may_be_missing(std::string_view name, size_t position) const {
  const bool is_there = primitive_.attribute(name) || position < input_count();
  return is_there || is_later_argument(op(), name, version());
}

Result<ir::ValueId> Call::tensor_of(const Item& item) {
  if (const auto* computed = item.as<Computed>()) return computed->value;
  if (const auto* constant = item.as<ConstantPtr>()) return lowering_.constant(*constant);
  if (const auto* i = item.as<int64_t>()) {
    return constant({DType::kI64, {}}, std::as_bytes(std::span(i, 1)));
  }
  if (const auto* d = item.as<double>()) return scalar(*d, DType::kF32);
  if (const auto* b = item.as<bool>()) return scalar(*b ? 1 : 0, DType::kBool);
  if (const auto* unavailable = item.as<Unavailable>()) return unsupported(unavailable->reason);
  return invalid_model(str("found ", item.text(), ", want a tensor"));
}

Result<ir::ValueId> Call::tensor(size_t position) {
  if (position >= input_count()) return invalid_model(str(input_count(), " inputs, want at least ", position + 1));
  return tensor_of(input(position)).with(str("input ", position));
}

Result<std::vector<ir::ValueId>> Call::tensors() {
  std::vector<ir::ValueId> out;
  const Items* members = input(0).tuple();
  const size_t count = members ? members->size() : input_count();
  if (count > kMaxMembers) return unsupported(str(count, " tensors given, want at most ", kMaxMembers));
  for (size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const ir::ValueId value, tensor_of(members ? (*members)[i] : input(i)).with(str("member ", i)));
    out.push_back(value);
  }
  if (out.empty()) return invalid_model("no tensors given, want at least one");
  return out;
}

Result<int64_t> Call::integer(std::string_view name, size_t position, std::optional<int64_t> missing) const {
  const Item& item = argument(name, position);
  if (item.is_none()) {
    if (missing && may_be_missing(name, position)) return *missing;
    return missing_argument(name, position);
  }
  const auto values = integers_of(item);
  if (!values || values->size() != 1) return wrong_argument(name, item, "one integer");
  return values->front();
}

Result<double> Call::number(std::string_view name, size_t position, std::optional<double> missing) const {
  const Item& item = argument(name, position);
  if (item.is_none()) {
    if (missing && may_be_missing(name, position)) return *missing;
    return missing_argument(name, position);
  }
  const auto value = number_of(item);
  if (!value) return wrong_argument(name, item, "one number");
  return *value;
}

Result<bool> Call::flag(std::string_view name, size_t position, std::optional<bool> missing) const {
  std::optional<int64_t> fallback;
  if (missing) fallback = *missing ? 1 : 0;
  TRY_ASSIGN(const int64_t value, integer(name, position, fallback));
  return value != 0;
}

Result<std::string> Call::text(std::string_view name, std::optional<std::string> missing) const {
  const Item& item = argument(name);
  if (item.is_none()) {
    if (missing && may_be_missing(name, kAttributeOnly)) return *missing;
    return missing_argument(name, kAttributeOnly);
  }
  const auto* value = item.as<std::string>();
  if (!value) return wrong_argument(name, item, "a text");
  std::string upper = *value;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

Result<int64_t> Call::choice(std::string_view name, size_t position, std::initializer_list<std::string_view> words, std::optional<int64_t> missing) const {
  const Item& item = argument(name, position);
  const auto* word = item.as<std::string>();
  if (!word) return integer(name, position, missing);
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](std::string_view known) { return std::equal(word->begin(), word->end(), known.begin(), known.end(), same); });
  if (found != words.end()) return found - words.begin();
  return unsupported(str("argument \"", name, "\" is ", item.text(), ", want one of ", list_text(std::span(words.begin(), words.size()))));
}

Result<std::vector<int64_t>> Call::integers(std::string_view name, size_t position, std::optional<std::vector<int64_t>> missing) const {
  const Item& item = argument(name, position);
  if (item.is_none()) {
    if (missing && may_be_missing(name, position)) return *missing;
    return missing_argument(name, position);
  }
  auto values = integers_of(item);
  if (!values) return wrong_argument(name, item, "integers");
  return std::move(*values);
}

Result<DType> Call::element_type(std::string_view name, size_t position) const {
  TRY_ASSIGN(const int64_t id, integer(name, position));
  const auto dtype = dtype_of_type_id(id);
  if (!dtype) return unsupported(str("argument \"", name, "\": element type ", id, " is not supported"));
  return *dtype;
}

Status Call::channels_first(std::string_view name, size_t position) const {
  const Item& item = argument(name, position);
  if (item.is_none()) return {};
  if (const auto* layout = item.as<std::string>()) {
    if (*layout == "NCHW" || *layout == "NCDHW" || *layout == "NCW") return {};
  } else if (const auto* number = item.as<int64_t>(); number && *number == 0) {
    return {};
  }
  return unsupported(str("argument \"", name, "\" is ", item.text(), ", want NCHW"));
}

Result<size_t> Call::axis(int64_t axis, size_t rank) const {
  const auto position = normalize_axis(axis, rank);
  if (!position) return invalid_model(str("axis ", axis, " is outside of rank ", rank));
  return *position;
}

Result<std::vector<int64_t>> Call::axes(std::vector<int64_t> axes, size_t rank, bool empty_is_all) const {
  std::vector<int64_t> out;
  if (axes.empty() && empty_is_all) {
    for (size_t i = 0; i < rank; ++i) out.push_back(static_cast<int64_t>(i));
    return out;
  }
  for (const int64_t value : axes) {
    TRY_ASSIGN(const size_t position, axis(value, rank));
    out.push_back(static_cast<int64_t>(position));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Status Call::want_rank(ir::ValueId x, size_t want, std::string_view what) const {
  if (rank(x) == want) return {};
  return invalid_model(str(what, " has type ", type(x).text(), ", want rank ", want));
}

Status Call::want_known(ir::ValueId x) const {
  if (shape(x).known()) return {};
  return unsupported("the size of an input depends on data; this operator needs it when the model is loaded");
}

}  // namespace mindird::mindir
