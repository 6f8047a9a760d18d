// Operators that TensorRT has no layer for and other layers express (no GPU: the test libnvinfer computes them): what `evaluate` gives, on TensorRT alone.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/strings.h"
#include "support.h"

namespace mindird::test {
namespace {

/// Numbers of both signs, or every byte.
std::vector<std::byte> contents(const TensorType& type) {
  std::vector<std::byte> out(type.bytes());
  for (int64_t i = 0; i < type.shape.elements(); ++i) {
    const auto at = static_cast<size_t>(i);
    const float number = std::sin(static_cast<float>(i) * 1.7F) * 5;
    if (type.dtype == DType::kF32) std::memcpy(out.data() + at * sizeof number, &number, sizeof number);
    if (type.dtype == DType::kU8) out[at] = static_cast<std::byte>(i * 37);
  }
  return out;
}

void expect_alike(const Tensor& found, const Tensor& want, const std::string& name) {
  ASSERT_EQ(found.type, want.type) << name;
  for (int64_t i = 0; i < want.elements(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (want.dtype() == DType::kF32) {
      EXPECT_NEAR(found.as<const float>()[at], want.as<const float>()[at], 1e-5) << name << " element " << i;
    } else {
      const size_t size = dtype_size(want.dtype());
      EXPECT_EQ(std::memcmp(found.data + at * size, want.data + at * size, size), 0) << name << " element " << i;
    }
  }
}

/// One node of x, by its text.
void expect_on_tensorrt(const std::string& x, const std::string& node) {
  auto graph = ir::parse(str("graph one(x: ", x, ") -> (y) {\n  y = ", node, "  # node\n}\n"));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const TensorType type = graph->type(graph->inputs()[0]);
  std::vector<std::byte> bytes = contents(type);
  const Tensor input{type, bytes.data()};
  const auto want = ir::evaluate(*graph, std::span(&input, 1));
  ASSERT_TRUE(want.ok()) << want.status().message();
  auto run = run_on_tensorrt(std::move(graph).value(), std::span(&input, 1));
  ASSERT_TRUE(run.ok()) << node << ": " << run.status().message();
  for (const auto& one : run->report.at("nodes")) EXPECT_EQ(one.at("engine"), "tensorrt") << one.dump();
  expect_alike(run->outputs[0].tensor, (*want)[0].tensor, node);
}

TEST(ComposedOperators, AdaptivePoolingOverWindowsOfDifferentSizes) {
  for (const char* kind : {"max", "average"}) {
    expect_on_tensorrt("f32[2,3,7,10]", str("AdaptivePool(x) {kind=", kind, ", size=[3,4]} : f32[2,3,3,4]"));
    expect_on_tensorrt("f32[2,3,7]", str("AdaptivePool(x) {kind=", kind, ", size=[7]} : f32[2,3,7]"));
    expect_on_tensorrt("f32[2,3,4]", str("AdaptivePool(x) {kind=", kind, ", size=[6]} : f32[2,3,6]"));
    expect_on_tensorrt("f32[1,2,5,4,6]", str("AdaptivePool(x) {kind=", kind, ", size=[2,4,4]} : f32[1,2,2,4,4]"));
  }
}

TEST(ComposedOperators, AveragesWithDivisorsOfTheirOwn) {
  const auto pool = [](const char* window, const char* rest, const char* y) { return str("Pool(x) {kind=average, ", window, ", ", rest, "} : ", y); };
  const char* const square = "kernel=[3,3], stride=[2,2], dilation=[1,1], pad_begin=[1,1], pad_end=[1,1]";
  expect_on_tensorrt("f32[1,2,6,8]", pool(square, "ceil_mode=true, count_include_pad=true, divisor_override=0", "f32[1,2,4,5]"));
  expect_on_tensorrt("f32[1,2,6,8]", pool(square, "ceil_mode=true, count_include_pad=true, divisor_override=7", "f32[1,2,4,5]"));
  expect_on_tensorrt("f32[1,2,7,9]", pool(square, "ceil_mode=false, count_include_pad=false, divisor_override=4", "f32[1,2,4,5]"));
  const char* const line = "kernel=[4], stride=[3], dilation=[1], pad_begin=[1], pad_end=[0]";
  expect_on_tensorrt("f32[2,2,10]", pool(line, "ceil_mode=true, count_include_pad=true, divisor_override=0", "f32[2,2,4]"));
  const char* const cube = "kernel=[2,3,2], stride=[2,2,2], dilation=[1,1,1], pad_begin=[0,1,0], pad_end=[0,1,0]";
  expect_on_tensorrt("f32[1,1,5,6,4]", pool(cube, "ceil_mode=true, count_include_pad=true, divisor_override=0", "f32[1,1,3,4,2]"));
}

TEST(ComposedOperators, TheNearestPixelInAllCoordinates) {
  for (const char* coordinates : {"asymmetric", "half_pixel", "align_corners"}) {
    expect_on_tensorrt("f32[2,3,4,5]", str("Resize(x) {mode=nearest, coordinates=", coordinates, ", size=[7,3]} : f32[2,3,7,3]"));
    expect_on_tensorrt("f32[1,1,3,3]", str("Resize(x) {mode=nearest, coordinates=", coordinates, ", size=[1,9]} : f32[1,1,1,9]"));
  }
}

TEST(ComposedOperators, PaddingThatRepeatsTheEdge) {
  expect_on_tensorrt("f32[2,3,4]", "Pad(x) {mode=symmetric, before=[0,2,4], after=[0,3,1], value=0} : f32[2,8,9]");
  expect_on_tensorrt("f32[3]", "Pad(x) {mode=symmetric, before=[0], after=[3], value=0} : f32[6]");
}

TEST(ComposedOperators, BytesAreCastToAllOtherTypes) {
  for (const char* to : {"f32", "f16", "bf16", "i32", "i64", "bool"}) expect_on_tensorrt("u8[4,70]", str("Cast(x) {to=", to, "} : ", to, "[4,70]"));
}

/// What a node of x, and of y where the text has one, is on TensorRT: the bytes that `evaluate` gives, or numbers as near as `near`.
template <class T>
void expect_values(const std::string& node, const TensorType& type, std::vector<T> x, std::vector<T> y = {}, float near = 0) {
  auto graph = ir::parse(str("graph one(x: ", type.text(), y.empty() ? "" : str(", y: ", type.text()), ") -> (z) {\n  z = ", node, "  # node\n}\n"));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  std::vector<Tensor> inputs = {{type, reinterpret_cast<std::byte*>(x.data())}};
  if (!y.empty()) inputs.push_back({type, reinterpret_cast<std::byte*>(y.data())});
  const auto want = ir::evaluate(*graph, inputs);
  ASSERT_TRUE(want.ok()) << want.status().message();
  auto run = run_on_tensorrt(std::move(graph).value(), inputs);
  ASSERT_TRUE(run.ok()) << node << ": " << run.status().message();
  for (const auto& one : run->report.at("nodes")) EXPECT_EQ(one.at("engine"), "tensorrt") << one.dump();
  const Tensor found = run->outputs[0].tensor;
  const Tensor expected = (*want)[0].tensor;
  const size_t size = dtype_size(expected.dtype());
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::memcmp(found.data + i * size, expected.data + i * size, size) == 0) continue;
    ASSERT_EQ(expected.dtype(), DType::kF32) << node << " element " << i;
    const float a = found.as<const float>()[i];
    const float b = expected.as<const float>()[i];
    const bool alike = std::isnan(b) ? std::isnan(a) : near > 0 && b != 0 && std::abs(a - b) <= near && std::signbit(a) == std::signbit(b);
    EXPECT_TRUE(alike) << node << " element " << i << ": " << a << ", want " << b;
  }
}

/// Every pair of the numbers: the first of each in one vector, the second in the other.
template <class T>
std::pair<std::vector<T>, std::vector<T>> pairs_of(const std::vector<T>& numbers) {
  std::pair<std::vector<T>, std::vector<T>> out;
  for (T a : numbers) {
    for (T b : numbers) {
      out.first.push_back(a);
      out.second.push_back(b);
    }
  }
  return out;
}

TEST(ComposedOperators, AnglesInAllQuadrantsAndOfAllSpecialNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto [y, x] = pairs_of<float>({0.0F, -0.0F, 1, -1, 0.3F, -2.5F, 1e30F, -1e30F, 1e-30F, -1e-30F, infinity, -infinity, nan});
  expect_values("Binary(x, y) {kind=atan2}", {DType::kF32, {static_cast<int64_t>(x.size())}}, y, x, 1e-6F);
}

TEST(ComposedOperators, AnglesInHalfPrecisionAreRoundedOnce) {
  const auto [y, x] = pairs_of<Half>({Half(0.0F), Half(-0.0F), Half(1.0F), Half(-3.0F), Half(0.1F), Half(-6e4F), Half(6e4F), Half(-6e-8F)});
  expect_values("Binary(x, y) {kind=atan2}", {DType::kF16, {static_cast<int64_t>(x.size())}}, y, x);
}

template <class T>
void expect_divisions(DType dtype) {
  const T lowest = std::numeric_limits<T>::min();
  const T highest = std::numeric_limits<T>::max();
  const auto [x, y] = pairs_of<T>({0, 1, -1, 2, -2, 7, -7, highest, lowest, static_cast<T>(lowest + 1)});
  const TensorType type{dtype, {static_cast<int64_t>(x.size())}};
  for (const char* kind : {"div", "floor_div", "floor_mod", "trunc_mod"}) expect_values<T>(str("Binary(x, y) {kind=", kind, "}"), type, x, y);
}

TEST(ComposedOperators, IntegersAreDividedByEveryNumber) {
  expect_divisions<int32_t>(DType::kI32);
  expect_divisions<int64_t>(DType::kI64);
}

TEST(ComposedOperators, CastsToIntegersTakeNumbersBeyondTheirRange) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> numbers = {0,        0.9F,      -0.9F,        1.5F,       -1.5F,          126.9F, 127,
                                      127.9F,   128,       1e30F,        -128,       -128.9F,        -129,   300.2F,
                                      -300.2F,  3e9F,      -3e9F,        2147483520, -2147483648.0F, 1e19F,  -9223372036854775808.0F,
                                      infinity, -infinity, std::nanf("")};
  const TensorType type{DType::kF32, {static_cast<int64_t>(numbers.size())}};
  std::vector<Half> halves;
  for (const float number : numbers) halves.emplace_back(number);
  for (const char* to : {"i8", "i32", "i64"}) {
    expect_values<float>(str("Cast(x) {to=", to, "}"), type, numbers);
    expect_values<Half>(str("Cast(x) {to=", to, "}"), {DType::kF16, type.shape}, halves);
  }
}

