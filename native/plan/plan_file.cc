#include "plan/plan_file.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/strings.h"
#include "ir/binary.h"
#include "ir/type_text.h"
#include "ops/embedded/engine_node.h"
#include "plan/plan_file_layout.h"

namespace mindird::plan {
namespace {

using Json = nlohmann::json;

/// A manifest of a large model is a few hundred kilobytes.
constexpr uint64_t kMostManifest = uint64_t{16} << 20U;
constexpr size_t kMostGraphs = 1024;

uint64_t read_number(std::span<const std::byte> bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// The list under `key`; its items are lists of `arity` values unless that is 0.
Result<const Json*> list_of(const Json& object, const char* key, size_t arity) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return invalid_model(str("manifest: ", key, " is not a list"));
  for (const Json& item : *it) {
    if (arity > 0 && (!item.is_array() || item.size() != arity)) return invalid_model(str("manifest: ", key, " has an item that is not a list of ", arity));
  }
  return &*it;
}

Result<std::vector<Shape>> read_shapes(const Json& list) {
  std::vector<Shape> out;
  if (!list.is_array()) return invalid_model("manifest: shapes is not a list");
  for (const Json& item : list) {
    if (!item.is_array() || item.size() > kMaxRank) return invalid_model("manifest: a shape is not a list of dimensions");
    std::vector<int64_t> dims;
    for (const Json& dim : item) {
      const auto* value = dim.get_ptr<const Json::number_unsigned_t*>();
      if (!value || *value > uint64_t{1} << 62U) return invalid_model("manifest: a dimension is not a whole number");
      dims.push_back(static_cast<int64_t>(*value));
    }
    out.emplace_back(std::move(dims));
  }
  return out;
}

}  // namespace

/// The engine and body of one node of a file.
class FileParts final : public ops::EngineNode::Parts {
 public:
  FileParts(std::shared_ptr<const PlanFile> file, size_t engine, std::optional<size_t> body) : file_(std::move(file)), engine_(engine), body_(body) {}

  Result<std::span<const std::byte>> engine() const override { return file_->blob(engine_).with("engine"); }
  Result<std::shared_ptr<const ir::Graph>> body() const override {
    if (!body_) return unsupported("the file was written without the subgraph that would take the engine's place");
    TRY_ASSIGN(ir::Graph graph, file_->read_graph(*body_).with("body"));
    for (ir::NodeId n : graph.topological_order()) {
      if (ir::op_cast<ops::EngineNode>(*graph.node(n).op)) return invalid_model(str("body: has a ", ops::EngineNode::kId, " of its own"));
    }
    return std::make_shared<const ir::Graph>(std::move(graph));
  }

 private:
  std::shared_ptr<const PlanFile> file_;
  size_t engine_;
  std::optional<size_t> body_;
};

bool is_plan_file(std::span<const std::byte> bytes) {
  return bytes.size() >= kPlanMagic.size() && std::memcmp(bytes.data(), kPlanMagic.data(), kPlanMark) == 0;
}

Result<std::shared_ptr<const PlanFile>> PlanFile::open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  const std::shared_ptr<PlanFile> file(new PlanFile);
  file->owner_ = std::move(owner);
  TRY(file->read_manifest(bytes));
  return std::shared_ptr<const PlanFile>(file);
}

Status PlanFile::read_manifest(std::span<const std::byte> bytes) {
  if (!is_plan_file(bytes)) return invalid_model("no plan file: the first bytes are wrong");
  const std::string_view format(reinterpret_cast<const char*>(bytes.data()) + kPlanMark, kPlanMagic.size() - kPlanMark);
  if (format != kPlanMagic.substr(kPlanMark)) {
    const bool digits = std::ranges::all_of(format, [](char c) { return c >= '0' && c <= '9'; });
    return invalid_model(str("plan file of ", digits ? str("format ", format) : "an unknown format", ", want ", kPlanMagic.substr(kPlanMark),
                             ": write it again with mindird build --embed"));
  }
  if (bytes.size() < kPlanHeader) return invalid_model(str("plan file of ", bytes.size(), " bytes is truncated"));
  const uint64_t size = read_number(bytes, 8);
  if (size > bytes.size() - kPlanHeader || size > kMostManifest) return invalid_model(str("manifest of ", size, " bytes, the file has ", bytes.size()));
  const auto text = bytes.subspan(kPlanHeader, size);
  if (read_number(bytes, 16) != hash_bytes(text).low) return invalid_model("manifest: the checksum differs");
  const auto* begin = reinterpret_cast<const char*>(text.data());
  const Json manifest = Json::parse(begin, begin + text.size(), nullptr, false);
  if (!manifest.is_object()) return invalid_model("manifest: is not a JSON object");
  const auto about = manifest.find("about");
  if (about == manifest.end() || !about->is_object()) return invalid_model("manifest: about is not an object");
  about_ = *about;
  TRY_ASSIGN(const Json* blobs, list_of(manifest, "blobs", 2));
  TRY(read_blobs(*blobs, bytes, kPlanHeader + size));
  TRY(read_tables(manifest));
  TRY_ASSIGN(const Json* graphs, list_of(manifest, "graphs", 0));
  TRY(read_graphs(*graphs));
  TRY(read_open(manifest));
  sizes_.bytes = bytes.size();
  return {};
}

