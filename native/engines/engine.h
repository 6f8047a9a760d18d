// What an engine is: it says which nodes it can run, builds a subgraph into an executable, serializes it and loads it back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// The number format a model is computed in; kOrigin: the one of the graph.
enum class Precision : uint8_t { kOrigin, kFp32, kFp16, kBf16 };
/// "origin", "fp32", "fp16", "bf16"
std::string_view precision_name(Precision precision);
std::optional<Precision> parse_precision(std::string_view name);

/// The batch sizes of a model whose rows are independent, for engines that make one executable for all of them.
struct BatchProfiles {
  std::vector<int64_t> rows;  // ascending
  /// The subgraph at a batch size of `placeholder`, a prime that divides no other size in it: every dim that is a multiple of it grows with
  /// the batch. Nodes and values correspond one to one to those of the subgraph that is built.
  std::shared_ptr<const ir::Graph> symbolic;
  int64_t placeholder = 0;
};

struct BuildOptions {
  /// Threads one run uses; the same number at build and run.
  int threads = 1;
  /// False: operator by operator in plain layouts, nothing fused or folded (the "native" baseline of the report).
  bool optimize = true;
  std::shared_ptr<PackedStore> packed = {};
  /// What the user asked for. The graph already has the element types that follow from it; engines whose kernels choose for themselves look here too.
  Precision precision = Precision::kOrigin;
  /// Names of nodes (`*` for any characters) and of operators that are to be computed in f32 whatever `precision` is.
  std::vector<std::string> keep_fp32 = {};
  /// Engines that can may store constant weights of products in 16 bits, each column with a scale of its own, and compute in f32 with what that rounds them to.
  bool short_weights = false;
  /// Null: the executable serves the subgraph's own shapes alone.
  std::shared_ptr<const BatchProfiles> profiles = {};
  /// Batch size of the subgraph among profiles->rows; 0 without profiles.
  int64_t rows = 0;
  /// Folder for what an engine keeps between builds beside the cache's entries (timings of kernels); empty: nothing is kept.
  std::string keep_folder = {};
  /// Called now and then with a fraction done and what is being done.
  std::function<void(double fraction, std::string_view step)> progress = {};
  /// Becomes true when nobody wants the result any more: a long build had better look now and then and end with CANCELLED. Null: never.
  std::shared_ptr<const std::atomic<bool>> cancelled = {};
};

struct RunArgs {
  std::span<const Tensor> inputs;
  /// Types and memory for every output; for outputs of unknown size `allocate` gives shape and memory.
  std::span<Tensor> outputs;
  std::function<Status(size_t output, const TensorType& type)> allocate;
};

/// Times of one run on a device in nanoseconds; all zero for engines of the host.
struct DeviceTimes {
  int64_t dispatch = 0;   // host: copying to staging memory and enqueueing, before waiting
  int64_t to_device = 0;  // device: copies from the host
  int64_t compute = 0;    // device: kernels
  int64_t to_host = 0;    // device: copies to the host

  DeviceTimes& operator+=(const DeviceTimes& other) {
    dispatch += other.dispatch;
    to_device += other.to_device;
    compute += other.compute;
    to_host += other.to_host;
    return *this;
  }
};

/// Execution state of one thread of control: use by one thread at a time. Input and output memory may differ from run to run.
class Context {
 public:
  virtual ~Context() = default;
  virtual Status run(const RunArgs& args) = 0;
  /// Names and nanoseconds of the steps of the last run, when profiling was asked for; empty otherwise.
  virtual std::vector<std::pair<std::string, int64_t>> step_times() const { return {}; }
  virtual void set_profiling(bool) {}
  /// Of the last run.
  virtual DeviceTimes device_times() const { return {}; }
  /// From now on `input` is read where `output` of the producer, a context of the same engine that outlives this one, lies on the device; the
  /// tensor passed to run() for it is not read. UNSUPPORTED where that cannot be.
  virtual Status take_input_from(size_t /*input*/, const Context& /*producer*/, size_t /*output*/) {
    return {Code::kUnsupported, "this engine keeps nothing on a device"};
  }
  /// From now on run() does not copy this output to the host.
  virtual void keep_on_device(size_t /*output*/) {}
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
  /// Whether runs wait for a device rather than use the host's processors.
  virtual bool on_device() const { return false; }
  /// How many of the process's threads a run takes, at most.
  virtual int host_threads() const { return 1; }
  /// Bytes of device memory held by the executable itself and by each of its contexts.
  virtual size_t device_bytes() const { return 0; }
  virtual size_t device_bytes_per_context() const { return 0; }
  /// Facts for the report, in order: engine bytes, precision, how it was tuned, …
  virtual std::vector<std::pair<std::string, std::string>> details() const { return {}; }
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
  /// Whether the element types of a subgraph say what it is computed in, so that it is rewritten for `precision` before build() gets it. An
  /// engine that refuses gets it as it is: its kernels choose for themselves, or cannot compute in that.
  virtual Verdict takes_types_of(Precision /*precision*/) const { return Verdict::accept(); }
  /// Whether convolutions of an image's few channels are faster in `precision` too: with kernels of their own for them.
  virtual bool convolves_images_in(Precision /*precision*/) const { return false; }
  /// Whether build() may take minutes, so that a server may want to answer by other engines meanwhile.
  virtual bool builds_slowly() const { return false; }
  /// Whether build() makes one executable for all of BuildOptions::profiles.
  virtual bool uses_profiles() const { return false; }
  /// Consumes a subgraph with known shapes (unknown only downstream of data-dependent operators, if supports() accepted them).
  virtual Result<std::unique_ptr<Executable>> build(ir::Graph subgraph, const BuildOptions& options) const = 0;
  /// Loads what serialize() wrote for the same `subgraph` and options. Any bytes: an error, never a crash.
  virtual Result<std::unique_ptr<Executable>> load(ir::Graph subgraph, std::span<const std::byte> bytes, const BuildOptions& options) const = 0;
};

}  // namespace mindird::engines
