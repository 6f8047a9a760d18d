// A network compiled as the server compiles it, with nothing of the server around: for trying a machine's TensorRT and
// for measuring it.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "builder/options.h"
#include "engines/page_locked.h"
#include "plan/compile.h"

namespace mindird::builder {

/// Options of commands that compile a network; see open_network().
inline constexpr std::string_view kNetworkOptions[] = {"engine", "library",    "modules", "precision",   "cache",
                                                       "inputs", "no-graphs!", "tf32!",   "in-process!", "verbose!"};
inline constexpr const char* kNetworkHelp =
    "  --engine NAME      tensorrt (default; reference takes what it refuses) or reference alone\n"
    "  --library PATH     libnvinfer, or its folder\n"
    "  --modules FOLDER   of the modules and of mindird-builder; that of this executable by default\n"
    "  --precision NAME   origin (default), fp32, fp16, bf16\n"
    "  --cache FOLDER     keeps built engines there\n"
    "  --inputs FILE      raw bytes of all inputs one after the other; otherwise numbers from -1 to 1, and zeros for "
    "integers\n"
    "  --no-graphs        runs are enqueued call by call rather than launched as one CUDA graph\n"
    "  --tf32             fp32 products may round to TF32\n"
    "  --in-process       engines are built in this process\n"
    "  --verbose          all that TensorRT tells goes to standard error; engines are built in this process\n";

class Network {
 public:
  /// Ready to run.
  plan::PlanContext& context() { return *context_; }
  /// One run from inputs to outputs as the network has them: what the plan has in f16 is converted on the way.
  Status run();
  /// Makes the context anew, ready to run: what allow_graphs() says now holds for it.
  Status renew();
  /// Types of the outputs, as the network has them.
  std::vector<TensorType> output_types() const { return outside_types(plan_->outputs()); }
  /// Writes the raw bytes of all outputs of the last run.
  Status write_outputs(const std::string& path);
  /// {network, engine, version, device, precision, tf32, inputs, compile_s, subgraphs, other_nodes, partitions};
  /// subgraphs are those on the engine, other_nodes those not on it.
  const nlohmann::ordered_json& facts() const { return facts_; }

 private:
  friend Result<Network> open_network(const Options& options);
  Status allocate();
  Status fill();
  std::vector<TensorType> outside_types(std::span<const size_t> slots) const;

  std::string inputs_file_;
  std::shared_ptr<const plan::ExecutionPlan> plan_;
  engines::PageLockedMemory locked_;
  Buffer arena_;
  Buffer workspace_;
  std::unique_ptr<plan::PlanContext> context_;
  // By input and output: the tensor outside, where the plan has it in f16; else empty.
  std::vector<std::vector<std::byte>> given_;
  std::vector<std::vector<std::byte>> taken_;
  nlohmann::ordered_json facts_;
};

/// Reads the one network among the words, a MindIR file with known shapes or a structure (ir/structure.h), and compiles
/// it. An engine that is not available is an error.
Result<Network> open_network(const Options& options);

/// Prints `status`, and the command's own options where the words were wrong, and answers the exit code.
int finish(const Status& status, const char* command, const char* options);

}  // namespace mindird::builder
