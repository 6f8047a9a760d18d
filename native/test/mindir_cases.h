// Reference cases: a model file with the inputs and outputs MindSpore computed for it (NAME.mindir and NAME.npz in one folder).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::test {

struct Case {
  std::string name;
  double rtol = 1e-3;
  double atol = 1e-4;
  std::vector<std::string> primitives;
  std::string refused;          // what the reason of the refusal contains; empty where the model is served
  bool per_request = false;     // served with model.state: per_request
  std::string wrong_reference;  // why the recorded outputs are not what the operators mean; empty where they are
  bool inputs_only = false;     // nothing was recorded but the inputs
  bool made_otherwise = false;  // the outputs are not those MindSpore computes for this file

  /// Whether there are recorded outputs to match.
  bool recorded() const { return wrong_reference.empty() && !inputs_only; }
};

/// The cases of a folder's index.json, in its order.
Result<std::vector<Case>> read_index(const std::string& folder);

/// The folders below `root` that hold an index.json, sorted.
std::vector<std::string> case_sets(const std::string& root);

/// Lowers the model for the shapes of its reference inputs, evaluates it and compares every output; an error says what differs.
/// `prepare`, when given, may change the graph before it is evaluated. Recorded outputs that are missing or wrong are not compared.
Status run_case(const std::string& folder, const Case& test, const std::function<Status(ir::Graph&)>& prepare = {});

/// Computes a graph's outputs from its inputs, on whatever is to be tested.
using RunGraph = std::function<Result<std::vector<ir::OwnedTensor>>(ir::Graph graph, std::span<const Tensor> inputs)>;
/// The same with the outputs computed by `run`.
Status run_case_on(const std::string& folder, const Case& test, const RunGraph& run);

/// Makes the graph of a case for the shapes of its inputs.
using LowerGraph = std::function<Result<ir::Graph>(std::span<const Shape> shapes)>;
/// The same with the graph made by `lower`; `computed` tells whether there were outputs to compare.
Status run_lowered(const std::string& folder, const Case& test, const LowerGraph& lower, const RunGraph& run, bool& computed);

}  // namespace mindird::test