/// Blobs follow each other from `at` on, each padded, and the last one ends with the file.
Status PlanFile::read_blobs(const Json& list, std::span<const std::byte> bytes, size_t at) {
  const auto take = [&](uint64_t size) -> Result<std::span<const std::byte>> {
    if (size > bytes.size() - at) return invalid_model(str("truncated at byte ", bytes.size(), ", want ", size - (bytes.size() - at), " more"));
    at += size;
    return bytes.subspan(at - size, size);
  };
  const auto skip_padding = [&]() -> Status {
    TRY_ASSIGN(const auto zeros, take(plan_padding(at)));
    const bool clean = std::ranges::all_of(zeros, [](std::byte b) { return b == std::byte{}; });
    return clean ? Status() : invalid_model(str("padding before byte ", at, " is not zero"));
  };
  TRY(skip_padding());
  for (const Json& item : list) {
    const auto* size = item[0].get_ptr<const Json::number_unsigned_t*>();
    const auto* hash = item[1].get_ptr<const Json::string_t*>();
    if (!size || !hash) return invalid_model(str("manifest: blob ", blobs_.size(), " has no size and hash"));
    auto content = take(*size);
    if (!content.ok()) return std::move(content).status().with(str("blob ", blobs_.size()));
    blobs_.push_back({*content, *hash});
    TRY(skip_padding());
  }
  if (at != bytes.size()) return invalid_model(str("has ", bytes.size() - at, " bytes too many"));
  checked_ = std::make_unique<std::atomic<bool>[]>(blobs_.size());
  return {};
}

Result<size_t> PlanFile::blob_number(const Json& value) const {
  const auto* number = value.get_ptr<const Json::number_unsigned_t*>();
  if (!number || *number >= blobs_.size())
    return invalid_model(
        str("manifest: found ", value.dump(-1, ' ', false, Json::error_handler_t::replace), ", want the number of one of ", blobs_.size(), " blobs"));
  return static_cast<size_t>(*number);
}

Status PlanFile::read_named(const Json& manifest, const char* key, std::vector<Named>& out) const {
  TRY_ASSIGN(const Json* list, list_of(manifest, key, 2));
  for (const Json& item : *list) {
    const auto* hash = item[0].get_ptr<const Json::string_t*>();
    if (!hash) return invalid_model(str("manifest: ", key, " has an item without hash"));
    TRY_ASSIGN(const size_t blob, blob_number(item[1]));
    out.push_back({*hash, blob});
  }
  return {};
}

Status PlanFile::read_tables(const Json& manifest) {
  TRY_ASSIGN(const Json* constants, list_of(manifest, "constants", 2));
  for (const Json& item : *constants) {
    const auto* text = item[0].get_ptr<const Json::string_t*>();
    if (!text) return invalid_model("manifest: a constant has no type");
    TRY_ASSIGN(TensorType type, ir::parse_type(*text).with("manifest: constant"));
    TRY_ASSIGN(const size_t blob, blob_number(item[1]));
    const auto bytes = type.shape.known() ? type.checked_bytes() : std::nullopt;
    if (!bytes || static_cast<uint64_t>(*bytes) != blobs_[blob].bytes.size()) {
      return invalid_model(str("constant ", constants_.size(), " of type ", *text, " has ", blobs_[blob].bytes.size(), " bytes"));
    }
    sizes_.constant_bytes += blobs_[blob].bytes.size();
    constants_.push_back({std::move(type), blob});
  }
  living_.resize(constants_.size());
  TRY(read_named(manifest, "engines", engines_));
  TRY(read_named(manifest, "bodies", bodies_));
  for (const Named& engine : engines_) {
    if (engine.hash != blobs_[engine.blob].hash) return invalid_model(str("manifest: an engine has another hash than blob ", engine.blob, ", which holds it"));
    sizes_.engine_bytes += blobs_[engine.blob].bytes.size();
  }
  sizes_.engines = engines_.size();
  sizes_.constants = constants_.size();
  return {};
}

Status PlanFile::read_graphs(const Json& list) {
  if (list.empty() || list.size() > kMostGraphs) return invalid_model(str("manifest: ", list.size(), " graphs, want 1 to ", kMostGraphs));
  for (const Json& item : list) {
    TRY_ASSIGN(Entry entry, read_entry(item, str("graph ", graphs_.size())));
    graphs_.push_back(std::move(entry));
  }
  return {};
}

