// The networks in lower precisions on the engines of the host: cosine similarity to f32, and what stays in f32.
#include <gtest/gtest.h>

#include <cstdio>

#include "engines/registry.h"
#include "test/precision_cases.h"

namespace mindird::test {
namespace {

using engines::Precision;

const std::string kNetworks = MINDIRD_SOURCE_DIR "/test/networks";
const std::string kOperators = MINDIRD_SOURCE_DIR "/test/ops";

std::vector<Case> cases_of(const std::string& folder) {
  auto cases = read_index(folder);
  return cases.ok() ? *cases : std::vector<Case>();
}

engines::BuildOptions in(Precision precision) {
  engines::BuildOptions out;
  out.precision = precision;
  return out;
}

class LowNetwork : public testing::TestWithParam<Case> {
 protected:
  void check(std::string_view engine, Precision precision) {
    const engines::Engine* found = engines::EngineRegistry::instance().find(engine);
    if (!found) GTEST_SKIP() << "built without the " << engine << " engine";
    auto lowered = run_lowered(kNetworks, GetParam(), {found}, in(precision));
    ASSERT_TRUE(lowered.ok()) << lowered.status().message();
    EXPECT_GE((*lowered).cosine, 0.999);
    std::printf("%s %s: cosine %.6f; %s\n", GetParam().name.c_str(), std::string(engines::precision_name(precision)).c_str(), (*lowered).cosine,
                precision_line((*lowered).report).c_str());
  }
};

TEST_P(LowNetwork, IsLikeFp32OnReferenceInFp16) { check("reference", Precision::kFp16); }
TEST_P(LowNetwork, IsLikeFp32OnReferenceInBf16) { check("reference", Precision::kBf16); }
TEST_P(LowNetwork, IsLikeFp32OnCpuInBf16) { check("cpu", Precision::kBf16); }

INSTANTIATE_TEST_SUITE_P(Networks, LowNetwork, testing::ValuesIn(cases_of(kNetworks)), [](const auto& instance) { return instance.param.name; });

TEST(LowOperators, EveryCaseCompilesAndRunsInFp16) {
  const engines::Engine* reference = engines::EngineRegistry::instance().find("reference");
  size_t run = 0;
  size_t alike = 0;
  for (const Case& test : cases_of(kOperators)) {
    if (!run_case(kOperators, test).ok()) continue;  // told by the importer's tests
    auto lowered = run_lowered(kOperators, test, {reference}, in(Precision::kFp16));
    EXPECT_TRUE(lowered.ok()) << test.name << ": " << lowered.status().message();
    if (!lowered.ok()) continue;
    ++run;
    if ((*lowered).cosine >= 0.999) {
      ++alike;
    } else {
      std::printf("%s: cosine %.6f; %s\n", test.name.c_str(), (*lowered).cosine, precision_line((*lowered).report).c_str());
    }
  }
  std::printf("%zu cases run, %zu of them with a cosine of 0.999 and more\n", run, alike);
  EXPECT_GE(run, 361U);
}

}  // namespace
}  // namespace mindird::test
