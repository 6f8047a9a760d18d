// The registry of MindIR primitives and what their functions work with. One function lowers one primitive (or a family that shares it):
//
//   Result<Item> lower_bias_add(Call& call) {
//     TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
//     …
//     return call.result(call.binary(ops::BinaryKind::kAdd, x, bias));
//   }
//   REGISTER_PRIMITIVE(BiasAdd, lower_bias_add);
//
// Arguments are looked up by name among the primitive's attributes first and by position among the node's inputs second, so both styles of
// file work: attributes on the primitive, and constants as inputs.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mindir/control/control.h"
#include "mindir/item.h"
#include "mindir/lowering.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/reduction/reduce.h"
#include "ops/elementwise/unary.h"

namespace mindird::mindir {

/// Position of an argument that can only be an attribute.
inline constexpr size_t kAttributeOnly = SIZE_MAX;

/// One primitive being lowered.
class Call {
 public:
  Call(Lowering& lowering, const Step& step, const Primitive& primitive) : lowering_(lowering), step_(step), primitive_(primitive) {}

  // --- arguments ----------------------------------------------------------------------------------------------
  std::string_view op() const { return primitive_.op; }
  /// The MindSpore that wrote the file: its defaults hold for attributes that are absent.
  const Version& version() const { return lowering_.program().version; }
  size_t input_count() const { return step_.inputs.size(); }
  /// The positional input. With fewer inputs it is None, and the call fails when it ends: files write None where there is nothing.
  const Item& input(size_t position) const;
  /// The attribute `name`, else the positional input, else None.
  const Item& argument(std::string_view name, size_t position = kAttributeOnly) const;
  /// Result types as the file declares them, depth first; empty when it does not.
  const std::vector<Leaf>& declared() const { return step_.declared; }
  /// The element type the file declares for one result; `otherwise` when it does not.
  DType declared_type(size_t result, DType otherwise) const;
  bool has(std::string_view name, size_t position = kAttributeOnly) const { return !argument(name, position).is_none(); }

  Result<ir::ValueId> tensor(size_t position);
  /// The members of a tuple input, or all inputs when the first is not a tuple.
  Result<std::vector<ir::ValueId>> tensors();
  /// Without a default the argument must be there. With one it may be None, or absent from files of versions that do not know it
  /// (mindir/later_arguments.cc); everywhere else its absence means that the file is not what it seems, and is an error.
  Result<int64_t> integer(std::string_view name, size_t position, std::optional<int64_t> missing = std::nullopt) const;
  Result<double> number(std::string_view name, size_t position, std::optional<double> missing = std::nullopt) const;
  Result<bool> flag(std::string_view name, size_t position, std::optional<bool> missing = std::nullopt) const;
  Result<std::string> text(std::string_view name, std::optional<std::string> missing = std::nullopt) const;
  /// One of some words, as its position among them: written as that number (2.1 on) or as the word itself, in any case.
  Result<int64_t> choice(std::string_view name, size_t position, std::initializer_list<std::string_view> words,
                         std::optional<int64_t> missing = std::nullopt) const;
  Result<std::vector<int64_t>> integers(std::string_view name, size_t position, std::optional<std::vector<int64_t>> missing = std::nullopt) const;
  /// An element type given by MindSpore's TypeId.
  Result<DType> element_type(std::string_view name, size_t position) const;
  /// Refuses every layout but channels first.
  Status channels_first(std::string_view name, size_t position = kAttributeOnly) const;

  // --- the graph under construction ----------------------------------------------------------------------------
  const TensorType& type(ir::ValueId value) const { return lowering_.graph().type(value); }
  const Shape& shape(ir::ValueId value) const { return type(value).shape; }
  size_t rank(ir::ValueId value) const { return shape(value).rank(); }
  /// The contents, when the value is a constant.
  const Constant* constant_of(ir::ValueId value) const { return lowering_.graph().value(value).constant.get(); }
  /// An item as a tensor; scalars become tensors of rank 0.
  Result<ir::ValueId> tensor_of(const Item& item);

