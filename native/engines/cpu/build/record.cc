// Form: magic, then three counted lists of entries (choices, times of what was chosen among, weights). Texts and buffers are preceded by their 64-bit length;
// buffers start at the next multiple of 64 from the beginning. All numbers little-endian.
#include "engines/cpu/build/record.h"

#include <cstring>

#include "base/strings.h"

namespace mindird::engines::cpu {
namespace {

constexpr uint64_t kMagic = 0x0431757063646e6dU;  // "mndcpu1", 4
constexpr size_t kAlignment = 64;

class Writer {
 public:
  void number(uint64_t v) { append(&v, sizeof v); }
  void text(std::string_view t) {
    number(t.size());
    append(t.data(), t.size());
  }
  void buffer(const Buffer& b) {
    number(b.size());
    out.resize((out.size() + kAlignment - 1) / kAlignment * kAlignment);
    append(b.data(), b.size());
  }
  std::vector<std::byte> out;

 private:
  void append(const void* data, size_t size) {
    const auto* p = static_cast<const std::byte*>(data);
    out.insert(out.end(), p, p + size);
  }
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<uint64_t> number() {
    uint64_t v = 0;
    TRY_ASSIGN(const auto raw, take(sizeof v));
    std::memcpy(&v, raw.data(), sizeof v);
    return v;
  }
  Result<std::string> text() {
    TRY_ASSIGN(const uint64_t size, number());
    TRY_ASSIGN(const auto raw, take(size));
    return std::string(reinterpret_cast<const char*>(raw.data()), raw.size());
  }
  Result<std::shared_ptr<const Buffer>> buffer() {
    TRY_ASSIGN(const uint64_t size, number());
    TRY_ASSIGN(auto padding, take((kAlignment - position_ % kAlignment) % kAlignment));
    static_cast<void>(padding);
    TRY_ASSIGN(const auto raw, take(size));
    TRY_ASSIGN(Buffer copy, Buffer::allocate(raw.size()));
    if (!raw.empty()) std::memcpy(copy.data(), raw.data(), raw.size());
    return std::shared_ptr<const Buffer>(std::make_shared<Buffer>(std::move(copy)));
  }
  bool at_end() const { return position_ == bytes_.size(); }

 private:
  Result<std::span<const std::byte>> take(uint64_t size) {
    if (size > bytes_.size() - position_) {
      return Status(Code::kEngineFailed, str("cpu: cached engine ends at byte ", bytes_.size(), ", want ", size, " bytes from ", position_));
    }
    position_ += size;
    return bytes_.subspan(position_ - size, size);
  }

  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

}  // namespace

const std::string* Record::choice(const std::string& key) const {
  const auto it = choices_.find(key);
  return it == choices_.end() ? nullptr : &it->second;
}

void Record::choose(const std::string& key, std::string value, std::vector<TimedKernel> rivals) {
  choices_[key] = std::move(value);
  if (!rivals.empty()) rivals_[key] = std::move(rivals);
}

std::vector<TimedKernel> Record::rivals(const std::string& key) const {
  const auto it = rivals_.find(key);
  return it == rivals_.end() ? std::vector<TimedKernel>() : it->second;
}

const Record::Packed* Record::packed(const std::string& key) const {
  const auto it = packed_.find(key);
  return it == packed_.end() ? nullptr : &it->second;
}

std::vector<std::byte> Record::serialize() const {
  Writer w;
  size_t total = 64;
  for (const auto& [key, packed] : packed_) total += packed.buffer->size() + key.size() + packed.layout.size() + 96;
  w.out.reserve(total);
  w.number(kMagic);
  w.number(choices_.size());
  for (const auto& [key, value] : choices_) {
    w.text(key);
    w.text(value);
  }
  w.number(rivals_.size());
  for (const auto& [key, rivals] : rivals_) {
    w.text(key);
    w.number(rivals.size());
    for (const TimedKernel& rival : rivals) {
      w.text(rival.name);
      w.number(static_cast<uint64_t>(rival.nanoseconds));
    }
  }
  w.number(packed_.size());
  for (const auto& [key, packed] : packed_) {
    w.text(key);
    w.text(packed.layout);
    w.buffer(*packed.buffer);
  }
  return std::move(w.out);
}

Result<Record> Record::parse(std::span<const std::byte> bytes) {
  Reader r(bytes);
  Record record;
  TRY_ASSIGN(const uint64_t magic, r.number());
  if (magic != kMagic) return Status(Code::kEngineFailed, "cpu: cached engine has another format");
  TRY_ASSIGN(const uint64_t choices, r.number());
  for (uint64_t i = 0; i < choices; ++i) {
    TRY_ASSIGN(std::string key, r.text());
    TRY_ASSIGN(record.choices_[key], r.text());
  }
  TRY_ASSIGN(const uint64_t rivals, r.number());
  for (uint64_t i = 0; i < rivals; ++i) {
    TRY_ASSIGN(const std::string key, r.text());
    TRY_ASSIGN(const uint64_t count, r.number());
    std::vector<TimedKernel>& into = record.rivals_[key];
    for (uint64_t j = 0; j < count; ++j) {
      TimedKernel& rival = into.emplace_back();
      TRY_ASSIGN(rival.name, r.text());
      TRY_ASSIGN(const uint64_t nanoseconds, r.number());
      rival.nanoseconds = static_cast<int64_t>(nanoseconds);
    }
  }
  TRY_ASSIGN(const uint64_t packed, r.number());
  for (uint64_t i = 0; i < packed; ++i) {
    TRY_ASSIGN(std::string key, r.text());
    Packed entry;
    TRY_ASSIGN(entry.layout, r.text());
    TRY_ASSIGN(entry.buffer, r.buffer());
    record.packed_[key] = std::move(entry);
  }
  if (!r.at_end()) return Status(Code::kEngineFailed, "cpu: cached engine has bytes behind its end");
  return record;
}

}  // namespace mindird::engines::cpu
