// Times one engine on one model, without server, plan and batcher: engine_bench MODEL.mindir [options]
//   --engine NAME     cpu (default) or reference
//   --threads N       1 by default
//   --batch N         size of the first dim of every input with an unknown one
//   --inputs FILE     raw bytes of all inputs, one after the other; otherwise pseudo-random values
//   --expect FILE     raw bytes of all outputs: the largest difference is printed
//   --seconds S       how long to measure, 2 by default
//   --short-weights   weights of products in 16 bits where that is faster
//   --plain           operator by operator, nothing fused
//   --profile         time per step
//   --steps           lists the steps
//   --reload          measures what serialize() and load() give back
//   --peaks           first what the processors reach: GFLOP/s on registers, GB/s from memory
//   --obey            prints one JSON line of what was built (and with --expect how many elements differ), then answers each line "N" on standard input with
//   the milliseconds of N runs
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>

#include "base/strings.h"
#include "engines/explained.h"
#include "engines/peaks.h"
#include "engines/registry.h"
#include "mindir/module.h"
#include "passes/pipeline.h"

namespace {

using namespace mindird;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string model;
  std::map<std::string, std::string> values;
  bool has(const std::string& key) const { return values.count(key) > 0; }
  std::string get(const std::string& key, const std::string& fallback) const { return has(key) ? values.at(key) : fallback; }
};

Arguments parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (text.rfind("--", 0) != 0) {
      out.model = text;
      continue;
    }
    const bool flag = text == "--plain" || text == "--short-weights" || text == "--profile" || text == "--steps" || text == "--reload" || text == "--peaks" ||
                      text == "--obey";
    out.values[text.substr(2)] = flag || i + 1 == argc ? "1" : argv[++i];
  }
  return out;
}

std::vector<char> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

