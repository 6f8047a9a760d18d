// Steps on sequences, against the operators' own evaluation.
#include "engines/cpu/testing_graphs.h"
#include "ops/movement/reverse.h"
#include "ops/sequence/lstm.h"

namespace mindird::engines::cpu::testing {
namespace {

struct Sizes {
  int64_t steps, batch, width, hidden;
};

std::vector<ir::ValueId> lstm(Net& net, const Sizes& s, float scale) {
  ops::Lstm op;
  op.hidden_size = s.hidden;
  const std::vector<ir::ValueId> inputs = {net.input({s.steps, s.batch, s.width}),
                                           net.input({1, s.batch, s.hidden}),
                                           net.input({1, s.batch, s.hidden}),
                                           net.weights({4 * s.hidden, s.width}, scale),
                                           net.weights({4 * s.hidden, s.hidden}, scale),
                                           net.weights({4 * s.hidden})};
  ir::Types types;
  for (ir::ValueId v : inputs) types.push_back(net.graph.type(v));
  return net.graph.add_node_typed(std::make_shared<ops::Lstm>(op), inputs, must(op.infer(types)), "lstm");
}

TEST(CpuSequences, Lstm) {
  const std::vector<Sizes> cases = {{1, 1, 1, 1},   {3, 2, 5, 7},    {7, 1, 33, 16},   {5, 3, 17, 33},
                                    {4, 13, 9, 21}, {25, 1, 64, 96}, {3, 1, 300, 360}, {6, 7, 40, 48}};
  for (const Sizes& s : cases) {
    Net net;
    expect_kernels(net.done(lstm(net, s, 0.3F)), 2e-5, str(s.steps, " ", s.batch, " ", s.width, " ", s.hidden));
  }
}

TEST(CpuSequences, LstmWithUnusedOutputsAndSaturatedGates) {
  Net net;
  const auto outputs = lstm(net, {9, 2, 31, 29}, 20);
  ops::Reverse reverse;
  reverse.axes = {0};
  expect_kernels(net.done({net.node(reverse, {outputs[0]})}), 2e-5, "");
}

TEST(CpuSequences, LstmOfNumbersBeyondAllBounds) {
  Net net;
  const ir::Graph graph = net.done(lstm(net, {4, 3, 5, 18}, 0.3F));
  Tensors inputs = random_inputs(graph);
  inputs.views[0].as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  inputs.views[2].as<float>()[20] = std::numeric_limits<float>::infinity();
  inputs.views[2].as<float>()[40] = 1e30F;
  expect_kernels(graph, inputs, 2e-5, "");
}

}  // namespace
}  // namespace mindird::engines::cpu::testing
