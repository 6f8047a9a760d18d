#include "engines/tensorrt/loader/search.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

namespace mindird::engines::tensorrt {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> kNames = {"libnvinfer.so.11", "libnvinfer.so.10"};
constexpr std::array<const char*, 6> kSystem = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib",
                                                "/usr/local/tensorrt/lib",   "/opt/tensorrt/lib",          "/usr/lib64"};

/// pip puts the libraries into <python folder>/{site,dist}-packages/tensorrt_libs.
void add_pip_folders(const fs::path& root, std::vector<fs::path>& out) {
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with("python3")) continue;
    for (const char* packages : {"site-packages", "dist-packages"}) {
      const fs::path folder = it->path() / packages / "tensorrt_libs";
      if (fs::is_directory(folder, error)) out.push_back(folder);
    }
  }
}

}  // namespace

SearchPlaces places_of_process(std::string library_path) {
  SearchPlaces out;
  out.library_path = std::move(library_path);
  if (const char* value = std::getenv("LD_LIBRARY_PATH")) out.ld_library_path = value;
  for (const char* folder : kSystem) out.folders.emplace_back(folder);
  std::vector<fs::path> roots = {"/usr/lib", "/usr/local/lib"};
  if (const char* environment = std::getenv("VIRTUAL_ENV")) roots.insert(roots.begin(), fs::path(environment) / "lib");
  if (const char* home = std::getenv("HOME")) roots.push_back(fs::path(home) / ".local/lib");
  for (const fs::path& root : roots) add_pip_folders(root, out.folders);
  return out;
}

std::vector<fs::path> candidates(const SearchPlaces& places) {
  std::vector<fs::path> out;
  const auto add_folder = [&](const fs::path& folder) {
    for (const char* name : kNames) {
      fs::path file = folder / name;
      if (std::find(out.begin(), out.end(), file) == out.end()) out.push_back(std::move(file));
    }
  };
  if (!places.library_path.empty()) {
    const fs::path given = places.library_path;
    if (given.filename().string().find(".so") != std::string::npos) return {given};
    add_folder(given);
    return out;
  }
  std::istringstream folders(places.ld_library_path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty()) add_folder(folder);
  }
  for (const fs::path& folder : places.folders) add_folder(folder);
  return out;
}

}  // namespace mindird::engines::tensorrt
