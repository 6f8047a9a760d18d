#include "engines/tensorrt/loader/child_wire.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "base/strings.h"
#include "engines/tensorrt/api/module.h"
#include "ir/binary.h"

namespace mindird::engines::tensorrt {
namespace {

/// magic | sizes of the fields, the graph and the symbolic graph (8 each) | fields: name \0 value \0 … | graph | symbolic graph
constexpr std::string_view kMagic = "MDTRTRQ1";
constexpr size_t kFixed = 8 + 3 * 8;
/// More libraries are not read from a request.
constexpr int64_t kMostPlugins = 1000;

/// Names and values of a request.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const std::string_view name = until_zero(text, at);
      values_.emplace(name, until_zero(text, at));
    }
  }
  void set(const char* name, std::string_view value) { values_[name] = value; }
  void set_number(const char* name, int64_t value) { values_[name] = str(value); }
  std::string get(const char* name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }
  /// 0 when it is none.
  int64_t number(const char* name) const {
    const std::string text = get(name);
    int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
  }
  std::string text() const {
    std::string out;
    for (const auto& [name, value] : values_) out += str(name, '\0', value, '\0');
    return out;
  }

 private:
  static std::string_view until_zero(std::string_view text, size_t& at) {
    const size_t begin = std::min(at, text.size());
    const size_t end = std::min(text.find('\0', begin), text.size());
    at = end + 1;
    return text.substr(begin, end - begin);
  }
  std::map<std::string, std::string, std::less<>> values_;
};

std::string rows_text(const std::vector<int64_t>& rows) {
  std::string out;
  for (int64_t r : rows) out += str(r, ' ');
  return out;
}

std::vector<int64_t> parse_rows(const std::string& text) {
  std::vector<int64_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int64_t value = 0; at < end;) {
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc()) break;
    out.push_back(value);
    at = next + 1;
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return out;
}

/// Takes the next word off `line`.
std::string_view take_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view out = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return out;
}

std::optional<Level> parse_level(std::string_view name) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (level_name(level) == name) return level;
  }
  return std::nullopt;
}

Code parse_code(std::string_view name) {
  for (auto code = Code::kInvalidArgument; code <= Code::kInternal; code = static_cast<Code>(static_cast<int>(code) + 1)) {
    if (code_name(code) == name) return code;
  }
  return Code::kEngineFailed;
}

template <class T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

struct LineWriter {
  std::string operator()(const ProgressLine& l) const { return str("progress ", l.fraction, ' ', one_line(l.step)); }
  std::string operator()(const LogLine& l) const { return str("log ", level_name(l.level), ' ', one_line(l.message)); }
  std::string operator()(const DoneLine& l) const { return str("done ", l.bytes, ' ', l.hash); }
  std::string operator()(const FailLine& l) const { return str("fail ", code_name(l.code), ' ', one_line(l.message)); }
};

void set_loader(Fields& fields, const LoaderOptions& loader) {
  fields.set("cuda_library", loader.cuda_library);
  fields.set("library_path", loader.library_path);
  fields.set("module_folder", loader.module_folder);
  fields.set_number("tf32", loader.settings.tf32 ? 1 : 0);
  fields.set_number("optimization_level", loader.settings.optimization_level);
  fields.set_number("build_threads", loader.settings.build_threads);
  const std::vector<std::string>& plugins = loader.settings.plugins;
  fields.set_number("plugins", static_cast<int64_t>(plugins.size()));
  for (size_t i = 0; i < plugins.size(); ++i) fields.set(str("plugin_", i).c_str(), plugins[i]);
}

LoaderOptions get_loader(const Fields& fields) {
  LoaderOptions out;
  out.cuda_library = fields.get("cuda_library");
  out.library_path = fields.get("library_path");
  out.module_folder = fields.get("module_folder");
  out.settings.tf32 = fields.number("tf32") != 0;
  out.settings.optimization_level = static_cast<int32_t>(fields.number("optimization_level"));
  out.settings.build_threads = static_cast<int32_t>(fields.number("build_threads"));
  const int64_t plugins = std::min<int64_t>(fields.number("plugins"), kMostPlugins);
  for (int64_t i = 0; i < plugins; ++i) out.settings.plugins.push_back(fields.get(str("plugin_", i).c_str()));
  out.in_process = true;
  return out;
}

