// The stand-in for libnvinfer driven directly: networks that keep the documented rules are built, those that break one are refused as the real
// library would refuse them. Were the stand-in more lenient than the library, the engine's own tests would prove nothing.
#pragma once

#include <NvInfer.h>
#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace mindird::test {

namespace trt = nvinfer1;

/// A network under construction with what rules are written with.
struct Sketch {
  trt::INetworkDefinition& network;

  trt::ITensor& input(std::initializer_list<int64_t> dims, trt::DataType type = trt::DataType::kFLOAT);
  /// `count` values of the type, all zero; alive until the process ends.
  trt::Weights weights(int64_t count, trt::DataType type = trt::DataType::kFLOAT);
  /// A constant of zeros.
  trt::ITensor& constant(std::initializer_list<int64_t> dims, trt::DataType type = trt::DataType::kFLOAT);
  /// Marks the layer's first output under the name "y".
  void output(trt::ILayer* layer);

  int inputs = 0;
};

trt::Dims dims(std::initializer_list<int64_t> values);

/// One documented rule: `draw(sketch, true)` breaks it, `draw(sketch, false)` differs from that in nothing else.
struct Rule {
  const char* name;
  void (*draw)(Sketch& s, bool wrong);
  /// Part of what the library logs of the wrong network.
  const char* error;
};

/// Checks both networks of every rule.
void check_rules(std::initializer_list<Rule> rules);

/// What the library logs while it builds the network, "" when an engine comes out; `use` gets the engine's bytes.
std::string build_error(const std::function<void(Sketch&)>& draw, const std::function<void(trt::IHostMemory&)>& use = {});

/// The logger all of this goes through, and the library's runtime.
trt::ILogger& rules_logger();
trt::IRuntime& rules_runtime();

}  // namespace mindird::test
