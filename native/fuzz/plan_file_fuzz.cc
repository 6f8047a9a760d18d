// Plan files. An input is a manifest, a zero byte, and the bytes its blobs are cut from; sizes stay, checksums and hashes are made to fit, since no
// mutation would get past them. An input that begins as a plan file does is opened as it is.
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "fuzz/bounds.h"
#include "ops/embedded/engine_node.h"
#include "plan/plan_file.h"
#include "plan/plan_file_layout.h"

namespace {

using namespace mindird;
using Json = nlohmann::json;

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize(to.size() + plan::plan_padding(to.size()));
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

/// The file that the input stands for; empty where the manifest is no JSON.
std::vector<std::byte> file_of(std::string_view input) {
  const size_t end = std::min(input.find('\0'), input.size());
  Json manifest = Json::parse(input.substr(0, end), nullptr, false);
  if (!manifest.is_object()) return {};
  auto rest = std::as_bytes(std::span(input.substr(std::min(end + 1, input.size()))));
  std::vector<std::span<const std::byte>> blobs;
  const auto list = manifest.find("blobs");
  if (list != manifest.end() && list->is_array()) {
    for (Json& item : *list) {
      if (!item.is_array() || item.size() != 2 || !item[0].is_number_unsigned()) continue;
      blobs.push_back(rest.first(std::min<uint64_t>(item[0].get<uint64_t>(), rest.size())));
      rest = rest.subspan(blobs.back().size());
      item[1] = hash_bytes(blobs.back()).hex();
    }
  }
  const std::string text = manifest.dump(-1, ' ', false, Json::error_handler_t::replace);
  const uint64_t numbers[] = {text.size(), hash_bytes(bytes_of(text)).low};
  std::vector<std::byte> out(plan::kPlanHeader);
  std::memcpy(out.data(), plan::kPlanMagic.data(), plan::kPlanMagic.size());
  std::memcpy(out.data() + plan::kPlanMagic.size(), numbers, sizeof numbers);
  append(out, bytes_of(text));
  for (const auto blob : blobs) append(out, blob);
  return out;
}

void check(const Status& status) {
  if (status.code() == Code::kInternal || (!status.ok() && status.message().empty())) __builtin_trap();
}

void open(std::span<const std::byte> bytes) {
  const auto file = plan::PlanFile::open(bytes, nullptr);
  check(file.status());
  if (!file.ok()) return;
  for (size_t i = 0; i < file.value()->graphs().size(); ++i) {
    const auto graph = file.value()->graph(i);
    check(graph.status());
    if (!graph.ok()) continue;
    for (const ir::NodeId node : graph.value().topological_order()) {
      const auto* op = ir::op_cast<ops::EngineNode>(*graph.value().node(node).op);
      if (!op || !op->parts) continue;
      check(op->parts->engine().status());
      check(op->parts->body().status());
    }
  }
  if (file.value()->open_entry()) check(file.value()->open_graph().status());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::TimeBound bound;
  const std::span<const uint8_t> input(data, size);
  if (plan::is_plan_file(std::as_bytes(input))) {
    open(std::as_bytes(input));
  } else {
    open(file_of({reinterpret_cast<const char*>(data), size}));
  }
  return 0;
}