  Result<ir::ValueId> emit(ir::OpPtr op, std::vector<ir::ValueId> inputs);
  Result<std::vector<ir::ValueId>> emit_all(ir::OpPtr op, std::vector<ir::ValueId> inputs);
  Result<ir::ValueId> unary(ops::UnaryKind kind, ir::ValueId x, double alpha = 0, double beta = 0);
  /// Operands of one element type.
  Result<ir::ValueId> binary(ops::BinaryKind kind, ir::ValueId x, ir::ValueId y);
  /// The second operand is a number in the first one's element type.
  Result<ir::ValueId> binary(ops::BinaryKind kind, ir::ValueId x, double y);
  Result<ir::ValueId> compare(ops::CompareKind kind, ir::ValueId x, ir::ValueId y);
  Result<ir::ValueId> reduce(ops::ReduceKind kind, ir::ValueId x, std::vector<int64_t> axes, bool keep_dims);
  Result<ir::ValueId> select(ir::ValueId condition, ir::ValueId x, ir::ValueId y);
  /// No node when the type is already right.
  Result<ir::ValueId> cast(ir::ValueId x, DType to);
  /// No node when the shape is already right.
  Result<ir::ValueId> reshape(ir::ValueId x, std::vector<int64_t> dims);
  Result<ir::ValueId> transpose(ir::ValueId x, std::vector<int64_t> perm);
  /// Elements [begin, begin + size) along one axis.
  Result<ir::ValueId> slice(ir::ValueId x, size_t axis, int64_t begin, int64_t size);
  Result<ir::ValueId> concat(std::vector<ir::ValueId> parts, size_t axis);
  /// NumPy's broadcast_to; no node when the shape is already right.
  Result<ir::ValueId> expand(ir::ValueId x, std::vector<int64_t> shape);
  /// The value of a condition where it is known, and a condition as one bool.
  std::optional<bool> known_condition(const Item& item) const { return mindir::known_condition(lowering_, item); }
  Result<ir::ValueId> condition(const Item& item) { return as_condition(lowering_, item, step_); }
  /// One of several items that are no functions, by a selector known at run time (see Choice).
  Result<Item> choose(ir::ValueId selector, const Items& options) { return lowering_.control().choose(selector, options, step_); }
  /// A constant of rank 0.
  Result<ir::ValueId> scalar(double value, DType dtype);
  Result<ir::ValueId> constant(const TensorType& type, std::span<const std::byte> bytes);

  // --- checks and errors ----------------------------------------------------------------------------------------
  /// Axis in [-rank, rank) as a position.
  Result<size_t> axis(int64_t axis, size_t rank) const;
  /// Sorted positions without repetition; an empty list means all when `empty_is_all`.
  Result<std::vector<int64_t>> axes(std::vector<int64_t> axes, size_t rank, bool empty_is_all) const;
  Status want_rank(ir::ValueId x, size_t rank, std::string_view what) const;
  Status want_known(ir::ValueId x) const;

  Result<Item> result(Result<ir::ValueId> value) const;
  /// An error when an attribute that may change the meaning was not looked at, or an input that is not there was.
  Status check_all_read() const;
  /// A tensor of rank 0 as the Python number it stands for; the number itself where it is known.
  Item scalar_result(ir::ValueId value) const;
  /// Charges the work on this many members of a tuple to what a file of its size may ask for.
  Status spend(size_t members) { return lowering_.spend(members); }

 private:
  /// Whether a default may take the place of an argument: it is None in the file, or the version that wrote the file does not know it.
  bool may_be_missing(std::string_view name, size_t position) const;
  const Item& input_if_any(size_t position) const;

  Lowering& lowering_;
  const Step& step_;
  const Primitive& primitive_;
  mutable std::set<size_t> asked_;               // positions of the attributes that were looked at
  mutable std::optional<size_t> missing_input_;  // the first input asked for that is not there
};

using LowerFunction = std::function<Result<Item>(Call&)>;

class PrimitiveRegistry {
 public:
  static PrimitiveRegistry& instance();
  /// A duplicate name stops the process: it is a bug in the build.
  bool add(std::string_view name, LowerFunction function);
  const LowerFunction* find(std::string_view name) const;
  /// All names, sorted.
  std::vector<std::string_view> names() const;

 private:
  std::vector<std::pair<std::string_view, LowerFunction>> entries_;
};

/// A tuple of tensors as an item.
Item tuple_of(std::span<const ir::ValueId> values);

}  // namespace mindird::mindir

/// Registers the function for a primitive, in namespace mindird::mindir of its .cc file.
#define REGISTER_PRIMITIVE(Name, ...) [[maybe_unused]] static const bool registered_##Name = PrimitiveRegistry::instance().add(#Name, __VA_ARGS__)
