// The functions a libnvinfer exports. Like the real one this library wants the CUDA driver before anything is made with it.
#include "entry.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "base/strings.h"
#include "ir/binary.h"

namespace mindird::test_nvinfer {

std::string setting(const std::string& name) {
  const char* text = std::getenv("MINDIRD_TEST_NVINFER");
  std::istringstream entries(text ? text : "");
  for (std::string entry; std::getline(entries, entry, ',');) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return {};
}

int32_t version() {
  const std::string given = setting("version");
  return given.empty() ? 110100 : static_cast<int32_t>(std::strtol(given.c_str(), nullptr, 10));
}

namespace {

constexpr std::string_view kMagic = "test-nvinfer-plan";

/// Reads what make_plan wrote; anything else leaves it failed.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view line() {
    const size_t end = bytes_.find('\n');
    ok_ = ok_ && end != std::string_view::npos;
    const std::string_view out = ok_ ? bytes_.substr(0, end) : std::string_view();
    if (ok_) bytes_.remove_prefix(end + 1);
    return out;
  }
  int64_t number() { return std::strtoll(std::string(line()).c_str(), nullptr, 10); }
  std::string_view take(size_t size) {
    ok_ = ok_ && size <= bytes_.size();
    const std::string_view out = ok_ ? bytes_.substr(0, size) : std::string_view();
    if (ok_) bytes_.remove_prefix(size);
    return out;
  }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace

/// Lines of text, and each graph as its size on a line and its bytes.
std::string make_plan(const Plan& plan) {
  std::string out = str(kMagic, '\n', version(), '\n');
  for (const auto* names : {&plan.layers, &plan.flags, &plan.outputs}) {
    out += str(names->size(), '\n');
    for (const std::string& name : *names) out += str(name, '\n');
  }
  out += str(plan.shapes.size(), '\n');
  for (const Shape& shape : plan.shapes) {
    out += str(shape.rank(), '\n');
    for (int64_t dim : shape) out += str(dim, '\n');
  }
  out += str(plan.graphs.size(), '\n');
  for (const ir::Graph& graph : plan.graphs) {
    const std::vector<std::byte> bytes = ir::write_binary(graph);
    out += str(bytes.size(), '\n');
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return out;
}

Result<Plan> parse_plan(std::string_view bytes) {
  Reader in(bytes);
  if (in.line() != kMagic) return invalid_argument("not a plan");
  const int64_t made_with = in.number();
  if (made_with != version()) return invalid_argument(str("plan of version ", made_with, ", this is ", version()));
  Plan plan;
  for (auto* names : {&plan.layers, &plan.flags, &plan.outputs}) {
    for (int64_t left = in.number(); left > 0 && in.ok(); --left) names->emplace_back(in.line());
  }
  for (int64_t left = in.number(); left > 0 && in.ok(); --left) {
    std::vector<int64_t> dims;
    for (int64_t rank = in.number(); rank > 0 && in.ok(); --rank) dims.push_back(in.number());
    plan.shapes.emplace_back(std::move(dims));
  }
  for (int64_t left = in.number(); left > 0 && in.ok(); --left) {
    const std::string_view graph = in.take(static_cast<size_t>(in.number()));
    if (!in.ok()) break;
    TRY_ASSIGN(ir::Graph read, ir::read_binary({reinterpret_cast<const std::byte*>(graph.data()), graph.size()}));
    if (read.outputs().size() != plan.outputs.size() || read.inputs().size() + read.outputs().size() != plan.shapes.size()) {
      return invalid_argument("plan has other inputs or outputs than it says");
    }
    plan.graphs.push_back(std::move(read));
  }
  if (!in.ok() || plan.graphs.empty()) return invalid_argument("plan is truncated");
  return plan;
}

namespace {

/// What the real library logs when the library with the builder's kernels is not beside it.
std::string no_builder_text() {
  return str("createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource.so.", version() / 10000, '.',
             version() / 100 % 100, '.', version() % 100, ")");
}

bool has_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return false;
  const auto count = reinterpret_cast<int32_t (*)(int32_t*)>(dlsym(driver, "cuDeviceGetCount"));
  int32_t devices = 0;
  return count && count(&devices) == 0 && devices > 0;
}

}  // namespace
}  // namespace mindird::test_nvinfer

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int32_t getInferLibVersion() noexcept { return mindird::test_nvinfer::version(); }

EXPORT void* createInferBuilder_INTERNAL(void* logger, int32_t) noexcept {
  if (!mindird::test_nvinfer::has_driver()) return nullptr;
  auto& log = *static_cast<nvinfer1::ILogger*>(logger);
  if (mindird::test_nvinfer::setting("build") == "no_builder") {
    log.log(nvinfer1::ILogger::Severity::kERROR, mindird::test_nvinfer::no_builder_text().c_str());
    return nullptr;
  }
  return mindird::test_nvinfer::make_builder(log);
}

/// Without a driver the real library returns a small number that is no pointer.
EXPORT void* createInferRuntime_INTERNAL(void* logger, int32_t) noexcept {
  if (!mindird::test_nvinfer::has_driver()) return reinterpret_cast<void*>(0x228);
  return mindird::test_nvinfer::make_runtime(*static_cast<nvinfer1::ILogger*>(logger));
}
