// Decodes AttributeProto: values of constants and primitive attributes into items, and the declared result types of nodes.
#pragma once

#include <string_view>
#include <vector>

#include "mindir/constant_store.h"
#include "mindir/item.h"
#include "mindir/wire.h"

namespace mindird::mindir {

/// A declared result: one tensor or scalar, after flattening tuples depth first.
struct Leaf {
  std::optional<DType> dtype;  // nothing: not a tensor of a known type
  std::vector<int64_t> dims;   // -1: unknown
  bool rank_known = true;
  bool is_tensor = false;  // false: a Python scalar, None, a monad, …
  int64_t data_type = 0;   // as the file numbers it
};

/// The declared type of one tensor.
Leaf leaf_of(const TensorView& tensor);

/// What an input of the model holds that is not declared as one tensor.
struct InputType {
  std::vector<Leaf> leaves;  // tensors, and scalars as tensors of rank 0
  bool is_tuple = false;
};

class ValueDecoder {
 public:
  ValueDecoder(WireContext& context, ConstantStore& constants) : context_(context), constants_(constants) {}

  /// The value of an AttributeProto given as bytes. Values of types nothing reads become Unavailable.
  Result<Item> item(std::string_view attribute);
  /// The leaves of a declared type, depth first.
  Result<std::vector<Leaf>> leaves(std::string_view attribute);
  /// The declared type of an input that is a scalar or a tuple of tensors and scalars. UNSUPPORTED for anything else.
  Result<InputType> input_type(std::string_view attribute);

 private:
  Result<Item> decode_item(Cursor cursor);
  void collect_leaves(Cursor cursor, std::vector<Leaf>& out);
  Status collect_input(Cursor cursor, InputType& out, bool outermost);

  WireContext& context_;
  ConstantStore& constants_;
};

}  // namespace mindird::mindir