Result<PlanFile::Entry> PlanFile::read_entry(const Json& item, const std::string& place) const {
  const bool whole = item.is_object() && item.contains("rows") && item.contains("shapes") && item.contains("blob");
  const auto* rows = whole ? item["rows"].get_ptr<const Json::number_unsigned_t*>() : nullptr;
  if (!rows || *rows > uint64_t{1} << 62U) return invalid_model(str("manifest: ", place, " has no rows, shapes and blob"));
  Entry entry;
  entry.rows = static_cast<int64_t>(*rows);
  TRY_ASSIGN(entry.shapes, read_shapes(item["shapes"]));
  TRY_ASSIGN(entry.blob, blob_number(item["blob"]));
  return entry;
}

Status PlanFile::read_open(const Json& manifest) {
  const auto open = manifest.find("open");
  if (open == manifest.end() || !open->is_object()) return invalid_model("manifest: open is not an object");
  if (const auto why = open->find("why"); why != open->end()) {
    if (!why->is_string()) return invalid_model("manifest: open: why is not a text");
    why_not_open_ = why->get<std::string>();
    return {};
  }
  TRY_ASSIGN(open_, read_entry(*open, "open"));
  if (open_->rows < 2) return invalid_model(str("manifest: open: found a placeholder of ", open_->rows, ", want at least 2"));
  return {};
}

Result<std::span<const std::byte>> PlanFile::blob(size_t index) const {
  const Blob& found = blobs_[index];
  if (!checked_[index]) {
    if (hash_bytes(found.bytes).hex() != found.hash)
      return invalid_model(str("blob ", index, " of ", found.bytes.size(), " bytes is damaged: its hash differs"));
    checked_[index] = true;
  }
  return found.bytes;
}

Result<ConstantPtr> PlanFile::constant(uint64_t number) const {
  if (number >= constants_.size()) return invalid_model(str("constant ", number, " of ", constants_.size(), " does not exist"));
  const std::lock_guard lock(mutex_);
  if (ConstantPtr living = living_[number].lock()) return living;
  TRY_ASSIGN(const auto bytes, blob(constants_[number].blob).with(str("constant ", number)));
  TRY_ASSIGN(ConstantPtr made, make_constant(constants_[number].type, bytes));
  living_[number] = made;
  return made;
}

Result<ir::Graph> PlanFile::read_graph(size_t index) const {
  TRY_ASSIGN(const auto bytes, blob(index));
  auto graph = ir::read_binary(bytes, [this](uint64_t number) { return constant(number); });
  Status status = graph.ok() ? graph->verify() : graph.status();
  if (!status.ok()) return invalid_model(status.message());
  return graph;
}

Result<ir::Graph> PlanFile::entry_graph(const Entry& entry) const {
  TRY_ASSIGN(ir::Graph graph, read_graph(entry.blob));
  bool fits = graph.inputs().size() == entry.shapes.size();
  for (size_t i = 0; fits && i < entry.shapes.size(); ++i) fits = graph.type(graph.inputs()[i]).shape == entry.shapes[i];
  if (!fits) return invalid_model("its inputs have other shapes than the manifest says");
  return graph;
}

Result<ir::Graph> PlanFile::open_graph() const {
  TRY_ASSIGN(ir::Graph graph, entry_graph(*open_).with("open graph"));
  for (ir::NodeId n : graph.topological_order()) {
    if (ir::op_cast<ops::EngineNode>(*graph.node(n).op)) return invalid_model(str("open graph: has a ", ops::EngineNode::kId));
  }
  return graph;
}

Result<ir::Graph> PlanFile::graph(size_t index) const {
  TRY_ASSIGN(ir::Graph graph, entry_graph(graphs_[index]).with(str("graph ", index)));
  for (ir::NodeId n : graph.topological_order()) {
    if (!ir::op_cast<ops::EngineNode>(*graph.node(n).op)) continue;
    Status status = join(graph, n);
    if (!status.ok()) return std::move(status).with(str("graph ", index, ": node \"", graph.node(n).origin, "\" (", ops::EngineNode::kId, ")"));
  }
  return graph;
}

/// Gives an EngineNode the engine and the body its attributes name.
Status PlanFile::join(ir::Graph& graph, ir::NodeId node) const {
  auto op = std::make_shared<ops::EngineNode>(static_cast<const ops::EngineNode&>(*graph.node(node).op));
  // Types are not inferred in a graph where sizes depend on data, and this node must not be in the way of that.
  auto types = op->infer(graph.input_types(node));
  if (!types.ok()) return invalid_model(types.status().message());
  if (*types != graph.output_types(node)) return invalid_model("its outputs have other types than it declares");
  const auto engine = std::ranges::find(engines_, op->engine, &Named::hash);
  if (engine == engines_.end()) return invalid_model("the file has no engine of this hash");
  const auto body = std::ranges::find(bodies_, op->body, &Named::hash);
  if (!op->body.empty() && body == bodies_.end()) return invalid_model("the file has no body of this hash");
  op->engine_bytes = static_cast<int64_t>(blobs_[engine->blob].bytes.size());
  op->parts = std::make_shared<FileParts>(shared_from_this(), engine->blob, op->body.empty() ? std::nullopt : std::optional(body->blob));
  graph.set_op(node, std::move(op));
  return {};
}

}  // namespace mindird::plan
