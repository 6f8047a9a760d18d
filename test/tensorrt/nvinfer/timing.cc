#include "timing.h"

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "base/strings.h"
#include "host_memory.h"
#include "ir/attribute_text.h"

namespace mindird::test_nvinfer {
namespace {

constexpr std::string_view kMagic = "test-nvinfer-timings";

std::string kernel_of(const ir::Graph& graph, const ir::Node& node) {
  std::string out = str(node.op->id(), ir::attribute_text(*node.op));
  for (ir::ValueId v : node.inputs) out += str(' ', graph.type(v).text());
  return out;
}

}  // namespace

TimingCache* TimingCache::parse(std::string_view bytes) {
  auto out = std::make_unique<TimingCache>();
  if (bytes.empty()) return out.release();
  std::istringstream in{std::string(bytes)};
  std::string line;
  std::getline(in, line);
  if (!line.starts_with(kMagic)) return nullptr;
  out->made_with_ = static_cast<int32_t>(std::strtol(line.c_str() + kMagic.size(), nullptr, 10));
  while (std::getline(in, line)) out->kernels_.insert(line);
  return out.release();
}

IHostMemory* TimingCache::serialize() const noexcept {
  std::string out = str(kMagic, ' ', made_with_, '\n');
  for (const std::string& kernel : kernels_) out += kernel + '\n';
  return new HostMemory(std::move(out));
}

bool TimingCache::combine(ITimingCache const& other, bool ignore_mismatch) noexcept {
  const auto& from = static_cast<const TimingCache&>(other);
  if (from.made_with_ != made_with_ && !ignore_mismatch) return false;
  kernels_.insert(from.kernels_.begin(), from.kernels_.end());
  return true;
}

bool TimingCache::reset() noexcept {
  kernels_.clear();
  return true;
}

void TimingCache::time(const ir::Graph& graph) const {
  const std::chrono::microseconds each(std::strtol(setting("tactic_us").c_str(), nullptr, 10));
  for (ir::NodeId node : graph.topological_order()) {
    if (kernels_.insert(kernel_of(graph, graph.node(node))).second) std::this_thread::sleep_for(each);
  }
}

}  // namespace mindird::test_nvinfer
