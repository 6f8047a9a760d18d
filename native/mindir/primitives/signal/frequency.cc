// What surrounds Fourier transforms and has real results: the order of frequencies, and the frequencies themselves.
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"

namespace mindird::mindir {
namespace {

/// Turns axes around so that the element at `start(size)` comes first.
LowerFunction turn(int64_t (*start)(int64_t size)) {
  return [start](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    TRY(call.want_known(x));
    TRY_ASSIGN(const auto given, call.integers("dim", 1, std::vector<int64_t>()));
    TRY_ASSIGN(const auto axes, call.axes(given, call.rank(x), true));
    for (const int64_t a : axes) {
      const auto axis = static_cast<size_t>(a);
      const int64_t size = call.shape(x)[axis];
      const int64_t first = start(size);
      if (first == 0 || first == size) continue;
      TRY_ASSIGN(const ir::ValueId head, call.slice(x, axis, first, size - first));
      TRY_ASSIGN(const ir::ValueId tail, call.slice(x, axis, 0, first));
      TRY_ASSIGN(x, call.concat({head, tail}, axis));
    }
    return Item(Computed{x});
  };
}

/// k / (n d) for k = 0, 1 …; of all frequencies the second half is negative, k - n.
LowerFunction frequencies(bool half) {
  return [half](Call& call) -> Result<Item> {
    TRY_ASSIGN(const int64_t n, call.integer("n", 0));
    TRY_ASSIGN(const double d, call.number("d", 1, 1.0));
    if (n < 1) return invalid_model(str("frequencies of ", n, " samples"));
    TRY(expect_created(n));
    DType dtype = DType::kF32;
    if (call.has("dtype", 2)) {
      TRY_ASSIGN(dtype, call.element_type("dtype", 2));
    }
    if (!is_floating(dtype)) return unsupported(str("frequencies of element type ", dtype_name(dtype)));
    std::vector<double> values(static_cast<size_t>(half ? n / 2 + 1 : n));
    std::iota(values.begin(), values.end(), 0.0);
    for (size_t k = 0; k < values.size(); ++k) {
      if (!half && static_cast<int64_t>(k) >= (n + 1) / 2) values[k] -= static_cast<double>(n);
      values[k] /= static_cast<double>(n) * d;
    }
    return call.result(numbers(call, values, {static_cast<int64_t>(values.size())}, dtype));
  };
}

REGISTER_PRIMITIVE(FFTShift, turn([](int64_t size) { return (size + 1) / 2; }));
REGISTER_PRIMITIVE(IFFTShift, turn([](int64_t size) { return size / 2; }));
REGISTER_PRIMITIVE(FFTFreq, frequencies(false));
REGISTER_PRIMITIVE(RFFTFreq, frequencies(true));

}  // namespace
}  // namespace mindird::mindir
