// The cpu engine: oneDNN primitives and own kernels, whatever they lack evaluated.
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "base/strings.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/build/make_schedule.h"
#include "engines/cpu/build/read_record.h"
#include "engines/cpu/emit/low_precision.h"
#include "engines/cpu/passes/eight_bits.h"
#include "engines/registry.h"

namespace mindird::engines::cpu {
namespace {

/// oneDNN keeps a thousand of the primitives that were made last, those that nobody uses among them.
void drop_unused_primitives() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const int capacity = dnnl::get_primitive_cache_capacity();
  dnnl::set_primitive_cache_capacity(0);
  dnnl::set_primitive_cache_capacity(capacity);
}

/// Changes whenever the meaning of a serialized engine does.
constexpr int kFormat = 7;

class CpuExecutable final : public Executable, public Explained, public Holds {
 public:
  CpuExecutable(std::shared_ptr<const Schedule> schedule, Record record, bool short_weights)
      : schedule_(std::move(schedule)), record_(std::move(record)), short_weights_(short_weights), kernels_(schedule_->kernels()) {}
  ~CpuExecutable() override {
    schedule_.reset();
    drop_unused_primitives();
  }

  size_t workspace_bytes() const override { return schedule_->workspace_bytes; }
  Result<std::unique_ptr<Context>> context(std::span<std::byte> workspace) const override { return make_context(schedule_, workspace); }
  int host_threads() const override { return schedule_->threads; }
  Result<std::vector<std::byte>> serialize() const override { return record_.serialize(); }
  std::vector<std::string> steps() const override {
    std::vector<std::string> out;
    for (size_t i = 0; i < schedule_->steps.size(); ++i) out.push_back(str(schedule_->steps[i]->text(), "  # ", schedule_->origins[i]));
    return out;
  }
  size_t constant_bytes() const override { return schedule_->constant_bytes(); }
  void hold(Holdings& holdings) const override {
    record_.hold(holdings);
    for (const Area& area : schedule_->areas) {
      if (area.kind == AreaKind::kConstant) holdings.add(Holdings::Kind::kConstants, area.constant, area.bytes);
    }
    for (const PrimitiveStep::Kernel& kernel : kernels_) holdings.add(Holdings::Kind::kKernels, kernel.key, kernel.bytes);
  }
  std::vector<std::string> evaluated_nodes() const override { return schedule_->evaluated; }
  Explanation explain() const override { return {schedule_->work, schedule_->step_work, schedule_->step_threads}; }
  std::vector<std::pair<std::string, std::string>> details() const override {
    std::string low;
    for (const auto& [name, count] : {std::pair("int8", schedule_->int8_products), {"bf16", schedule_->bf16_products}}) {
      if (count > 0) low += str(low.empty() ? "" : ", ", name, " in ", count);
    }
    std::string precision = quantises() && !has_int8_products() ? "fp32, this processor does not multiply 8-bit integers (VNNI)" : "fp32";
    if (!low.empty()) precision = str(low, " of ", schedule_->products, " products");
    std::vector<std::pair<std::string, std::string>> out{{"precision", std::move(precision)}};
    if (short_weights_) out.emplace_back("weights", str("16 bits in ", schedule_->short_products, " of ", schedule_->products, " products"));
    return out;
  }

 private:
  /// Whether the model asks for 8-bit integers: some step makes them.
  bool quantises() const {
    return std::ranges::any_of(schedule_->steps, [](const auto& step) { return step->text().starts_with("Quantize"); });
  }

  std::shared_ptr<const Schedule> schedule_;
  Record record_;
  bool short_weights_;  // asked for
  std::vector<PrimitiveStep::Kernel> kernels_;
};

Result<std::unique_ptr<Executable>> make_executable(ir::Graph graph, const BuildOptions& options, Record record) {
  TRY_ASSIGN(auto schedule, make_schedule(std::move(graph), options, record));
  return std::unique_ptr<Executable>(std::make_unique<CpuExecutable>(std::move(schedule), std::move(record), options.short_weights));
}

/// What choices between kernels depend on besides the library: instructions and caches.
std::string machine_text() {
  return str("instructions=", static_cast<int64_t>(dnnl::get_effective_cpu_isa()), "; L2=", sysconf(_SC_LEVEL2_CACHE_SIZE),
             "; L3=", sysconf(_SC_LEVEL3_CACHE_SIZE));
}

/// The instruction set as oneDNN's documentation names it.
std::string_view isa_name() {
  using Isa = dnnl::cpu_isa;
  static constexpr std::pair<Isa, std::string_view> kNames[] = {{Isa::sse41, "sse41"},
                                                                {Isa::avx, "avx"},
                                                                {Isa::avx2, "avx2"},
                                                                {Isa::avx2_vnni, "avx2_vnni"},
                                                                {Isa::avx2_vnni_2, "avx2_vnni_2"},
                                                                {Isa::avx512_core, "avx512_core"},
                                                                {Isa::avx512_core_vnni, "avx512_core_vnni"},
                                                                {Isa::avx512_core_bf16, "avx512_core_bf16"},
                                                                {Isa::avx512_core_fp16, "avx512_core_fp16"},
                                                                {Isa::avx512_core_amx, "avx512_core_amx"},
                                                                {Isa::avx512_core_amx_fp16, "avx512_core_amx_fp16"}};
  const Isa isa = dnnl::get_effective_cpu_isa();
  for (const auto& [value, name] : kNames) {
    if (value == isa) return name;
  }
  return "other";
}

class CpuEngine final : public Engine, public LoadsFromSource {
 public:
  std::string_view id() const override { return "cpu"; }
  std::string version() const override {
    const dnnl_version_t* v = dnnl_version();
    return str("oneDNN ", v->major, ".", v->minor, ".", v->patch);
  }
  std::string device() const override { return std::string(isa_name()); }
  std::string fingerprint() const override {
    const dnnl_version_t* v = dnnl_version();
    return str("kernels=", kFormat, "; oneDNN=", v->major, ".", v->minor, ".", v->patch, "; build=", std::string_view(v->hash), "; ", machine_text());
  }
  Verdict supports(const ir::Graph&, ir::NodeId) const override { return Verdict::accept(); }
  Verdict takes_types_of(Precision precision) const override {
    if (precision == Precision::kFp32) return Verdict::refuse("its kernels compute in fp32");
    if (precision == Precision::kFp16) return Verdict::refuse("it has no kernels for fp16");
    return Verdict::refuse(has_bf16_products() ? "it computes products in bf16 where that is measured to be faster"
                                               : "this processor does not multiply bf16: products of a few rows alone read weights of bf16");
  }
  Result<std::unique_ptr<Executable>> build(ir::Graph subgraph, const BuildOptions& options) const override {
    auto built = make_executable(std::move(subgraph), options, {});
    // Kernels that were measured and not chosen.
    drop_unused_primitives();
    return built;
  }
  Result<std::unique_ptr<Executable>> load(ir::Graph subgraph, std::span<const std::byte> bytes, const BuildOptions& options) const override {
    TRY_ASSIGN(Record record, Record::parse(bytes));
    return make_executable(std::move(subgraph), options, std::move(record));
  }
  Result<std::unique_ptr<Executable>> load_from(ir::Graph subgraph, ByteSource& bytes, const BuildOptions& options) const override {
    TRY_ASSIGN(Record record, read_record(bytes));
    // Its weights go into the store that the model's plans share.
    TRY(bytes.finish());
    return make_executable(std::move(subgraph), options, std::move(record));
  }
};

REGISTER_ENGINE(CpuEngine);

}  // namespace
}  // namespace mindird::engines::cpu
