// The engines of this process by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace mindird::engines {

class EngineRegistry {
 public:
  static EngineRegistry& instance();
  /// A second engine of one id stops the process: it is a bug in the build.
  bool add(std::unique_ptr<Engine> engine);
  /// Null when there is none.
  const Engine* find(std::string_view id) const;
  std::vector<const Engine*> all() const;

 private:
  std::vector<std::unique_ptr<Engine>> engines_;
};

}  // namespace mindird::engines

/// Registers an engine class (default-constructed) from its .cc file, inside namespace mindird.
#define REGISTER_ENGINE(Class) \
  [[maybe_unused]] static const bool registered_##Class = ::mindird::engines::EngineRegistry::instance().add(std::make_unique<Class>())
