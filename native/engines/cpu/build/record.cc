// Form: magic, then three counted lists of entries (choices, times of what was chosen among, weights). Texts and buffers are preceded by their 64-bit length;
// buffers start at the next multiple of 64 from the beginning. All numbers little-endian.
#include "engines/cpu/build/record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/strings.h"
#include "engines/cpu/build/read_record.h"

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
  explicit Reader(ByteSource& source) : source_(source), size_(source.left()) {}

  Result<uint64_t> number() {
    uint64_t v = 0;
    TRY(take(std::as_writable_bytes(std::span(&v, 1))));
    return v;
  }
  Result<std::string> text() {
    TRY_ASSIGN(const uint64_t size, number());
    TRY(check(size));
    std::string out(size, '\0');
    TRY(take(std::as_writable_bytes(std::span(out))));
    return out;
  }
  Result<std::shared_ptr<const Buffer>> buffer(Record& record) {
    TRY_ASSIGN(const uint64_t size, number());
    std::array<std::byte, kAlignment> padding;
    TRY(take(std::span(padding).first((kAlignment - position() % kAlignment) % kAlignment)));
    TRY(check(size));
    TRY_ASSIGN(Buffer out, record.allocate(size));
    TRY(take(out.span()));
    return std::shared_ptr<const Buffer>(std::make_shared<Buffer>(std::move(out)));
  }
  bool at_end() const { return source_.left() == 0; }

 private:
  uint64_t position() const { return size_ - source_.left(); }
  Status check(uint64_t size) const {
    if (size <= source_.left()) return {};
    return {Code::kEngineFailed, str("cpu: cached engine ends at byte ", size_, ", want ", size, " bytes from ", position())};
  }
  Status take(std::span<std::byte> into) {
    TRY(check(into.size()));
    return source_.read(into);
  }

  ByteSource& source_;
  const uint64_t size_;
};

class SpanSource final : public ByteSource {
 public:
  explicit SpanSource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t left() const override { return bytes_.size(); }
  Status read(std::span<std::byte> into) override {
    if (into.size() > bytes_.size()) return internal_error(str(bytes_.size(), " bytes are left, want ", into.size()));
    std::ranges::copy(bytes_.first(into.size()), into.begin());
    bytes_ = bytes_.subspan(into.size());
    return {};
  }
  Status finish() override { return {}; }

 private:
  std::span<const std::byte> bytes_;
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
  SpanSource source(bytes);
  return read_record(source);
}

Result<Record> read_record(ByteSource& source) {
  Reader r(source);
  Record record;
  TRY_ASSIGN(const uint64_t magic, r.number());
  if (magic != kMagic) return Status(Code::kEngineFailed, "cpu: cached engine has another format");
  TRY_ASSIGN(const uint64_t choices, r.number());
  for (uint64_t i = 0; i < choices; ++i) {
    TRY_ASSIGN(const std::string key, r.text());
    TRY_ASSIGN(std::string value, r.text());
    record.choose(key, std::move(value));
  }
  TRY_ASSIGN(const uint64_t lists, r.number());
  for (uint64_t i = 0; i < lists; ++i) {
    TRY_ASSIGN(const std::string key, r.text());
    TRY_ASSIGN(const uint64_t count, r.number());
    std::vector<TimedKernel> rivals;
    for (uint64_t j = 0; j < count; ++j) {
      TimedKernel& rival = rivals.emplace_back();
      TRY_ASSIGN(rival.name, r.text());
      TRY_ASSIGN(const uint64_t nanoseconds, r.number());
      rival.nanoseconds = static_cast<int64_t>(nanoseconds);
    }
    const std::string* const chosen = record.choice(key);
    if (!chosen) return Status(Code::kEngineFailed, "cpu: cached engine has times of a choice that was not made");
    record.choose(key, std::string(*chosen), std::move(rivals));
  }
  TRY_ASSIGN(const uint64_t packed, r.number());
  for (uint64_t i = 0; i < packed; ++i) {
    TRY_ASSIGN(const std::string key, r.text());
    Record::Packed entry;
    TRY_ASSIGN(entry.layout, r.text());
    TRY_ASSIGN(entry.buffer, r.buffer(record));
    record.add_packed(key, std::move(entry));
  }
  if (!r.at_end()) return Status(Code::kEngineFailed, "cpu: cached engine has bytes behind its end");
  return record;
}

}  // namespace mindird::engines::cpu
