// A deserialised engine, shared by the contexts made from it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "engines/tensorrt/library.h"

namespace mindird::engines::tensorrt {

/// An input or output of the engine.
struct Border {
  std::string name;
  TensorType type;
  /// Device memory and staging are cut into pieces that begin at multiples of 256, as TensorRT asks for.
  size_t room() const { return (type.bytes() + 255) / 256 * 256; }
};

struct Loaded {
  Loaded() = default;
  ~Loaded();
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  /// Device memory of one context.
  size_t context_bytes() const;

  std::shared_ptr<const Library> library;
  std::shared_ptr<const LivingEngine> living;
  trt::ICudaEngine* engine = nullptr;  // of `living`
  int32_t profile = -1;                // -1: the engine has shapes of its own
  std::vector<Border> inputs;
  std::vector<Border> outputs;
  /// Device memory of all of them.
  size_t border_bytes() const;
};

/// A serialised engine with its traits.
struct Plan {
  std::span<const std::byte> file;
  std::span<const std::byte> engine;  // within it
  std::string hash;                   // of the file's content, where it is known
};

/// Deserialises, unless an executable of the same plan lives, and checks that inputs and outputs are those of the graph. The file is copied, for serialize(),
/// until that is let go.
Result<std::unique_ptr<Executable>> load_executable(std::shared_ptr<const Library> library, const ir::Graph& graph, const BuildOptions& options,
                                                    const Plan& plan);

Result<std::unique_ptr<Context>> make_context(std::shared_ptr<const Loaded> loaded);

}  // namespace mindird::engines::tensorrt
