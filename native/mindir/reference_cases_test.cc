// Every model of test/ops, test/networks and test/cases: lowered, evaluated and compared with what MindSpore computed for it.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "mindir/primitives/primitive.h"
#include "test/mindir_cases.h"

namespace mindird::test {
namespace {

const std::string kRoot = MINDIRD_SOURCE_DIR "/test/";

/// Models that are refused, with the operator the refusal names.
const std::map<std::string, std::string> kRefused = {{"graph_stateful_counter", "(Assign)"}};

/// MindSpore's kernel contradicts its own shape inference here (see test/README-fixtures.md).
const std::set<std::string> kWrongReference = {"strided_slice_ellipsis_newaxis"};

TEST(ReferenceCases, operators_match_mindspore) {
  auto cases = read_index(kRoot + "ops");
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  ASSERT_EQ(cases->size(), 380U);
  for (const Case& test : *cases) {
    const Status status = run_case(kRoot + "ops", test);
    if (const auto refused = kRefused.find(test.name); refused != kRefused.end()) {
      EXPECT_EQ(status.code(), Code::kUnsupported) << test.name;
      EXPECT_NE(status.message().find("node \"Default/"), std::string::npos) << status.message();
      EXPECT_NE(status.message().find(refused->second), std::string::npos) << status.message();
    } else if (kWrongReference.contains(test.name)) {
      EXPECT_NE(status.message().find("element 0 is"), std::string::npos) << test.name << ": " << status.message();
    } else {
      EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
    }
  }
}

TEST(ReferenceCases, the_stateful_counter_starts_every_request_from_the_file) {
  for (const char* folder : {"ops", "cases/versions/1.5.2/ops", "cases/versions/1.10.0/ops", "cases/versions/2.0.0/ops"}) {
    Case test;
    test.name = "graph_stateful_counter";
    const Status refused = run_case(kRoot + folder, test);
    EXPECT_NE(refused.message().find("model.state: per_request"), std::string::npos) << folder << ": " << refused.message();
    test.per_request = true;
    const Status status = run_case(kRoot + folder, test);
    EXPECT_TRUE(status.ok()) << folder << ": " << status.message();
  }
}

/// One test per folder of test/cases.
class CaseSets : public testing::TestWithParam<std::string> {};

TEST_P(CaseSets, match_what_was_recorded) {
  auto cases = read_index(GetParam());
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  for (const Case& test : *cases) {
    const Status status = run_case(GetParam(), test);
    if (test.refused.empty()) {
      EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
    } else {
      EXPECT_NE(status.message().find(test.refused), std::string::npos) << test.name << ": " << status.message();
      EXPECT_EQ(status.code(), Code::kUnsupported) << test.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ReferenceCases, CaseSets, testing::ValuesIn(case_sets(kRoot + "cases")), [](const auto& set) {
  std::string name = set.param.substr(kRoot.size() + 6);
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(ReferenceCases, networks_match_mindspore) {
  auto cases = read_index(kRoot + "networks");
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  ASSERT_EQ(cases->size(), 13U);
  for (Case test : *cases) {
    test.rtol = 1e-3;
    test.atol = 1e-4;
    const Status status = run_case(kRoot + "networks", test);
    EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
  }
}

TEST(ReferenceCases, every_primitive_of_the_cases_can_be_lowered) {
  auto cases = read_index(kRoot + "ops");
  ASSERT_TRUE(cases.ok());
  for (const Case& test : *cases) {
    for (const std::string& primitive : test.primitives) {
      const bool known = mindir::PrimitiveRegistry::instance().find(primitive) != nullptr;
      EXPECT_TRUE(known || primitive == "call") << primitive << " in " << test.name;
    }
  }
}

}  // namespace
}  // namespace mindird::test
