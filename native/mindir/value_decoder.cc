#include "mindir/value_decoder.h"

#include "base/strings.h"
#include "mindir/value_reference.h"

namespace mindird::mindir {
namespace {

/// The fields of one AttributeProto that carry values.
struct Fields {
  ValueType type = ValueType::kUndefined;
  bool has_scalar = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::string_view reference;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::vector<TensorView> tensors;
  Items values;
};

bool is_integer_type(ValueType type) {
  switch (type) {
    case ValueType::kUint8:
    case ValueType::kInt8:
    case ValueType::kUint16:
    case ValueType::kInt16:
    case ValueType::kInt32:
    case ValueType::kInt64:
    case ValueType::kUint32:
    case ValueType::kUint64: return true;
    default: return false;
  }
}

bool is_sequence(ValueType type) { return type == ValueType::kTuple || type == ValueType::kList || type == ValueType::kDict; }

/// A scalar field is the value itself; one entry of a repeated field is too (that is how members of tuples are written); several are a tuple.
template <class T, class Convert>
Item scalar_or_tuple(bool has_scalar, T scalar, const std::vector<T>& repeated, Convert convert) {
  if (has_scalar) return convert(scalar);
  if (repeated.size() == 1) return convert(repeated.front());
  Items items;
  items.reserve(repeated.size());
  for (const T& value : repeated) items.push_back(convert(value));
  return make_tuple(std::move(items));
}

/// Up to 2.0 an element type is a tensor of which nothing is said but that type; any real tensor of rank 0 has a value.
bool is_element_type(const TensorView& tensor) {
  return tensor.dims.empty() && !tensor.has_raw && !tensor.has_typed_data && !tensor.external && tensor.data_type != 0;
}

/// An element type as later versions write it: MindSpore's TypeId.
Item element_type_item(const TensorView& tensor) {
  const auto dtype = dtype_of_proto(tensor.data_type);
  if (!dtype) return Unavailable{str("element type ", tensor.data_type, " is not supported")};
  return type_id_of(*dtype);
}

Result<Item> tensors_item(const Fields& fields, ConstantStore& constants) {
  if (fields.tensors.size() == 1 && is_element_type(fields.tensors.front())) return element_type_item(fields.tensors.front());
  Items items;
  for (const TensorView& tensor : fields.tensors) {
    TRY_ASSIGN(ConstantPtr constant, constants.make(tensor));
    items.emplace_back(std::move(constant));
  }
  if (items.size() == 1) return std::move(items.front());
  return make_tuple(std::move(items));
}

/// The values of an attribute that says by a text what they make up.
Result<Item> referenced_item(Fields&& f, ConstantStore& constants) {
  const std::string_view kind = reference_kind(f.reference);
  if (kind == "Monad") return Item(Monad{});
  if (kind == "type" && f.tensors.size() == 1) return element_type_item(f.tensors.front());
  if (kind != "scalar" && kind != "tensor") return Item(Unavailable{str("a value described as \"", kind.substr(0, 32), "\" is not supported")});
  std::vector<Item> values;
  for (const TensorView& tensor : f.tensors) {
    TRY_ASSIGN(ConstantPtr constant, constants.make(tensor));
    values.emplace_back(std::move(constant));
  }
  // Texts of mixed kinds would have to say which value is which, and do not.
  const int kinds = int{!f.tensors.empty()} + int{!f.integers.empty()} + int{!f.reals.empty()} + int{!f.texts.empty()} + int{f.has_scalar};
  if (kinds > 1) return Item(Unavailable{"a tuple of values of several kinds is not supported"});
  const bool is_bool = f.type == ValueType::kBool;
  if (f.has_scalar) {
    const bool real = f.type == ValueType::kFloat || f.type == ValueType::kDouble;
    if (f.type == ValueType::kString)
      values.emplace_back(std::string(f.text));
    else if (real)
      values.emplace_back(f.real);
    else if (is_bool)
      values.emplace_back(f.integer != 0);
    else
      values.emplace_back(f.integer);
  }
  for (const int64_t value : f.integers) values.push_back(is_bool ? Item(value != 0) : Item(value));
  for (const double value : f.reals) values.emplace_back(value);
  for (const std::string_view value : f.texts) values.emplace_back(std::string(value));
  return arrange(f.reference, std::move(values));
}

Result<Item> item_of(Fields&& f, ConstantStore& constants) {
  if (!f.reference.empty()) return referenced_item(std::move(f), constants);
  if (is_sequence(f.type)) return make_tuple(std::move(f.values));
  if (is_integer_type(f.type)) {
    return scalar_or_tuple(f.has_scalar, f.integer, f.integers, [](int64_t v) { return Item(v); });
  }
  switch (f.type) {
    case ValueType::kBool: return scalar_or_tuple(f.has_scalar, f.integer, f.integers, [](int64_t v) { return Item(v != 0); });
    case ValueType::kFloat:
    case ValueType::kDouble: return scalar_or_tuple(f.has_scalar, f.real, f.reals, [](double v) { return Item(v); });
    case ValueType::kString: return scalar_or_tuple(f.has_scalar, f.text, f.texts, [](std::string_view v) { return Item(std::string(v)); });
    case ValueType::kTensor:
    case ValueType::kTensors: return tensors_item(f, constants);
    case ValueType::kUMonad:
    case ValueType::kIoMonad: return Item(Monad{});
    case ValueType::kNone:
    case ValueType::kTypeNull: return Item(None{});
    default: return Item(Unavailable{str("a value of type ", static_cast<int64_t>(f.type), " is not supported")});
  }
}

}  // namespace

Leaf leaf_of(const TensorView& tensor) {
  Leaf leaf{dtype_of_proto(tensor.data_type), tensor.dims, true, true, tensor.data_type};
  leaf.rank_known = !(leaf.dims.size() == 1 && leaf.dims[0] == -2);
  if (!leaf.rank_known) leaf.dims.clear();
  return leaf;
}

Result<Item> ValueDecoder::decode_item(Cursor c) {
  Fields f;
  if (!c.spend(sizeof(Item) * 2)) return context_.status();
  while (c.next()) {
    switch (c.field()) {
      case 2:
        f.real = static_cast<double>(c.real32());
        f.has_scalar = true;
        break;
      case 3:
        f.integer = c.integer();
        f.has_scalar = true;
        break;
      case 4:
        f.real = c.real64();
        f.has_scalar = true;
        break;
      case 5:
        f.text = c.bytes();
        f.has_scalar = true;
        break;
      case 6:
      case 12:
        if (c.spend(sizeof(TensorView) * 2)) f.tensors.push_back(decode_tensor(c.message("TensorProto")));
        break;
      case 8: c.reals32(f.reals); break;
      case 9: c.reals64(f.reals); break;
      case 10: c.integers(f.integers); break;
      case 11:
        if (c.spend(sizeof(Item) * 2)) f.texts.push_back(c.bytes());
        break;
      case 15: f.reference = c.bytes(); break;
      case 16: f.type = static_cast<ValueType>(c.integer()); break;
      case 17: {
        TRY_ASSIGN(Item member, decode_item(c.message("AttributeProto")));
        f.values.push_back(std::move(member));
        break;
      }
      default: c.skip();
    }
  }
  TRY(context_.status());
  return item_of(std::move(f), constants_);
}

Result<Item> ValueDecoder::item(std::string_view attribute) { return decode_item(Cursor(context_, attribute, "AttributeProto")); }

void ValueDecoder::collect_leaves(Cursor c, std::vector<Leaf>& out) {
  std::vector<Leaf> tensors;
  std::vector<Leaf> members;
  std::string_view reference;
  auto type = ValueType::kUndefined;
  while (c.next()) {
    switch (c.field()) {
      case 6:
      case 12:
        if (c.spend(sizeof(Leaf) * 2)) tensors.push_back(leaf_of(decode_tensor(c.message("TensorProto"))));
        break;
      case 15: reference = c.bytes(); break;
      case 16: type = static_cast<ValueType>(c.integer()); break;
      case 17: collect_leaves(c.message("AttributeProto"), members); break;
      default: c.skip();
    }
  }
  if (!reference.empty()) {
    auto tensor = tensors.begin();
    for (const std::string_view name : reference_names(reference)) {
      if (!c.spend(sizeof(Leaf) * 2)) return;
      const bool is_tensor = name.starts_with("shape") && tensor != tensors.end();
      out.push_back(is_tensor ? std::move(*tensor++) : Leaf());
    }
  } else if (is_sequence(type)) {
    for (Leaf& leaf : members) out.push_back(std::move(leaf));
  } else if ((type == ValueType::kTensors || type == ValueType::kTensor) && tensors.size() == 1) {
    out.push_back(std::move(tensors.front()));
  } else if (c.spend(sizeof(Leaf) * 2)) {
    out.emplace_back();
  }
}

/// Field 18 (seq_info) says in its field 1 whether the number of members is open.
bool is_open_sequence(Cursor c) {
  bool open = false;
  while (c.next()) {
    if (c.field() == 1) {
      open = c.integer() != 0;
    } else {
      c.skip();
    }
  }
  return open;
}

Status ValueDecoder::collect_input(Cursor c, InputType& out, bool outermost) {
  InputType members;
  std::optional<Leaf> tensor;
  bool is_open = false;
  auto type = ValueType::kUndefined;
  while (c.next()) {
    switch (c.field()) {
      case 6:
      case 12:
        if (c.spend(sizeof(Leaf) * 2)) tensor = leaf_of(decode_tensor(c.message("TensorProto")));
        break;
      case 16: type = static_cast<ValueType>(c.integer()); break;
      case 17: {
        Cursor member = c.message("AttributeProto");
        if (!outermost) return unsupported("is a tuple of tuples, want tensors and numbers in it");
        TRY(collect_input(member, members, false));
        break;
      }
      case 18: is_open = is_open_sequence(c.message("SeqInfoProto")); break;
      default: c.skip();
    }
  }
  TRY(context_.status());
  if (is_open) return unsupported("is a tuple of open length");
  if (outermost && is_sequence(type)) {
    out = {std::move(members.leaves), true};
    return {};
  }
  const bool is_scalar = type == ValueType::kScalar;
  if (!tensor || (!is_scalar && type != ValueType::kTensors && type != ValueType::kTensor))
    return unsupported("is neither a tensor nor a number nor a tuple of these");
  // A number is declared with the dims [0].
  if (is_scalar) tensor->dims.clear();
  out.leaves.push_back(std::move(*tensor));
  return {};
}

Result<InputType> ValueDecoder::input_type(std::string_view attribute) {
  InputType out;
  TRY(collect_input(Cursor(context_, attribute, "AttributeProto"), out, true));
  return out;
}

Result<std::vector<Leaf>> ValueDecoder::leaves(std::string_view attribute) {
  std::vector<Leaf> out;
  collect_leaves(Cursor(context_, attribute, "AttributeProto"), out);
  TRY(context_.status());
  return out;
}

}  // namespace mindird::mindir