double milliseconds(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// The calling thread's own time: with one thread it leaves out what other processes took.
double thread_milliseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

Result<ir::Graph> load_graph(const Arguments& args) {
  TRY_ASSIGN(auto module, mindir::read(args.model));
  std::vector<Shape> shapes;
  for (const auto& input : module->inputs()) {
    Shape shape = input.type.shape;
    for (size_t d = 0; d < shape.rank(); ++d) {
      if (shape[d] < 0) shape[d] = std::atoll(args.get("batch", "1").c_str());
    }
    shapes.push_back(shape);
  }
  TRY_ASSIGN(ir::Graph graph, module->lower(shapes));
  if (!args.has("plain")) {
    TRY_ASSIGN(auto reports, passes::optimize(graph));
    static_cast<void>(reports);
  }
  return graph;
}

class Session {
 public:
  explicit Session(const Arguments& args) : args_(args) {}

  Status prepare(ir::Graph graph) {
    const auto* engine = engines::EngineRegistry::instance().find(args_.get("engine", "cpu"));
    if (!engine) return invalid_argument("no such engine");
    engines::BuildOptions options{std::atoi(args_.get("threads", "1").c_str()), !args_.has("plain"), engines::make_packed_store(), {}};
    options.short_weights = args_.has("short-weights");
    TRY(allocate(graph));
    const ir::Graph copy = graph.clone();
    Clock::time_point start = Clock::now();
    TRY_ASSIGN(executable_, engine->build(std::move(graph), options));
    build_ms_ = milliseconds(Clock::now() - start);
    if (!args_.has("obey")) std::printf("build %.0f ms", build_ms_);
    if (args_.has("reload")) {
      TRY_ASSIGN(const auto bytes, executable_->serialize());
      executable_.reset();
      options.packed = engines::make_packed_store();
      start = Clock::now();
      TRY_ASSIGN(executable_, engine->load(copy.clone(), bytes, options));
      std::printf(", load of %.1f MB %.0f ms", static_cast<double>(bytes.size()) / 1e6, milliseconds(Clock::now() - start));
    }
    TRY_ASSIGN(workspace_, Buffer::allocate(executable_->workspace_bytes()));
    TRY_ASSIGN(context_, executable_->context(workspace_.span()));
    if (args_.has("obey")) return {};
    std::printf(", workspace %.1f MB, constants %.1f MB, %zu steps, %zu evaluated\n", static_cast<double>(workspace_.size()) / 1e6,
                static_cast<double>(executable_->constant_bytes()) / 1e6, executable_->steps().size(), executable_->evaluated_nodes().size());
    return {};
  }

  Status run() { return context_->run({.inputs = inputs_, .outputs = outputs_, .allocate = {}}); }

  Status measure() {
    for (int i = 0; i < 3; ++i) TRY(run());
    std::vector<double> times;
    double least_cpu = 1e9;
    const Clock::time_point end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(args_.get("seconds", "2").c_str())));
    while (Clock::now() < end || times.size() < 5) {
      const Clock::time_point start = Clock::now();
      const double cpu = thread_milliseconds();
      TRY(run());
      least_cpu = std::min(least_cpu, thread_milliseconds() - cpu);
      times.push_back(milliseconds(Clock::now() - start));
    }
    std::sort(times.begin(), times.end());
    std::printf("min %.4f ms, median %.4f ms, min on this thread's CPU clock %.4f ms, %zu runs\n", times.front(), times[times.size() / 2], least_cpu,
                times.size());
    return {};
  }

  /// Runs as often as each line says, until there are no more.
  Status obey() {
    double operations = 0;
    double bytes = 0;
    if (const auto* explained = dynamic_cast<const engines::Explained*>(executable_.get())) {
      for (const engines::WorkFacts& work : explained->explain().work) {
        operations += work.operations;
        bytes += work.bytes;
      }
    }
    for (int i = 0; i < 3; ++i) TRY(run());
    const size_t outside = args_.has("expect") ? compare() : 0;
    std::printf("{\"build_ms\": %.1f, \"operations\": %.0f, \"bytes\": %.0f, \"outside\": %zu}\n", build_ms_, operations, bytes, outside);
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
      std::vector<double> times(static_cast<size_t>(std::clamp(std::atoll(line.c_str()), 0LL, 1'000'000LL)));
      for (double& time : times) {
        const Clock::time_point start = Clock::now();
        TRY(run());
        time = milliseconds(Clock::now() - start);
      }
      std::printf("{\"ms\": [");
      for (size_t i = 0; i < times.size(); ++i) std::printf(i == 0 ? "%.6f" : ", %.6f", times[i]);
      std::printf("]}\n");
      std::fflush(stdout);
    }
    return {};
  }

  Status profile() {
    context_->set_profiling(true);
    std::vector<int64_t> best;
    std::vector<std::pair<std::string, int64_t>> steps;
    for (int i = 0; i < 15; ++i) {
      TRY(run());
      steps = context_->step_times();
      best.resize(steps.size(), INT64_MAX);
      for (size_t s = 0; s < steps.size(); ++s) best[s] = std::min(best[s], steps[s].second);
    }
    context_->set_profiling(false);
    for (size_t s = 0; s < steps.size(); ++s) std::printf("%10.1f us  %s\n", static_cast<double>(best[s]) / 1e3, steps[s].first.c_str());
    return {};
  }

  void list_steps() const {
    for (const std::string& step : executable_->steps()) std::printf("%s\n", step.c_str());
    for (const std::string& name : executable_->evaluated_nodes()) std::printf("evaluated %s\n", name.c_str());
  }

  /// Elements of the outputs that are not the expected ones; prints how far each output is off, unless it obeys.
  size_t compare() const {
    size_t all_outside = 0;
    const std::vector<char> expected = read_file(args_.values.at("expect"));
    size_t at = 0;
    for (const Tensor& t : outputs_) {
      if (t.dtype() != DType::kF32 || at + t.bytes() > expected.size()) break;
      double worst = 0;
      double largest = 0;
      size_t outside = 0;
      for (size_t i = 0; i < static_cast<size_t>(t.elements()); ++i) {
        float want = 0;
        std::memcpy(&want, expected.data() + at + i * sizeof want, sizeof want);
        const double gap = std::abs(static_cast<double>(t.as<float>()[i]) - static_cast<double>(want));
        worst = std::max(worst, gap);
        largest = std::max(largest, std::abs(static_cast<double>(want)));
        outside += gap > 1e-4 + 1e-3 * std::abs(static_cast<double>(want)) || std::isnan(gap) ? 1 : 0;
      }
      all_outside += outside;
      if (!args_.has("obey"))
        std::printf("output %s: largest difference %.2e of %.2e, %zu outside rtol 1e-3 + atol 1e-4\n", t.type.text().c_str(), worst, largest, outside);
      at += t.bytes();
    }
    return all_outside;
  }

 private:
  Status allocate(const ir::Graph& graph) {
    const std::vector<char> given = args_.has("inputs") ? read_file(args_.values.at("inputs")) : std::vector<char>();
    size_t at = 0;
    std::mt19937 random(1);
    for (ir::ValueId v : graph.inputs()) {
      TRY_ASSIGN(Buffer buffer, Buffer::allocate(graph.type(v).bytes()));
      const Tensor t{graph.type(v), buffer.data()};
      if (at + t.bytes() <= given.size()) {
        std::memcpy(t.data, given.data() + at, t.bytes());
        at += t.bytes();
      } else if (t.dtype() == DType::kF32) {
        for (float& x : t.as<float>()) x = std::normal_distribution<float>()(random);
      } else {
        std::memset(t.data, 0, t.bytes());
      }
      inputs_.push_back(t);
      buffers_.push_back(std::move(buffer));
    }
    for (ir::ValueId v : graph.outputs()) {
      TRY_ASSIGN(Buffer buffer, Buffer::allocate(graph.type(v).bytes()));
      outputs_.push_back({graph.type(v), buffer.data()});
      buffers_.push_back(std::move(buffer));
    }
    return {};
  }

  const Arguments& args_;
  std::vector<Buffer> buffers_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  double build_ms_ = 0;
  Buffer workspace_;
  std::unique_ptr<engines::Executable> executable_;
  std::unique_ptr<engines::Context> context_;
};

Status print_peaks(int threads) {
  TRY_ASSIGN(const engines::Peaks peaks, engines::measure_peaks(threads));
  std::printf("{\"gflops\": %.2f, \"gbytes\": %.3f}\n", peaks.operations / 1e9, peaks.bytes / 1e9);
  return {};
}

Status bench(const Arguments& args) {
  if (args.has("peaks")) TRY(print_peaks(std::atoi(args.get("threads", "1").c_str())));
  if (args.model.empty()) return {};
  TRY_ASSIGN(ir::Graph graph, load_graph(args));
  Session session(args);
  TRY(session.prepare(std::move(graph)));
  if (args.has("obey")) return session.obey();
  if (args.has("steps")) session.list_steps();
  TRY(session.measure());
  if (args.has("expect")) session.compare();
  if (args.has("profile")) TRY(session.profile());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments args = parse(argc, argv);
  if (args.model.empty() && !args.has("peaks")) {
    std::fprintf(
        stderr,
        "usage: engine_bench MODEL.mindir [--threads N] [--inputs FILE] [--expect FILE] [--plain] [--profile] [--steps] [--reload] [--peaks] [--obey]\n");
    return 64;
  }
  const Status status = bench(args);
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
