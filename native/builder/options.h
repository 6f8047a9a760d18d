// Command lines of the form WORD… --name value… --flag.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace mindird::builder {

class Options {
 public:
  /// An option that is not in `known`, or lacks its value, is an error. A known name that ends with "!" is a flag.
  static Result<Options> parse(std::span<char*> words, std::span<const std::string_view> known);

  const std::vector<std::string>& words() const { return words_; }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string get(std::string_view name, std::string_view otherwise = {}) const;
  Result<int64_t> number(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace mindird::builder
