// mindird-builder bench NETWORK: how long runs of one plan take, without server and queue: one line of JSON for each way to run it.
//
// Two figures of the same runs: the mean of the ten after the first two, which is how the article measures, and
// percentiles of those after warming up. A run is from inputs in host memory to outputs in host memory; "device" is
// the time of the kernels alone, by events on the stream, "dispatch" the host's time until everything is enqueued. Runs with
// events come between the others, one for eight, and count for the device's times alone.
// "cuda_graphs" says whether every run was the launch of a captured graph. Warming up and running last as long as is said,
// for fast networks would else be measured before the device has its clocks, and slow ones for minutes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>

#include "base/clock.h"
#include "base/strings.h"
#include "builder/command.h"
#include "builder/network.h"
#include "engines/tensorrt/loader/loader.h"

namespace mindird::builder {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kSkipped = 2;
constexpr size_t kArticle = 10;
constexpr int64_t kRunsPerDeviceRun = 8;

struct Times {
  std::vector<double> run;
  std::vector<double> dispatch;
  std::vector<double> to_device;
  std::vector<double> device;
  std::vector<double> to_host;
};

/// How long runs go on: until both of the least are reached, or the most.
struct Limits {
  int64_t least_runs = 0;
  int64_t least_ns = 0;
  int64_t most_runs = 0;
  bool device = true;  // whether the device's times are asked for
};

struct Plan {
  std::vector<std::string_view> modes;
  Limits warm_up;
  Limits measured;
  bool paced = false;
  std::string outputs;
};

constexpr int64_t kNsPerMs = 1'000'000;

double microseconds(int64_t ns) { return static_cast<double>(ns) / 1e3; }

double mean(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

double deviation(std::span<const double> values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// In microseconds. `p99` is the value that one in a hundred runs exceeds.
Json summary(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double part) { return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))]; };
  return {{"mean", mean(values)}, {"stddev", deviation(values)}, {"min", values.front()}, {"p50", at(0.5)}, {"p99", at(0.99)}, {"max", values.back()}};
}

/// A run with events, for the device's times.
Status measure_device(Network& network, Times& times) {
  network.context().time_runs(true);
  TRY(network.run());
  network.context().time_runs(false);
  const engines::DeviceTimes device = network.context().device_times();
  times.to_device.push_back(microseconds(device.to_device));
  times.device.push_back(microseconds(device.compute));
  times.to_host.push_back(microseconds(device.to_host));
  return {};
}

/// So many runs as served, of which every eighth is followed by one for the device's times.
Status measure(Network& network, const Limits& limits, Times& times) {
  const int64_t start = now_ns();
  for (int64_t i = 0; i < limits.most_runs && (i < limits.least_runs || now_ns() - start < limits.least_ns); ++i) {
    const int64_t begin = now_ns();
    TRY(network.run());
    times.run.push_back(microseconds(now_ns() - begin));
    times.dispatch.push_back(microseconds(network.context().device_times().dispatch));
    if (limits.device && i % kRunsPerDeviceRun == 0) TRY(measure_device(network, times));
  }
  return {};
}

void print(const Json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

/// Says that the next measurement could begin, and waits for a line on standard input.
Status wait_for_word(std::string_view mode) {
  print({{"mode", mode}, {"ready", true}});
  std::string word;
  if (std::getline(std::cin, word)) return {};
  return invalid_argument("standard input ended where a line was to begin a measurement");
}

Status bench_mode(Network& network, const Plan& plan, std::string_view mode) {
  engines::tensorrt::allow_graphs(mode == "graph");
  TRY(network.renew());
  if (plan.paced) TRY(wait_for_word(mode));
  Times first;
  TRY(measure(network, {.least_runs = kSkipped + kArticle, .most_runs = kSkipped + kArticle, .device = false}, first));
  Times warm_up;
  TRY(measure(network, plan.warm_up, warm_up));
  Times times;
  const int64_t launches = engines::tensorrt::graph_launches();
  TRY(measure(network, plan.measured, times));
  const auto runs = static_cast<int64_t>(times.run.size());
  Json facts = network.facts();
  facts["mode"] = mode;
  facts["cuda_graphs"] = engines::tensorrt::graph_launches() - launches >= runs + static_cast<int64_t>(times.device.size());
  facts["runs"] = runs;
  facts["warm_up_runs"] = warm_up.run.size();
  facts["article_us"] = mean(std::span(first.run).subspan(kSkipped));
  facts["run_us"] = summary(std::move(times.run));
  facts["dispatch_us"] = summary(std::move(times.dispatch));
  facts["to_device_us"] = summary(std::move(times.to_device));
  facts["device_us"] = summary(std::move(times.device));
  facts["to_host_us"] = summary(std::move(times.to_host));
  if (!plan.outputs.empty()) TRY(network.write_outputs(plan.outputs));
  print(facts);
  return {};
}

Result<std::vector<std::string_view>> parse_modes(std::string_view text) {
  std::vector<std::string_view> modes;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    modes.push_back(text.substr(begin, end - begin));
    if (modes.back() != "graph" && modes.back() != "enqueue") return invalid_argument(str("--modes is ", text, ", want graph, enqueue or both"));
    begin = end + 1;
  }
  return modes;
}

Status bench_network(std::span<char*> words) {
  std::vector<std::string_view> known(std::begin(kNetworkOptions), std::end(kNetworkOptions));
  for (const char* own : {"modes", "runs", "least-runs", "least-ms", "warm-up-ms", "outputs", "paced!"}) known.emplace_back(own);
  TRY_ASSIGN(const Options options, Options::parse(words, known));
  Plan plan;
  plan.paced = options.has("paced");
  plan.outputs = options.get("outputs");
  const std::string modes = options.get("modes", options.has("no-graphs") ? "enqueue" : "graph");
  TRY_ASSIGN(plan.modes, parse_modes(modes));
  TRY_ASSIGN(plan.measured.most_runs, options.number("runs", 1000, 1, 1'000'000));
  TRY_ASSIGN(plan.measured.least_runs, options.number("least-runs", 200, 1, 1'000'000));
  TRY_ASSIGN(const int64_t least_ms, options.number("least-ms", 1000, 0, 600'000));
  TRY_ASSIGN(const int64_t warm_up_ms, options.number("warm-up-ms", 500, 0, 600'000));
  plan.measured.least_ns = least_ms * kNsPerMs;
  plan.warm_up = {.least_runs = 1, .least_ns = warm_up_ms * kNsPerMs, .most_runs = INT64_MAX};
  TRY_ASSIGN(Network network, open_network(options));
  for (const std::string_view mode : plan.modes) TRY(bench_mode(network, plan, mode));
  return {};
}

constexpr const char* kBenchHelp =
    "  --modes NAMES      of graph and enqueue, one after the other: graph by default\n"
    "  --runs N           the most runs, 1000 by default; fewer when both of the least are reached:\n"
    "  --least-runs N     200 by default\n"
    "  --least-ms N       1000 by default\n"
    "  --warm-up-ms N     500 by default\n"
    "  --outputs FILE     raw bytes of all outputs\n"
    "  --paced            says when it could measure, and waits for a line on standard input each time\n";

}  // namespace

int bench(std::span<char*> words) { return finish(bench_network(words), "bench", kBenchHelp); }

}  // namespace mindird::builder