/// Why TensorRT does not take the only node.
std::string refusal(const std::string& x, const std::string& node) {
  auto graph = ir::parse(str("graph one(x: ", x, ") -> (z) {\n  z = ", node, "  # node\n}\n"));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  const engines::Verdict verdict = tensorrt_engine().supports(*graph, graph->topological_order()[0]);
  EXPECT_FALSE(verdict.yes) << node;
  return verdict.why;
}

TEST(Refusals, AreExact) {
  EXPECT_EQ(refusal("i32[4]", "Binary(x, x) {kind=pow}"), "TensorRT does not say how it raises integers to a power");
  EXPECT_EQ(refusal("i32[4]", "Cast(x) {to=i8}"), "a cast of i32 to i8: TensorRT does not say what integers beyond its range become");
  EXPECT_EQ(refusal("u8[4]", "Cast(x) {to=i8}"), "a cast of u8 to i8, which wraps around");
  EXPECT_EQ(refusal("i8[4]", "Cast(x) {to=f32}"), "element type i8 outside Quantize and Dequantize");
  EXPECT_EQ(refusal("f32[4,4,1,1,1]", "ArgReduce(x) {kind=max, axis=0, keep_dims=false, index_type=i32}"),
            "an axis in front of the last four, which TensorRT does not order along");
  expect_on_tensorrt("f32[4,4,1,1,1]", "ArgReduce(x) {kind=max, axis=1, keep_dims=false, index_type=i32}");
}

