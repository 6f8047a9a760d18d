// mindird-builder run NETWORK: one run; outputs as raw bytes, facts as JSON.
#include <cstdio>

#include "builder/command.h"
#include "builder/network.h"
#include "engines/tensorrt/loader/loader.h"

namespace mindird::builder {
namespace {

Status run_network(std::span<char*> words) {
  std::vector<std::string_view> known(std::begin(kNetworkOptions), std::end(kNetworkOptions));
  known.emplace_back("outputs");
  TRY_ASSIGN(const Options options, Options::parse(words, known));
  TRY_ASSIGN(Network network, open_network(options));
  // The second run goes through what the first one captured.
  for (int i = 0; i < 2; ++i) TRY(network.run());
  auto facts = network.facts();
  facts["cuda_graphs"] = engines::tensorrt::graph_launches() > 0;
  facts["outputs"] = nlohmann::ordered_json::array();
  for (const TensorType& type : network.output_types()) facts["outputs"].push_back(type.text());
  if (options.has("outputs")) TRY(network.write_outputs(options.get("outputs")));
  std::printf("%s\n", facts.dump().c_str());
  return {};
}

}  // namespace

int run(std::span<char*> words) { return finish(run_network(words), "run", "  --outputs FILE     raw bytes of all outputs\n"); }

}  // namespace mindird::builder
