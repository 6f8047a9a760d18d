// Plugin libraries are loaded as the headers document it: they export getCreators, which lists their creators.
#include "plugin_registry.h"

#include <dlfcn.h>

#include <cstdio>
#include <vector>

namespace mindird::test_nvinfer {
namespace {

using namespace nvinfer1;

struct Names {
  std::string name;
  std::string version;
  std::string name_space;
  bool operator==(const Names&) const = default;
};

class Registry final : public IPluginRegistry {
 public:
  void setErrorRecorder(IErrorRecorder* const) noexcept override { missing("IPluginRegistry::setErrorRecorder"); }
  IErrorRecorder* getErrorRecorder() const noexcept override { return nullptr; }
  bool isParentSearchEnabled() const override { return false; }
  void setParentSearchEnabled(bool const) override { missing("IPluginRegistry::setParentSearchEnabled"); }
  PluginLibraryHandle loadLibrary(AsciiChar const* path) noexcept override;
  void deregisterLibrary(PluginLibraryHandle) noexcept override { missing("IPluginRegistry::deregisterLibrary"); }
  bool registerCreator(IPluginCreatorInterface& creator, AsciiChar const* const name_space) noexcept override;
  IPluginCreatorInterface* const* getAllCreators(int32_t* const count) const noexcept override {
    *count = static_cast<int32_t>(creators_.size());
    return creators_.data();
  }
  IPluginCreatorInterface* getCreator(AsciiChar const* const name, AsciiChar const* const version, AsciiChar const* const name_space) noexcept override {
    const Names wanted{name, version, name_space};
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == wanted) return creators_[i];
    }
    return nullptr;
  }
  bool deregisterCreator(IPluginCreatorInterface const&) noexcept override { missing("IPluginRegistry::deregisterCreator"); }
  IPluginResource* acquirePluginResource(AsciiChar const*, IPluginResource*) noexcept override { missing("IPluginRegistry::acquirePluginResource"); }
  int32_t releasePluginResource(AsciiChar const*) noexcept override { missing("IPluginRegistry::releasePluginResource"); }
  IPluginCreatorInterface* const* getAllCreatorsRecursive(int32_t* const count) noexcept override { return getAllCreators(count); }

 private:
  std::vector<IPluginCreatorInterface*> creators_;
  std::vector<Names> names_;
};

IPluginRegistry::PluginLibraryHandle Registry::loadLibrary(AsciiChar const* path) noexcept {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    std::fprintf(stderr, "test libnvinfer: %s\n", dlerror());
    return nullptr;
  }
  using List = IPluginCreatorInterface* const* (*)(int32_t&);
  const auto list = reinterpret_cast<List>(dlsym(library, "getCreators"));
  if (!list) return nullptr;
  int32_t count = 0;
  IPluginCreatorInterface* const* const creators = list(count);
  for (int32_t i = 0; i < count; ++i) registerCreator(*creators[i], "");
  return library;
}

/// Like the real registry this one takes a name, version and namespace once.
bool Registry::registerCreator(IPluginCreatorInterface& creator, AsciiChar const* const name_space) noexcept {
  if (std::string(creator.getInterfaceInfo().kind) != "PLUGIN CREATOR_V3ONE") return false;
  const auto& one = static_cast<IPluginCreatorV3One&>(creator);
  const std::string space = *name_space ? name_space : one.getPluginNamespace();
  if (getCreator(one.getPluginName(), one.getPluginVersion(), space.c_str())) return false;
  creators_.push_back(&creator);
  names_.push_back({one.getPluginName(), one.getPluginVersion(), space});
  return true;
}

}  // namespace

IPluginRegistry* plugin_registry() {
  static auto* const registry = new Registry();
  return registry;
}

IPluginCreatorInterface* find_creator(const std::string& name, const std::string& version, const std::string& name_space) {
  return plugin_registry()->getCreator(name.c_str(), version.c_str(), name_space.c_str());
}

}  // namespace mindird::test_nvinfer

extern "C" __attribute__((visibility("default"))) nvinfer1::IPluginRegistry* getPluginRegistry() noexcept { return mindird::test_nvinfer::plugin_registry(); }
