// Where libnvinfer may lie, in the order in which it is looked for.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mindird::engines::tensorrt {

struct SearchPlaces {
  /// tensorrt.library_path of the configuration: a folder or the library itself. When given, nothing else is searched.
  std::string library_path;
  /// The value of LD_LIBRARY_PATH.
  std::string ld_library_path;
  /// System folders, then pip's.
  std::vector<std::filesystem::path> folders;
};

/// The places of this process: LD_LIBRARY_PATH, the system's library folders, pip's tensorrt_libs folders.
SearchPlaces places_of_process(std::string library_path);

/// Files to try, the newer major first within a folder; every one, whether it exists or not.
std::vector<std::filesystem::path> candidates(const SearchPlaces& places);

}  // namespace mindird::engines::tensorrt
