// Core operators: attributes and meaning, immutable and shared between graphs. `evaluate` is naive and obviously
// right: the oracle of all engines, the constant folder and the last fallback.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/status.h"
#include "ir/attributes.h"
#include "tensor/tensor.h"

namespace mindird::ir {

using Types = std::vector<TensorType>;

class Graph;
using GraphPtr = std::shared_ptr<const Graph>;

/// Deepest nesting of graphs in operators that one text or file may have; reading them is recursive.
inline constexpr int kMaxBodyDepth = 256;

struct EvalArgs {
  std::span<const Tensor> inputs;
  /// Types are final and data points to memory of the right size, except where `allocate` must be called first.
  std::span<Tensor> outputs;
  /// For outputs with data-dependent sizes (Traits::data_dependent): gives output i its shape and memory.
  std::function<Status(size_t i, const Shape& shape)> allocate;
};

struct Traits {
  /// Output element i depends on element i of the (broadcast) inputs alone.
  bool elementwise = false;
  /// The output has the bytes of input 0 in the same order (Reshape, Identity).
  bool view = false;
  /// The output's size depends on values, not only on shapes.
  bool data_dependent = false;
  bool commutative = false;
};

/// Where the rows of a batch lie in a tensor: dimension `axis` has size batch * inner, batch-major. axis -1: the tensor does not depend on the batch.
struct BatchAxis {
  int64_t axis = -1;
  int64_t inner = 1;
  bool operator==(const BatchAxis&) const = default;
};

struct BatchArgs {
  std::span<const TensorType> inputs;
  std::span<const TensorType> outputs;
  std::span<const BatchAxis> axes;  // one per input
};

class Op {
 public:
  virtual ~Op() = default;
  /// The operator's name in the text form, e.g. "Conv".
  virtual std::string_view id() const = 0;
  /// Output types from input types; checks arity, ranks, dtypes and attribute sizes. All dims known unless the operator says otherwise.
  virtual Result<Types> infer(std::span<const TensorType> inputs) const = 0;
  /// Computes the outputs; inputs have passed infer.
  virtual Status evaluate(const EvalArgs& args) const = 0;
  /// Lists every attribute once (see AttributeVisitor).
  virtual void attributes(AttributeVisitor&) {}
  /// The graphs that an operator of control flow runs, as many for each operator of its kind, and null until they are given; none for all others.
  /// They belong to its meaning as attributes do.
  virtual std::span<const GraphPtr> bodies() const { return {}; }
  /// Gives an operator its graphs, before it is shared. An error unless they are as many as it has, and fit each other.
  virtual Status set_bodies(std::vector<GraphPtr> bodies);
  virtual Traits traits() const { return {}; }
  /// Multiply-adds or comparable work of one evaluation; the default is one per output element.
  virtual double cost(std::span<const TensorType> inputs, std::span<const TensorType> outputs) const;
  /**
   * Proves rows independent: given where the batch lies in each input, says where it lies in the outputs (the same for all),
   * provided that every output row is a function of the same row of the inputs alone. Nothing: not provable.
   */
  virtual std::optional<BatchAxis> batch_axis(const BatchArgs& args) const;
};

using OpPtr = std::shared_ptr<const Op>;

/// Equal ids, attributes and graphs.
bool same_op(const Op& a, const Op& b);

/// Adds id, attributes and graphs.
Hasher& hash_op(Hasher& hasher, const Op& op);

/// The op as its concrete class, or null. The class must have `static constexpr std::string_view kId`.
template <class T>
const T* op_cast(const Op& op) {
  return op.id() == T::kId ? static_cast<const T*>(&op) : nullptr;
}

/// Creates default-constructed operators by id, for the parser. Filled by REGISTER_OP during static initialisation.
class OpRegistry {
 public:
  using Factory = std::shared_ptr<Op> (*)();
  static OpRegistry& instance();
  /// A duplicate id stops the process: it is a bug in the build.
  bool add(std::string_view id, Factory factory);
  std::shared_ptr<Op> create(std::string_view id) const;
  /// All ids, sorted.
  std::vector<std::string_view> ids() const;

 private:
  std::vector<std::pair<std::string_view, Factory>> entries_;
};

}  // namespace mindird::ir

/// Registers an operator class in its .cc file (inside namespace mindird::ops).
#define REGISTER_OP(Class)                                \
  [[maybe_unused]] static const bool registered_##Class = \
      ::mindird::ir::OpRegistry::instance().add(Class::kId, [] { return std::static_pointer_cast<::mindird::ir::Op>(std::make_shared<Class>()); })
