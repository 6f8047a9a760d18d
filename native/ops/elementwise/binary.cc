// Binary: one broadcast loop per kind and element type.
#include "ops/elementwise/binary.h"

#include "ops/elementwise/binary_functions.h"
#include "ops/elementwise/broadcast_loops.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

bool is_for_integers(BinaryKind kind) { return kind >= BinaryKind::kBitAnd && kind <= BinaryKind::kShiftRight; }
std::string_view name_of(BinaryKind kind) { return kBinaryKindNames[static_cast<size_t>(kind)]; }

}  // namespace

void Binary::attributes(ir::AttributeVisitor& v) { v.choice("kind", kind, kBinaryKindNames); }

Result<ir::Types> Binary::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  if (kind >= BinaryKind::kLogicalAnd) {
    TRY(expect_dtype(in, 0, DType::kBool));
  } else if (is_for_integers(kind)) {
    if (!is_integer(in[0].dtype)) return invalid_argument(str("input 0 is ", in[0].text(), ", want integers"));
  } else if (kind == BinaryKind::kAtan2) {
    TRY(expect_floating(in, 0));
  } else {
    TRY(expect_numeric(in, 0));
  }
  const auto shape = broadcast_shapes(in[0].shape, in[1].shape);
  if (!shape) return invalid_argument(str("inputs ", in[0].text(), " and ", in[1].text(), " do not broadcast"));
  return one_output({in[0].dtype, *shape});
}

Status Binary::evaluate(const ir::EvalArgs& args) const {
  const auto& in = args.inputs;
  const Tensor& out = args.outputs[0];
  return dispatch_any(out.dtype(), [&]<class T>() -> Status {
    const bool found = binary::visit_function<Compute<T>>(
        kind, [&](auto function) { broadcast_loop<T, T>(in[0], in[1], out, [&](T a, T b) { return store<T>(function(load(a), load(b))); }); });
    return found ? Status{} : unsupported(str("binary ", name_of(kind), " of ", dtype_name(out.dtype())));
  });
}

std::optional<ir::BatchAxis> Binary::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Binary);

}  // namespace mindird::ops