/// A scatter into x at constant positions, of slices of x itself.
std::string scattered(const std::string& x, const std::string& type, const std::string& indices, const std::string& node) {
  return str("graph one(x: ", x, ") -> (z) {\n  i = const ", type, " = ", indices,
             "\n  u = Slice(x) {begin=[0,0], size=[2,3], stride=[1,1]}  # updates\n  z = ", node, "  # node\n}\n");
}

TEST(Scattering, AtPositionsOfTheModel) {
  const std::vector<std::pair<std::string, std::string>> scatters = {
      {"i32[2,1] = {3, 1}", "ScatterNd(x, i, u) {kind=update}"},
      {"i64[2,3] = {3, 1, 0, 0, 2, 3}", "ScatterElements(x, i, u) {kind=update, axis=0}"},
      {"i32[2,3] = {2, 1, 0, 0, 1, 2}", "ScatterElements(x, i, u) {kind=update, axis=-1}"},
  };
  for (const auto& [indices, node] : scatters) {
    const size_t eq = indices.find(" = ");
    auto graph = ir::parse(scattered("f32[4,3]", indices.substr(0, eq), indices.substr(eq + 3), node));
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    const TensorType type = graph->type(graph->inputs()[0]);
    std::vector<std::byte> bytes = contents(type);
    const Tensor input{type, bytes.data()};
    const auto want = ir::evaluate(*graph, std::span(&input, 1));
    ASSERT_TRUE(want.ok()) << want.status().message();
    auto run = run_on_tensorrt(std::move(graph).value(), std::span(&input, 1));
    ASSERT_TRUE(run.ok()) << node << ": " << run.status().message();
    for (const auto& one : run->report.at("nodes")) EXPECT_EQ(one.at("engine"), "tensorrt") << one.dump();
    expect_alike(run->outputs[0].tensor, (*want)[0].tensor, node);
  }
}

