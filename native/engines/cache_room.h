// What goes from a folder of engines that is full.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace mindird::engines {

/// Whether a file of the folder is an entry by its name, "<graph>-<key>.<engine>", and no lock, no file being written and nothing of others.
bool is_entry_name(std::string_view name);

/// Removes the entries used longest ago until those left have at most `most_bytes` together; `keep` stays. Only entries are counted and removed. Safe
/// among threads and processes: an entry that another has removed is no error. What cannot be removed stays.
void make_room(const std::filesystem::path& directory, uint64_t most_bytes, const std::filesystem::path& keep);

}  // namespace mindird::engines
