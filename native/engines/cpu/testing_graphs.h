// Support of the engine's tests: graphs in a few lines, and runs of engines on them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/strings.h"
#include "engines/cpu/build/make_schedule.h"
#include "engines/registry.h"
#include "ir/graph.h"

namespace mindird::engines::cpu::testing {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    std::abort();
  }
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) {
    ADD_FAILURE() << status.message();
    std::abort();
  }
}

inline const Engine& cpu() { return *EngineRegistry::instance().find("cpu"); }

/// Builds a graph node by node; constants are random from a fixed seed.
class Net {
 public:
  ir::Graph graph;

  ir::ValueId input(const Shape& shape, DType dtype = DType::kF32) { return graph.add_input("x", {dtype, shape}); }
  ir::ValueId weights(const Shape& shape, float scale = 0.3F, float shift = 0) {
    Buffer buffer = must(Buffer::allocate(static_cast<size_t>(shape.elements()) * sizeof(float)));
    const Tensor t{{DType::kF32, shape}, buffer.data()};
    for (float& v : t.as<float>()) v = shift + scale * std::uniform_real_distribution<float>(-1, 1)(random_);
    return graph.add_constant(std::make_shared<const Constant>(t.type, std::move(buffer)));
  }
  template <class Op>
  ir::ValueId node(Op op, std::vector<ir::ValueId> inputs, std::string_view origin = "node") {
    return must(graph.add(std::make_shared<Op>(std::move(op)), std::move(inputs), origin));
  }
  ir::Graph done(std::vector<ir::ValueId> outputs) {
    graph.set_outputs(std::move(outputs));
    must(graph.verify());
    return graph;
  }

 private:
  std::mt19937 random_{7};
};

/// Tensors with memory of their own.
struct Tensors {
  std::vector<Tensor> views;
  std::vector<Buffer> buffers;
  Tensor& add(const TensorType& type) {
    buffers.push_back(must(Buffer::allocate(type.bytes())));
    views.push_back({type, buffers.back().data()});
    return views.back();
  }
};

inline void fill_random(const Tensor& t, uint32_t seed) {
  std::mt19937 random(seed);
  for (int64_t i = 0; i < t.elements(); ++i) {
    const float v = std::uniform_real_distribution<float>(-2, 2)(random);
    const auto at = static_cast<size_t>(i);
    switch (t.dtype()) {
      case DType::kF32: t.as<float>()[at] = v; break;
      case DType::kF64: t.as<double>()[at] = static_cast<double>(v); break;
      case DType::kF16: t.as<Half>()[at] = Half(v); break;
      case DType::kBF16: t.as<BFloat16>()[at] = BFloat16(v); break;
      case DType::kI32: t.as<int32_t>()[at] = static_cast<int32_t>(random() % 4); break;
      case DType::kI64: t.as<int64_t>()[at] = static_cast<int64_t>(random() % 4); break;
      case DType::kI16: t.as<int16_t>()[at] = static_cast<int16_t>(random() % 4); break;
      case DType::kU16: t.as<uint16_t>()[at] = static_cast<uint16_t>(random() % 4); break;
      case DType::kU32: t.as<uint32_t>()[at] = static_cast<uint32_t>(random() % 4); break;
      case DType::kU64: t.as<uint64_t>()[at] = random() % 4; break;
      case DType::kI8: t.as<int8_t>()[at] = static_cast<int8_t>(random() % 4); break;
      default: t.as<uint8_t>()[at] = static_cast<uint8_t>(random() % 2); break;
    }
  }
}

inline Tensors random_inputs(const ir::Graph& graph, uint32_t seed = 1) {
  Tensors out;
  for (ir::ValueId v : graph.inputs()) fill_random(out.add(graph.type(v)), seed++);
  return out;
}

/// Runs once in a fresh context whose workspace and outputs start as NaN, so that anything read before it is written shows. `make` gives the context of a
/// workspace.
template <class Make>
Tensors run_in(size_t workspace_bytes, const Make& make, const ir::Graph& graph, const Tensors& inputs) {
  Tensors out;
  for (ir::ValueId v : graph.outputs()) {
    const Tensor& t = out.add(graph.type(v).shape.known() ? graph.type(v) : TensorType{graph.type(v).dtype, {0}});
    std::memset(t.data, 0xff, t.bytes());
  }
  Buffer workspace = must(Buffer::allocate(workspace_bytes));
  if (workspace.size() > 0) std::memset(workspace.data(), 0xff, workspace.size());
  const auto context = must(make(workspace.span()));
  const auto allocate = [&](size_t i, const TensorType& type) -> Status {
    out.buffers[i] = must(Buffer::allocate(type.bytes()));
    out.views[i] = {type, out.buffers[i].data()};
    return {};
  };
  for (size_t i = 0; i < out.views.size(); ++i) out.views[i].type = graph.type(graph.outputs()[i]);
  must(context->run({.inputs = inputs.views, .outputs = out.views, .allocate = allocate}));
  return out;
}

inline Tensors run(const Executable& executable, const ir::Graph& graph, const Tensors& inputs) {
  return run_in(executable.workspace_bytes(), [&](std::span<std::byte> workspace) { return executable.context(workspace); }, graph, inputs);
}

