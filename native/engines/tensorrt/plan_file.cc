#include "engines/tensorrt/plan_file.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/strings.h"

namespace mindird::engines::tensorrt {
namespace {

/// magic | length of the traits (4) | length of the engine (8) | traits: name \0 value \0 …, then \0 up to a multiple of kAlignment | engine | checksum of
/// all before (8)
constexpr std::string_view kMagic = "MDTRTPL2";
/// Where an engine begins in a file that is mapped or read as a whole.
constexpr size_t kAlignment = 64;
constexpr size_t kTraitsSize = 8;
constexpr size_t kEngineSize = kTraitsSize + 4;
constexpr size_t kFixed = kEngineSize + 8;
constexpr size_t kChecksum = 8;
/// Traits are a few short names and values.
constexpr uint32_t kMostTraits = 64 * 1024;

template <class T>
void append(std::vector<std::byte>& out, const T& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

template <class T>
T read_at(std::span<const std::byte> bytes, size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint64_t checksum(std::span<const std::byte> bytes) { return Hasher().bytes(bytes).digest().low; }

/// What the name of a note begins with, so that it is no trait's.
constexpr std::string_view kNote = "note:";

std::string traits_text(const PlanTraits& traits, const PlanNotes& notes) {
  std::string out;
  for (const auto& [name, value] : traits) out += str(name, '\0', value, '\0');
  for (const auto& [name, value] : notes) out += str(kNote, name, '\0', value, '\0');
  return out;
}

/// The strings between the zeros.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string differences(const PlanTraits& here, std::string_view there) {
  const std::vector<std::string_view> strings = split(there);
  std::string out;
  for (const auto& [name, value] : here) {
    std::string_view found = "unknown";
    for (size_t i = 0; i + 1 < strings.size(); i += 2) {
      if (strings[i] == name) found = strings[i + 1];
    }
    if (found != value) out += str(out.empty() ? "" : "; ", name, ' ', found, ", here ", value);
  }
  return out;
}

}  // namespace

std::vector<std::byte> write_plan(const PlanTraits& traits, std::span<const std::byte> engine, const PlanNotes& notes) {
  std::string text = traits_text(traits, notes);
  text.append((kAlignment - (kFixed + text.size()) % kAlignment) % kAlignment, '\0');
  std::vector<std::byte> head;
  for (char c : kMagic) head.push_back(static_cast<std::byte>(c));
  append(head, static_cast<uint32_t>(text.size()));
  append(head, static_cast<uint64_t>(engine.size()));
  for (char c : text) head.push_back(static_cast<std::byte>(c));
  return write_plan(head, engine);
}

std::vector<std::byte> write_plan(std::span<const std::byte> head, std::span<const std::byte> engine) {
  std::vector<std::byte> out;
  out.reserve(head.size() + engine.size() + kChecksum);
  out.insert(out.end(), head.begin(), head.end());
  const auto size = static_cast<uint64_t>(engine.size());
  std::memcpy(out.data() + kEngineSize, &size, sizeof size);
  out.insert(out.end(), engine.begin(), engine.end());
  append(out, checksum(out));
  return out;
}

std::vector<std::byte> plan_head(std::span<const std::byte> file) {
  const std::span<const std::byte> head = file.first(kFixed + read_at<uint32_t>(file, kTraitsSize));
  return {head.begin(), head.end()};
}

Result<std::span<const std::byte>> read_plan(const PlanTraits& traits, std::span<const std::byte> file, Content content) {
  if (file.size() < kFixed + kChecksum) return invalid_argument(str("plan of ", file.size(), " bytes is truncated"));
  if (std::memcmp(file.data(), kMagic.data(), kMagic.size()) != 0) return invalid_argument("no plan: the first bytes are wrong");
  const auto text_size = read_at<uint32_t>(file, kTraitsSize);
  const auto engine_size = read_at<uint64_t>(file, kEngineSize);
  const size_t rest = file.size() - kFixed - kChecksum;
  if (text_size > kMostTraits || text_size > rest || engine_size != rest - text_size) {
    return invalid_argument(str("plan of ", file.size(), " bytes has lengths ", text_size, " and ", engine_size));
  }
  if (content == Content::kUnchecked && read_at<uint64_t>(file, file.size() - kChecksum) != checksum(file.first(file.size() - kChecksum))) {
    return invalid_argument("plan is damaged: the checksum differs");
  }
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kFixed, text_size);
  const std::string differs = differences(traits, text);
  if (!differs.empty()) return invalid_argument(str("plan was made with ", differs));
  return file.subspan(kFixed + text_size, engine_size);
}

PlanNotes plan_notes(std::span<const std::byte> file) {
  PlanNotes out;
  if (file.size() < kFixed) return out;
  const size_t size = std::min<size_t>({read_at<uint32_t>(file, kTraitsSize), kMostTraits, file.size() - kFixed});
  const auto strings = split(std::string_view(reinterpret_cast<const char*>(file.data()) + kFixed, size));
  for (size_t i = 0; i + 1 < strings.size(); i += 2) {
    if (strings[i].starts_with(kNote)) out.emplace_back(strings[i].substr(kNote.size()), strings[i + 1]);
  }
  return out;
}

}  // namespace mindird::engines::tensorrt
