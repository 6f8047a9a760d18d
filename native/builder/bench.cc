// mindird-builder bench NETWORK: how long runs of one plan take, without server and queue, as JSON.
//
// Two figures of the same runs: the mean of the ten after the first two, which is how the article measures, and
// percentiles of all those after warming up. A run is from inputs in host memory to outputs in host memory; "device" is
// the time of the kernels alone, by events on the stream, "dispatch" the host's time until everything is enqueued.
// "cuda_graphs" says whether every run was the launch of a captured graph.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "base/clock.h"
#include "builder/command.h"
#include "builder/network.h"
#include "engines/tensorrt/loader/loader.h"

namespace mindird::builder {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kSkipped = 2;
constexpr size_t kArticle = 10;
constexpr size_t kWarmUp = 50;

struct Times {
  std::vector<double> run;
  std::vector<double> dispatch;
  std::vector<double> to_device;
  std::vector<double> device;
  std::vector<double> to_host;
};

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

Status measure(plan::PlanContext& context, size_t runs, Times& times) {
  for (size_t i = 0; i < runs; ++i) {
    const int64_t begin = now_ns();
    TRY(context.run());
    times.run.push_back(microseconds(now_ns() - begin));
    const engines::DeviceTimes device = context.device_times();
    times.dispatch.push_back(microseconds(device.dispatch));
    times.to_device.push_back(microseconds(device.to_device));
    times.device.push_back(microseconds(device.compute));
    times.to_host.push_back(microseconds(device.to_host));
  }
  return {};
}

Status bench_network(std::span<char*> words) {
  std::vector<std::string_view> known(std::begin(kNetworkOptions), std::end(kNetworkOptions));
  known.emplace_back("runs");
  TRY_ASSIGN(const Options options, Options::parse(words, known));
  TRY_ASSIGN(const int64_t runs, options.number("runs", 1000, 1, 1'000'000));
  TRY_ASSIGN(Network network, open_network(options));
  Times first;
  TRY(measure(network.context(), kSkipped + kArticle, first));
  Times warm_up;
  TRY(measure(network.context(), std::min(kWarmUp, static_cast<size_t>(runs)), warm_up));
  Times times;
  const int64_t launches = engines::tensorrt::graph_launches();
  TRY(measure(network.context(), static_cast<size_t>(runs), times));
  Json facts = network.facts();
  facts["cuda_graphs"] = engines::tensorrt::graph_launches() - launches >= runs;
  facts["runs"] = runs;
  facts["article_us"] = mean(std::span(first.run).subspan(kSkipped));
  facts["run_us"] = summary(std::move(times.run));
  facts["dispatch_us"] = summary(std::move(times.dispatch));
  facts["to_device_us"] = summary(std::move(times.to_device));
  facts["device_us"] = summary(std::move(times.device));
  facts["to_host_us"] = summary(std::move(times.to_host));
  std::printf("%s\n", facts.dump().c_str());
  return {};
}

}  // namespace

int bench(std::span<char*> words) { return finish(bench_network(words), "bench", "  --runs N           1000 by default\n"); }

}  // namespace mindird::builder