/// The graph with kernels and threads as they are forced, not as they are worth it.
inline Tensors run_forced(const ir::Graph& graph, const Tensors& inputs, int threads, Record::Forced forced) {
  BuildOptions options;
  options.threads = threads;
  Record record;
  record.force(std::move(forced));
  const auto schedule = must(make_schedule(graph.clone(), options, record));
  return run_in(schedule->workspace_bytes, [&](std::span<std::byte> workspace) { return make_context(schedule, workspace); }, graph, inputs);
}

inline double element(const Tensor& t, size_t i) {
  switch (t.dtype()) {
    case DType::kF32: return static_cast<double>(t.as<float>()[i]);
    case DType::kF64: return t.as<double>()[i];
    case DType::kF16: return static_cast<double>(static_cast<float>(t.as<Half>()[i]));
    case DType::kBF16: return static_cast<double>(static_cast<float>(t.as<BFloat16>()[i]));
    case DType::kI32: return t.as<int32_t>()[i];
    case DType::kI64: return static_cast<double>(t.as<int64_t>()[i]);
    case DType::kI16: return t.as<int16_t>()[i];
    case DType::kU16: return t.as<uint16_t>()[i];
    case DType::kU32: return t.as<uint32_t>()[i];
    case DType::kU64: return static_cast<double>(t.as<uint64_t>()[i]);
    case DType::kI8: return t.as<int8_t>()[i];
    default: return t.as<uint8_t>()[i];
  }
}

/// Every element of `got` is within tolerance of `want`; NaN only where `want` has it.
inline void expect_near(const Tensor& got, const Tensor& want, double tolerance, const std::string& what) {
  ASSERT_EQ(got.type.text(), want.type.text()) << what;
  for (size_t i = 0; i < static_cast<size_t>(want.elements()); ++i) {
    const double g = element(got, i);
    const double w = element(want, i);
    if (g == w || (std::isnan(g) && std::isnan(w))) continue;
    ASSERT_LE(std::abs(g - w), tolerance * (1 + std::abs(w))) << what << " element " << i << " is " << g << ", want " << w;
  }
}

inline bool same_bytes(const Tensors& a, const Tensors& b) {
  for (size_t i = 0; i < a.views.size(); ++i) {
    if (!(a.views[i].type == b.views[i].type) || std::memcmp(a.views[i].data, b.views[i].data, a.views[i].bytes()) != 0) return false;
  }
  return true;
}

/// The nodes said to be evaluated are those of the steps that evaluate.
inline void expect_evaluations_counted(const Executable& executable) {
  std::vector<std::string> found;
  for (const std::string& step : executable.steps()) {
    if (step.rfind("evaluate ", 0) == 0) found.push_back(step.substr(step.rfind("# ") + 2));
  }
  EXPECT_EQ(executable.evaluated_nodes(), found);
}

/// The engine, optimizing and not, on one and on two threads, and with every step shared among three, agrees with the operators' own evaluation of these
/// inputs.
inline void expect_equal_to_oracle(const ir::Graph& graph, const Tensors& inputs, double tolerance, const std::string& what) {
  const auto want = must(ir::evaluate(graph, inputs.views));
  for (const bool optimize : {true, false}) {
    for (const int threads : {1, 2}) {
      const auto executable = must(cpu().build(graph.clone(), {threads, optimize, make_packed_store(), {}}));
      expect_evaluations_counted(*executable);
      const Tensors got = run(*executable, graph, inputs);
      for (size_t i = 0; i < want.size(); ++i) {
        expect_near(got.views[i], want[i].tensor, tolerance, str(what, optimize ? " optimized" : " plain", " on ", threads, " threads, output ", i));
      }
    }
  }
  const Tensors shared = run_forced(graph, inputs, 3, {.kernel = {}, .shared = true});
  for (size_t i = 0; i < want.size(); ++i) expect_near(shared.views[i], want[i].tensor, tolerance, str(what, " shared among 3 threads, output ", i));
}

/// The same on random inputs.
inline void expect_equal_to_oracle(const ir::Graph& graph, double tolerance = 2e-5, const std::string& what = "") {
  expect_equal_to_oracle(graph, random_inputs(graph), tolerance, what);
}

/// The same, and that the engine has a kernel for every node.
inline void expect_kernels(const ir::Graph& graph, const Tensors& inputs, double tolerance, const std::string& what) {
  EXPECT_EQ(must(cpu().build(graph.clone(), {}))->evaluated_nodes(), std::vector<std::string>()) << what;
  expect_equal_to_oracle(graph, inputs, tolerance, what);
}
inline void expect_kernels(const ir::Graph& graph, double tolerance = 0, const std::string& what = "") {
  expect_kernels(graph, random_inputs(graph), tolerance, what);
}

/// Shapes of few and of many elements, so that some steps run on one thread and others on several; sizes are odd and beyond those of vectors.
inline std::vector<Shape> shapes_of_rank(size_t rank) {
  if (rank == 2) return {{3, 7}, {1, 1}, {181, 199}};
  if (rank == 3) return {{2, 3, 5}, {5, 83, 97}};
  return {{2, 3, 5, 7}, {1, 1, 1, 1}, {2, 19, 29, 31}};
}

/// The steps without kernels' names and origins: "Conv+relu", "reorder", "MatMul".
inline std::vector<std::string> step_names(const Executable& executable) {
  std::vector<std::string> out;
  for (const std::string& step : executable.steps()) out.push_back(step.substr(0, step.find(' ')));
  return out;
}

}  // namespace mindird::engines::cpu::testing