/// Why TensorRT does not take a scatter.
std::string scatter_refusal(const std::string& type, const std::string& indices, const std::string& node) {
  auto graph = ir::parse(scattered("f32[4,3]", type, indices, node));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  for (const ir::NodeId id : graph->topological_order()) {
    const engines::Verdict verdict = tensorrt_engine().supports(*graph, id);
    if (!verdict.yes) return verdict.why;
  }
  return "taken";
}

TEST(Scattering, IsRefusedWhereItMayWriteTwice) {
  const std::string twice = "TensorRT leaves open which of two writes to one element stays";
  EXPECT_EQ(scatter_refusal("i32[2,1]", "{3, 3}", "ScatterNd(x, i, u) {kind=update}"), twice);
  EXPECT_EQ(scatter_refusal("i32[2,3]", "{1, 1, 0, 1, 2, 3}", "ScatterElements(x, i, u) {kind=update, axis=0}"), twice);
  EXPECT_EQ(scatter_refusal("i32[2,1]", "{3, -1}", "ScatterNd(x, i, u) {kind=update}"), "positions that count from the end or lie outside");
  EXPECT_EQ(scatter_refusal("i32[2,1]", "{3, 1}", "ScatterNd(x, i, u) {kind=add}"),
            "TensorRT's scatter layer replaces elements and does not combine them with those that are there");
  auto graph = ir::parse("graph one(x: f32[4], i: i32[2,1], u: f32[2]) -> (z) {\n  z = ScatterNd(x, i, u) {kind=update}  # node\n}\n");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(tensorrt_engine().supports(*graph, graph->topological_order()[0]).why,
            "positions known only at run time may repeat, and TensorRT leaves open which of two writes stays");
}

TEST(Refusals, NameWhatTensorRtLacks) {
  EXPECT_EQ(refusal("f32[4,4]", "Cholesky(x)"), "TensorRT has no layer that decomposes matrices");
  EXPECT_EQ(refusal("f32[4]", "Special(x) {kind=digamma}"), "TensorRT has no layer for special functions other than erf");
  EXPECT_EQ(refusal("f32[4]", "SearchSorted(x, x) {right=false}"), "TensorRT has no layer that searches in sorted numbers");
  EXPECT_EQ(refusal("f32[4]", "NonZero(x)"), "the size of the result depends on data, and these engines have sizes that follow from those of their inputs");
}

/// What TensorRT makes of [10, 20, 30] and indices of which some are outside.
std::vector<float> gathered(const std::string& node, const Shape& shape, std::vector<int32_t> indices) {
  auto graph = ir::parse(str("graph one(x: f32[3], i: i32", shape.text(), ") -> (y) {\n  y = ", node, "  # node\n}\n"));
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  std::vector<float> x = {10, 20, 30};
  const Tensor inputs[] = {{graph->type(graph->inputs()[0]), reinterpret_cast<std::byte*>(x.data())},
                           {graph->type(graph->inputs()[1]), reinterpret_cast<std::byte*>(indices.data())}};
  EXPECT_FALSE(ir::evaluate(*graph, inputs).ok()) << "an error on the host";
  auto run = run_on_tensorrt(std::move(graph).value(), inputs);
  EXPECT_TRUE(run.ok()) << run.status().message();
  if (!run.ok()) return {};
  const auto values = run->outputs[0].tensor.as<const float>();
  return {values.begin(), values.end()};
}

TEST(Gathering, ReadsZeroOutsideOfTheData) {
  const std::vector<float> want = {30, 0, 10, 0};
  EXPECT_EQ(gathered("Gather(x, i) {axis=0, batch_dims=0}", {4}, {2, 3, -3, -4}), want);
  EXPECT_EQ(gathered("GatherElements(x, i) {axis=0}", {4}, {2, 3, -3, -4}), want);
  EXPECT_EQ(gathered("GatherNd(x, i)", {4, 1}, {2, 3, -3, -4}), want);
}

}  // namespace
}  // namespace mindird::test
