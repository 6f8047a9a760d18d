#include "test/mindir_cases.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "mindir/module.h"
#include "test/mindir_npz.h"

namespace mindird::test {
namespace {

double element(const Tensor& tensor, size_t i) {
  switch (tensor.dtype()) {
    case DType::kBool:
    case DType::kU8: return tensor.as<uint8_t>()[i];
    case DType::kU16: return tensor.as<uint16_t>()[i];
    case DType::kU32: return tensor.as<uint32_t>()[i];
    case DType::kU64: return static_cast<double>(tensor.as<uint64_t>()[i]);
    case DType::kI8: return tensor.as<int8_t>()[i];
    case DType::kI16: return tensor.as<int16_t>()[i];
    case DType::kI32: return tensor.as<int32_t>()[i];
    case DType::kI64: return static_cast<double>(tensor.as<int64_t>()[i]);
    case DType::kF16: return static_cast<double>(static_cast<float>(tensor.as<Half>()[i]));
    case DType::kBF16: return static_cast<double>(static_cast<float>(tensor.as<BFloat16>()[i]));
    case DType::kF32: return static_cast<double>(tensor.as<float>()[i]);
    case DType::kF64: return tensor.as<double>()[i];
  }
  return 0;
}

bool close(double got, double want, const Case& test, bool exact) {
  if (std::isnan(want)) return std::isnan(got);
  if (exact || std::isinf(want)) return got == want;
  return std::abs(got - want) <= test.atol + test.rtol * std::abs(want);
}

Status compare(const Tensor& got, const Tensor& want, const Case& test) {
  if (got.type != want.type) return invalid_argument(str("type ", got.type.text(), ", want ", want.type.text()));
  const bool exact = !is_floating(want.dtype());
  for (size_t i = 0; i < static_cast<size_t>(want.elements()); ++i) {
    if (!close(element(got, i), element(want, i), test, exact)) {
      return invalid_argument(str("element ", i, " is ", element(got, i), ", want ", element(want, i)));
    }
  }
  return {};
}

using Arrays = std::map<std::string, ConstantPtr>;

std::vector<Tensor> numbered(const Arrays& arrays, std::string_view prefix) {
  std::vector<Tensor> out;
  for (auto found = arrays.find(str(prefix, 0)); found != arrays.end(); found = arrays.find(str(prefix, out.size()))) {
    out.push_back(found->second->view());
  }
  return out;
}

}  // namespace

Result<std::vector<Case>> read_index(const std::string& folder) {
  std::ifstream file(folder + "/index.json");
  const auto index = nlohmann::ordered_json::parse(file, nullptr, false);
  if (!index.is_object()) return invalid_argument(str(folder, "/index.json: not a JSON object"));
  std::vector<Case> out;
  for (const auto& [name, entry] : index.items()) {
    out.push_back({name, entry.value("rtol", 1e-3), entry.value("atol", 1e-4), entry.value("ops", std::vector<std::string>()), entry.value("refused", ""),
                   entry.value("state", "") == "per_request", entry.value("wrong_reference", ""), entry.value("inputs_only", false),
                   entry.contains("recorded")});
  }
  return out;
}

std::vector<std::string> case_sets(const std::string& root) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().filename() == "index.json") out.push_back(entry.path().parent_path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status run_case(const std::string& folder, const Case& test, const std::function<Status(ir::Graph&)>& prepare) {
  return run_case_on(folder, test, [&](ir::Graph graph, std::span<const Tensor> inputs) -> Result<std::vector<ir::OwnedTensor>> {
    if (prepare) TRY(prepare(graph));
    return ir::evaluate(graph, inputs);
  });
}

Status run_case_on(const std::string& folder, const Case& test, const RunGraph& run) {
  mindir::ReadOptions options;
  if (test.per_request) options.state = mindir::StatePolicy::kPerRequest;
  TRY_ASSIGN(const auto module, mindir::read(str(folder, "/", test.name, ".mindir"), options));
  bool computed = false;
  return run_lowered(folder, test, [&](std::span<const Shape> shapes) { return module->lower(shapes); }, run, computed);
}

Status run_lowered(const std::string& folder, const Case& test, const LowerGraph& lower, const RunGraph& run, bool& computed) {
  TRY_ASSIGN(const Arrays arrays, read_npz(str(folder, "/", test.name, ".npz")));
  const std::vector<Tensor> inputs = numbered(arrays, "input_");
  const std::vector<Tensor> wanted = numbered(arrays, "output_");
  std::vector<Shape> shapes;
  for (const Tensor& input : inputs) shapes.push_back(input.shape());
  TRY_ASSIGN(ir::Graph graph, lower(shapes));
  TRY(graph.verify());
  TRY_ASSIGN(const auto outputs, run(std::move(graph), inputs));
  computed = true;
  if (!test.recorded()) return {};
  if (outputs.size() != wanted.size()) return invalid_argument(str(outputs.size(), " outputs, want ", wanted.size()));
  for (size_t i = 0; i < wanted.size(); ++i) TRY(compare(outputs[i].tensor, wanted[i], test).with(str("output ", i)));
  return {};
}

}  // namespace mindird::test
