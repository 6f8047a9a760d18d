// Binary: one broadcast loop per kind and element type, chosen from a table.
#include "ops/elementwise/binary.h"

#include "ops/elementwise/binary_functions.h"
#include "ops/elementwise/broadcast_loops.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

using Run = void (*)(const Tensor& x, const Tensor& y, const Tensor& out);
struct Loop {
  BinaryKind kind;
  Run run;
};

template <class T, auto kFunction>
void run_loop(const Tensor& x, const Tensor& y, const Tensor& out) {
  broadcast_loop<T, T>(x, y, out, [](T a, T b) { return store<T>(kFunction(load(a), load(b))); });
}

template <class T>
std::span<const Loop> number_loops() {
  using K = BinaryKind;
  static constexpr auto kLoops = std::to_array<Loop>({
      {K::kAdd, run_loop<T, binary::add>},
      {K::kSub, run_loop<T, binary::sub>},
      {K::kMul, run_loop<T, binary::mul>},
      {K::kDiv, run_loop<T, binary::div>},
      {K::kFloorDiv, run_loop<T, binary::floor_div>},
      {K::kFloorMod, run_loop<T, binary::floor_mod>},
      {K::kTruncMod, run_loop<T, binary::trunc_mod>},
      {K::kPow, run_loop<T, binary::pow>},
      {K::kMaximum, run_loop<T, binary::maximum>},
      {K::kMinimum, run_loop<T, binary::minimum>},
      {K::kSquaredDifference, run_loop<T, binary::squared_difference>},
  });
  return kLoops;
}

template <class T>
std::span<const Loop> loops() {
  using K = BinaryKind;
  if constexpr (std::is_same_v<T, BoolByte>) {
    static constexpr auto kLoops = std::to_array<Loop>({
        {K::kLogicalAnd, run_loop<T, [](bool x, bool y) { return x && y; }>},
        {K::kLogicalOr, run_loop<T, [](bool x, bool y) { return x || y; }>},
        {K::kLogicalXor, run_loop<T, [](bool x, bool y) { return x != y; }>},
    });
    return kLoops;
  } else {
    return number_loops<T>();
  }
}

std::string_view name_of(BinaryKind kind) { return kBinaryKindNames[static_cast<size_t>(kind)]; }

}  // namespace

void Binary::attributes(ir::AttributeVisitor& v) { v.choice("kind", kind, kBinaryKindNames); }

Result<ir::Types> Binary::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_same_dtype(in));
  if (kind >= BinaryKind::kLogicalAnd) {
    TRY(expect_dtype(in, 0, DType::kBool));
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
  if (kind == BinaryKind::kAtan2) {
    return dispatch_floating(out.dtype(), [&]<class T>() { run_loop<T, binary::atan2>(in[0], in[1], out); });
  }
  return dispatch_any(out.dtype(), [&]<class T>() -> Status {
    for (const Loop& loop : loops<T>()) {
      if (loop.kind != kind) continue;
      loop.run(in[0], in[1], out);
      return {};
    }
    return unsupported(str("binary ", name_of(kind), " of ", dtype_name(out.dtype())));
  });
}

std::optional<ir::BatchAxis> Binary::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Binary);

}  // namespace mindird::ops
