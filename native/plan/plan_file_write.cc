#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/hash.h"
#include "base/strings.h"
#include "ir/binary.h"
#include "ops/embedded/engine_node.h"
#include "plan/plan_file.h"
#include "plan/plan_file_layout.h"

namespace mindird::plan {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

/// The manifest and the contents it numbers, each content once.
class Collection {
 public:
  explicit Collection(bool with_bodies) : with_bodies_(with_bodies) {}

  Status add(const PlanFileGraph& entry) {
    ir::Graph graph = entry.graph.clone();
    for (ir::NodeId n : graph.topological_order()) {
      const auto* node = ir::op_cast<ops::EngineNode>(*graph.node(n).op);
      if (!node) continue;
      auto written = std::make_shared<ops::EngineNode>(*node);
      if (!with_bodies_) written->body.clear();
      TRY(add_parts(*written));
      graph.set_op(n, std::move(written));
    }
    graphs_.push_back(json_of(entry, graph));
    return {};
  }
  void add_open(const OpenGraph& open) { open_ = open.graph ? json_of(*open.graph, open.graph->graph) : Json{{"why", open.why}}; }

  Json manifest(const Json& about) const {
    Json blobs = Json::array();
    for (const Blob& b : blobs_) blobs.push_back({b.bytes.size(), b.hash});
    return {{"about", about}, {"blobs", std::move(blobs)}, {"constants", constants_}, {"engines", engines_}, {"bodies", bodies_}, {"graphs", graphs_},
            {"open", open_}};
  }
  size_t blob_count() const { return blobs_.size(); }
  std::span<const std::byte> bytes(size_t blob) const { return blobs_[blob].bytes; }
  const PlanFileSizes& sizes() const { return sizes_; }

 private:
  struct Blob {
    std::span<const std::byte> bytes;
    std::string hash;
    std::shared_ptr<const void> owner;
  };

  size_t add_blob(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
    const std::string hash = hash_bytes(bytes).hex();
    const auto [it, fresh] = by_hash_.try_emplace({hash, bytes.size()}, blobs_.size());
    if (fresh) blobs_.push_back({bytes, hash, std::move(owner)});
    return it->second;
  }
  size_t own(std::vector<std::byte> bytes) {
    const auto kept = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return add_blob(*kept, kept);
  }
  Json json_of(const PlanFileGraph& entry, const ir::Graph& written) {
    Json shapes = Json::array();
    for (const Shape& shape : entry.shapes) shapes.push_back(shape.vector());
    return {{"rows", entry.rows}, {"shapes", std::move(shapes)}, {"blob", own(write(written))}};
  }
  std::vector<std::byte> write(const ir::Graph& graph) {
    return ir::write_binary(graph, [this](const ConstantPtr& c) { return constant(c); });
  }

  uint64_t constant(const ConstantPtr& c) {
    const auto [it, fresh] = constant_number_.try_emplace({c->hash().hex(), c->type().text()}, constants_.size());
    if (fresh) {
      constants_.push_back({c->type().text(), add_blob(c->bytes(), c)});
      ++sizes_.constants;
      sizes_.constant_bytes += c->bytes().size();
    }
    return it->second;
  }

  Status add_parts(const ops::EngineNode& node) {
    if (!node.parts) return internal_error("a node without its engine cannot be written");
    if (named_.insert({"engine " + node.engine, 0}).second) {
      TRY_ASSIGN(const auto bytes, node.parts->engine());
      engines_.push_back({node.engine, add_blob(bytes, node.parts)});
      ++sizes_.engines;
      sizes_.engine_bytes += bytes.size();
    }
    if (!node.body.empty() && named_.insert({"body " + node.body, 0}).second) {
      TRY_ASSIGN(const auto body, node.parts->body());
      bodies_.push_back({node.body, own(write(*body))});
    }
    return {};
  }

  bool with_bodies_;
  std::vector<Blob> blobs_;
  std::map<std::pair<std::string, size_t>, size_t> by_hash_;
  std::map<std::pair<std::string, std::string>, uint64_t> constant_number_;
  std::map<std::string, int> named_;
  Json constants_ = Json::array();
  Json engines_ = Json::array();
  Json bodies_ = Json::array();
  Json graphs_ = Json::array();
  Json open_;
  PlanFileSizes sizes_;
};

/// Counts what it writes and pads it.
class Output {
 public:
  explicit Output(const fs::path& path) : out_(path, std::ios::binary | std::ios::trunc) { note_error(); }

  void write(std::span<const std::byte> bytes) {
    out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    note_error();
    size_ += bytes.size();
  }
  void number(uint64_t value) { write(std::as_bytes(std::span(&value, 1))); }
  void pad() {
    static constexpr std::byte kZeros[kPlanAlignment] = {};
    write(std::span(kZeros).first(plan_padding(size_)));
  }
  /// False when anything could not be written.
  bool close() {
    out_.close();
    note_error();
    return static_cast<bool>(out_);
  }
  size_t size() const { return size_; }
  /// Of the first call that failed; 0 without one, or where the system gave no reason.
  int error() const { return error_; }

 private:
  void note_error() {
    if (!out_ && error_ == 0) error_ = errno;
  }

  std::ofstream out_;
  size_t size_ = 0;
  int error_ = 0;
};

Result<size_t> write_all(const fs::path& path, const std::string& manifest, const Collection& collection) {
  const auto text = std::as_bytes(std::span(manifest));
  errno = 0;
  Output out(path);
  out.write(std::as_bytes(std::span(kPlanMagic)));
  out.number(manifest.size());
  out.number(hash_bytes(text).low);
  out.write(text);
  out.pad();
  for (size_t i = 0; i < collection.blob_count(); ++i) {
    out.write(collection.bytes(i));
    out.pad();
  }
  if (!out.close()) return internal_error(str("cannot be written", out.error() ? str(": ", std::strerror(out.error())) : ""));
  return out.size();
}

}  // namespace

Result<PlanFileSizes> write_plan_file(const std::string& path, const PlanFileContent& content, bool with_bodies) {
  Collection collection(with_bodies);
  for (const PlanFileGraph& graph : content.graphs) TRY(collection.add(graph));
  collection.add_open(with_bodies ? content.open : OpenGraph{{}, "it was written without the subgraphs"});
  const std::string manifest = collection.manifest(content.about).dump(-1, ' ', false, Json::error_handler_t::replace);
  const fs::path beside = path + str(".", ::getpid(), ".tmp");
  auto written = write_all(beside, manifest, collection);
  std::error_code error;
  if (written.ok()) fs::rename(beside, path, error);
  if (!written.ok() || error) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    return (written.ok() ? internal_error(error.message()) : std::move(written).status()).with(path);
  }
  PlanFileSizes sizes = collection.sizes();
  sizes.bytes = *written;
  return sizes;
}

}  // namespace mindird::plan
