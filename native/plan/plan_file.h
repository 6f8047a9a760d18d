// A plan file: a model as far as the compiler takes it, with the engines of those of its subgraphs that have one a file can hold.
//
//   "MDPLAN02" | bytes of the manifest (8) | checksum of it (8) | manifest | blob | blob | …       everything padded with zeros to 64 bytes
//
// The manifest is JSON: {"about": what the caller says of the model, "blobs": [[bytes, hash]…], and by number of a blob
// "constants": [[type, blob]…], "engines": [[hash, blob]…], "bodies": [[hash, blob]…], "graphs": [{"rows", "shapes", "blob"}…],
// "open": {"rows", "shapes", "blob"} or {"why"}}. Graphs and bodies are ir::write_binary with the constants elsewhere; an EngineNode names its engine and
// body by hash. Each content is written once: an engine for all batch sizes, the weights of all bodies. "open" is the graph of a batched model at a
// placeholder of a batch size, without EngineNodes, from which graphs of other batch sizes and engines for all of them can be made.
// The manifest is checked when a file is opened, a blob when it is first read, so that engines and weights that are not needed are not touched.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace mindird::plan {

/// One graph of a plan file, for one set of input shapes.
struct PlanFileGraph {
  int64_t rows = 0;  // of a batched model, else 0
  std::vector<Shape> shapes;
  ir::Graph graph;
};

struct PlanFileSizes {
  size_t bytes = 0;
  size_t engines = 0;
  size_t engine_bytes = 0;
  size_t constants = 0;
  size_t constant_bytes = 0;
};

/// The graph of a batched model at a batch size that is a placeholder, its rows (see plan/batch_match.h); or why there is none.
struct OpenGraph {
  std::optional<PlanFileGraph> graph;
  std::string why;
};

struct PlanFileContent {
  nlohmann::json about = nlohmann::json::object();
  std::vector<PlanFileGraph> graphs;
  OpenGraph open;
};

/// Writes beside and renames. `with_bodies` false leaves out what only a loader whose engines take none of them needs, and the open graph: such a file is
/// refused there.
Result<PlanFileSizes> write_plan_file(const std::string& path, const PlanFileContent& content, bool with_bodies);

/// Whether a file begins like a plan file.
bool is_plan_file(std::span<const std::byte> bytes);

/// An opened plan file. Immutable; its EngineNodes keep it alive. Any bytes: INVALID_MODEL naming the place, never a crash.
class PlanFile : public std::enable_shared_from_this<PlanFile> {
 public:
  struct Entry {
    int64_t rows = 0;
    std::vector<Shape> shapes;
    size_t blob = 0;
  };

  /// `owner` keeps the bytes in their place.
  static Result<std::shared_ptr<const PlanFile>> open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

  /// An object; nothing in it has been checked.
  const nlohmann::json& about() const { return about_; }
  std::span<const Entry> graphs() const { return graphs_; }
  /// A verified graph whose EngineNodes have their parts.
  Result<ir::Graph> graph(size_t index) const;
  /// Where the graph at a placeholder of a batch size is, its rows; none where there is only why_not_open().
  const std::optional<Entry>& open_entry() const { return open_; }
  const std::string& why_not_open() const { return why_not_open_; }
  /// The verified graph of open_entry(), which must be there; it has no EngineNodes.
  Result<ir::Graph> open_graph() const;
  /// Bytes of engines and of constants.
  const PlanFileSizes& sizes() const { return sizes_; }

 private:
  friend class FileParts;
  struct Blob {
    std::span<const std::byte> bytes;
    std::string hash;
  };
  struct ConstantEntry {
    TensorType type;
    size_t blob = 0;
  };
  struct Named {
    std::string hash;
    size_t blob = 0;
  };

  PlanFile() = default;
  Status read_manifest(std::span<const std::byte> bytes);
  Status read_blobs(const nlohmann::json& list, std::span<const std::byte> bytes, size_t at);
  Status read_tables(const nlohmann::json& manifest);
  Status read_named(const nlohmann::json& manifest, const char* key, std::vector<Named>& out) const;
  Status read_graphs(const nlohmann::json& list);
  Result<Entry> read_entry(const nlohmann::json& item, const std::string& place) const;
  Status read_open(const nlohmann::json& manifest);
  Result<size_t> blob_number(const nlohmann::json& value) const;
  Result<std::span<const std::byte>> blob(size_t index) const;
  Result<ConstantPtr> constant(uint64_t number) const;
  Result<ir::Graph> read_graph(size_t blob) const;
  Result<ir::Graph> entry_graph(const Entry& entry) const;
  Status join(ir::Graph& graph, ir::NodeId node) const;

  std::shared_ptr<const void> owner_;
  nlohmann::json about_;
  std::vector<Blob> blobs_;
  std::vector<ConstantEntry> constants_;
  std::vector<Named> engines_;
  std::vector<Named> bodies_;
  std::vector<Entry> graphs_;
  std::optional<Entry> open_;
  std::string why_not_open_;
  PlanFileSizes sizes_;
  /// Which blobs have been found to be what their hash says.
  mutable std::unique_ptr<std::atomic<bool>[]> checked_;
  /// Constants in use, so that graphs share them and no number of references makes more of them.
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const Constant>> living_;
};

}  // namespace mindird::plan