void set_build(Fields& fields, const BuildOptions& options) {
  fields.set_number("threads", options.threads);
  fields.set_number("optimize", options.optimize ? 1 : 0);
  fields.set("precision", precision_name(options.precision));
  fields.set_number("rows", options.rows);
  fields.set("keep_folder", options.keep_folder);
  if (!options.profiles) return;
  fields.set("profile_rows", rows_text(options.profiles->rows));
  fields.set_number("placeholder", options.profiles->placeholder);
}

Result<BuildOptions> get_build(const Fields& fields) {
  BuildOptions out;
  out.threads = static_cast<int>(fields.number("threads"));
  out.optimize = fields.number("optimize") != 0;
  const auto precision = parse_precision(fields.get("precision"));
  if (!precision) return invalid_argument(str("request: no precision is called \"", fields.get("precision"), '"'));
  out.precision = *precision;
  out.rows = fields.number("rows");
  out.keep_folder = fields.get("keep_folder");
  return out;
}

}  // namespace

std::vector<std::byte> write_request(const LoaderOptions& loader, const BuildOptions& options, const ir::Graph& graph) {
  Fields fields;
  fields.set("abi", kAbi);
  set_loader(fields, loader);
  set_build(fields, options);
  const std::string text = fields.text();
  const std::vector<std::byte> main = ir::write_binary(graph);
  const bool symbolic = options.profiles && options.profiles->symbolic;
  const std::vector<std::byte> other = symbolic ? ir::write_binary(*options.profiles->symbolic) : std::vector<std::byte>();
  const uint64_t sizes[] = {text.size(), main.size(), other.size()};
  std::vector<std::byte> out(kFixed + text.size() + main.size() + other.size());
  std::byte* at = out.data();
  const auto put = [&at](const void* from, size_t size) {
    if (size > 0) std::memcpy(at, from, size);
    at += size;
  };
  put(kMagic.data(), kMagic.size());
  put(sizes, sizeof sizes);
  put(text.data(), text.size());
  put(main.data(), main.size());
  put(other.data(), other.size());
  return out;
}

Result<BuildRequest> read_request(std::span<const std::byte> bytes) {
  if (bytes.size() < kFixed || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return invalid_argument("request: not one of mindird's");
  uint64_t sizes[3];
  std::memcpy(sizes, bytes.data() + kMagic.size(), sizeof sizes);
  uint64_t rest = bytes.size() - kFixed;
  for (const uint64_t size : sizes) {
    if (size > rest) return invalid_argument(str("request: ", bytes.size(), " bytes are too few"));
    rest -= size;
  }
  const auto text = bytes.subspan(kFixed, sizes[0]);
  const Fields fields(std::string_view(reinterpret_cast<const char*>(text.data()), text.size()));
  if (fields.get("abi") != kAbi) return unsupported(str("the builder was built as ", kAbi, ", the server as ", fields.get("abi")));
  BuildRequest out;
  out.loader = get_loader(fields);
  TRY_ASSIGN(out.options, get_build(fields));
  TRY_ASSIGN(out.graph, ir::read_binary(bytes.subspan(kFixed + sizes[0], sizes[1])));
  const std::vector<int64_t> rows = parse_rows(fields.get("profile_rows"));
  if (rows.empty()) return out;
  auto profiles = std::make_shared<BatchProfiles>();
  profiles->rows = rows;
  profiles->placeholder = fields.number("placeholder");
  if (sizes[2] > 0) {
    TRY_ASSIGN(ir::Graph symbolic, ir::read_binary(bytes.subspan(kFixed + sizes[0] + sizes[1], sizes[2])));
    profiles->symbolic = std::make_shared<const ir::Graph>(std::move(symbolic));
  }
  out.options.profiles = std::move(profiles);
  return out;
}

std::string write_line(const BuilderLine& line) { return std::visit(LineWriter{}, line) + '\n'; }

std::optional<BuilderLine> read_line(std::string_view line) {
  const std::string_view kind = take_word(line);
  const std::string_view word = take_word(line);
  if (kind == "progress") {
    ProgressLine out;
    if (!parse_number(word, out.fraction) || !(out.fraction >= 0 && out.fraction <= 1)) return std::nullopt;
    out.step = line;
    return out;
  }
  if (kind == "log") {
    const auto level = parse_level(word);
    if (!level) return std::nullopt;
    return LogLine{*level, std::string(line)};
  }
  if (kind == "done") {
    DoneLine out;
    if (!parse_number(word, out.bytes)) return std::nullopt;
    out.hash = line;
    return out;
  }
  if (kind == "fail") return FailLine{parse_code(word), std::string(line)};
  return std::nullopt;
}

}  // namespace mindird::engines::tensorrt
