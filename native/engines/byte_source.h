// Bytes that come one after the other, such as those of a file of the cache. An engine that loads from them reads what it keeps to where it stays:
// weights of some hundred megabytes are copied once and no more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engines/engine.h"

namespace mindird::engines {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Bytes that have not been read.
  virtual uint64_t left() const = 0;
  /// The next bytes, as many as `into` has; an error where there are not so many.
  virtual Status read(std::span<std::byte> into) = 0;
  /// Reads what is left and says whether all of it is what was written. Before that nothing that others see may be made of it.
  virtual Status finish() = 0;
};

/// Engines that load so implement it beside Engine.
class LoadsFromSource {
 public:
  virtual ~LoadsFromSource() = default;
  /// As Engine::load(), of what serialize() wrote.
  virtual Result<std::unique_ptr<Executable>> load_from(ir::Graph subgraph, ByteSource& bytes, const BuildOptions& options) const = 0;
};

}  // namespace mindird::engines
