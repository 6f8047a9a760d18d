// What an engine is: it says which nodes it can run, builds a subgraph into an executable, serializes it and loads it back.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace mindird::engines {

struct Verdict {
  bool yes = false;
  std::string why;  // only when no
  static Verdict accept() { return {true, {}}; }
  static Verdict refuse(std::string why) { return {false, std::move(why)}; }
};

/// Weights in an engine's own layout, shared by the executables of all buckets of a model; keys are engine-defined.
class PackedStore {
 public:
  virtual ~PackedStore() = default;
  /// The buffer stored under `key`, or null.
  virtual std::shared_ptr<const Buffer> find(std::string_view key) const = 0;
  virtual std::shared_ptr<const Buffer> insert(std::string_view key, std::shared_ptr<const Buffer> buffer) = 0;
  virtual size_t bytes() const = 0;
};
std::shared_ptr<PackedStore> make_packed_store();

struct BuildOptions {
  /// Threads one run uses; the same number at build and run.
  int threads = 1;
  /// False: operator by operator in plain layouts, nothing fused or folded (the "native" baseline of the report).
  bool optimize = true;
  std::shared_ptr<PackedStore> packed;
  /// Called now and then with a fraction done and what is being done.
  std::function<void(double fraction, std::string_view step)> progress;
};

struct RunArgs {
  std::span<const Tensor> inputs;
  /// Types and memory for every output; for outputs of unknown size `allocate` gives shape and memory.
  std::span<Tensor> outputs;
  std::function<Status(size_t output, const TensorType& type)> allocate;
};

/// Execution state of one thread of control: use by one thread at a time. Input and output memory may differ from run to run.
class Context {
 public:
  virtual ~Context() = default;
  virtual Status run(const RunArgs& args) = 0;
  /// Names and nanoseconds of the steps of the last run, when profiling was asked for; empty otherwise.
  virtual std::vector<std::pair<std::string, int64_t>> step_times() const { return {}; }
  virtual void set_profiling(bool) {}
};

/// An immutable compiled subgraph; shared by contexts.
class Executable {
 public:
  virtual ~Executable() = default;
  /// Bytes of scratch memory one run needs; contexts of one instance share one workspace, since they never run at once.
  virtual size_t workspace_bytes() const = 0;
  /// `workspace` is aligned to 64 bytes, at least workspace_bytes() long, and outlives the context.
  virtual Result<std::unique_ptr<Context>> context(std::span<std::byte> workspace) const = 0;
  /// For the engine cache; UNSUPPORTED when this engine has nothing worth caching.
  virtual Result<std::vector<std::byte>> serialize() const = 0;
  /// Description for `inspect --stage plan` and the report: one line per step.
  virtual std::vector<std::string> steps() const = 0;
  /// Bytes held for weights and constants.
  virtual size_t constant_bytes() const = 0;
  /// Origins of graph nodes that run as plain `evaluate` steps, for the report.
  virtual std::vector<std::string> evaluated_nodes() const { return {}; }
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view id() const = 0;
  /// Library version, instruction set, device, …: part of every cache key.
  virtual std::string fingerprint() const = 0;
  virtual std::string version() const = 0;
  /// What it runs on, e.g. the effective instruction set or the name of the GPU.
  virtual std::string device() const { return {}; }
  virtual Verdict supports(const ir::Graph& graph, ir::NodeId node) const = 0;
  /// Consumes a subgraph with known shapes (unknown only downstream of data-dependent operators, if supports() accepted them).
  virtual Result<std::unique_ptr<Executable>> build(ir::Graph subgraph, const BuildOptions& options) const = 0;
  /// Loads what serialize() wrote for the same `subgraph` and options. Any bytes: an error, never a crash.
  virtual Result<std::unique_ptr<Executable>> load(ir::Graph subgraph, std::span<const std::byte> bytes, const BuildOptions& options) const = 0;
};

}  // namespace mindird::engines
