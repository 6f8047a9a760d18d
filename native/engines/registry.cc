#include "engines/registry.h"

#include <cstdio>
#include <cstdlib>

namespace mindird::engines {

EngineRegistry& EngineRegistry::instance() {
  static EngineRegistry registry;
  return registry;
}

bool EngineRegistry::add(std::unique_ptr<Engine> engine) {
  if (find(engine->id())) {
    std::fprintf(stderr, "engine %s registered twice\n", std::string(engine->id()).c_str());
    std::abort();
  }
  engines_.push_back(std::move(engine));
  return true;
}

const Engine* EngineRegistry::find(std::string_view id) const {
  for (const auto& engine : engines_) {
    if (engine->id() == id) return engine.get();
  }
  return nullptr;
}

std::vector<const Engine*> EngineRegistry::all() const {
  std::vector<const Engine*> out;
  for (const auto& engine : engines_) out.push_back(engine.get());
  return out;
}

}  // namespace mindird::engines
