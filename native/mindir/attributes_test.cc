// Attributes of the cases taken away, altered and added in turn: the answer stays right, or there is an error. A silently different answer means
// that a default is a guess, or that something that changes the meaning is passed over.
#include <functional>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "mindir/lowering.h"
#include "mindir/program.h"
#include "test/mindir_cases.h"

namespace mindird::mindir {
namespace {

const std::string kRoot = MINDIRD_SOURCE_DIR "/test/";

/// Changes a program in its own way, once for every place there is; `place` counts these and is written to.
struct Alteration {
  std::string name;
  std::function<bool(Program&, size_t place, std::string& what)> apply;
};

/// Whether the altered program still computes what was recorded, or is refused.
testing::AssertionResult is_right_or_refused(const std::string& folder, const test::Case& one, const Program& altered) {
  bool computed = false;
  const Status status = test::run_lowered(
      folder, one, [&](std::span<const Shape> shapes) { return Lowering(altered).run(shapes); },
      [](ir::Graph graph, std::span<const Tensor> inputs) { return ir::evaluate(graph, inputs); }, computed);
  if (!computed || status.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << status.message();
}

/// Finds the attribute with a number of its own in a program.
std::pair<Primitive*, size_t> attribute_at(Program& program, size_t place) {
  for (Primitive& primitive : program.primitives) {
    if (place < primitive.attributes.size()) return {&primitive, place};
    place -= primitive.attributes.size();
  }
  return {nullptr, 0};
}

bool take_away(Program& program, size_t place, std::string& what) {
  const auto [primitive, index] = attribute_at(program, place);
  if (!primitive) return false;
  what = str(primitive->op, " without \"", primitive->attributes[index].first, "\"");
  primitive->attributes.erase(primitive->attributes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

bool make_text(Program& program, size_t place, std::string& what) {
  const auto [primitive, index] = attribute_at(program, place);
  if (!primitive) return false;
  auto& [name, value] = primitive->attributes[index];
  what = str(primitive->op, " with a text for \"", name, "\"");
  value = Item(std::string("something else"));
  return true;
}

/// A parameter of a later version, as far as this one can know.
bool add_unknown(Program& program, size_t place, std::string& what) {
  if (place >= program.primitives.size()) return false;
  Primitive& primitive = program.primitives[place];
  what = str(primitive.op, " with an unknown attribute");
  primitive.attributes.emplace_back("twist", Item(int64_t{1}));
  return true;
}

/// Arguments are inputs from 2.1 on; only the last can be absent.
bool drop_last_input(Program& program, size_t place, std::string& what) {
  if (place >= program.steps.size()) return false;
  Step& step = program.steps[place];
  const std::string& op = program.primitives[step.primitive].op;
  what = str(op, " without its last input");
  const bool is_tuple = op == "MakeTuple" || op == "make_list";
  if (!step.inputs.empty() && !is_tuple) step.inputs.pop_back();
  return true;
}

const std::vector<Alteration> kAlterations = {
    {"taken_away", take_away}, {"made_a_text", make_text}, {"unknown_added", add_unknown}, {"last_input_dropped", drop_last_input}};

class Alterations : public testing::TestWithParam<Alteration> {};

TEST_P(Alterations, give_the_right_answer_or_an_error) {
  std::vector<std::string> folders = test::case_sets(kRoot + "cases");
  folders.push_back(kRoot + "ops");
  size_t runs = 0;
  for (const std::string& folder : folders) {
    if (folder.ends_with("nets")) continue;
    auto cases = test::read_index(folder);
    ASSERT_TRUE(cases.ok());
    for (const test::Case& one : *cases) {
      if (!one.refused.empty() || !one.recorded()) continue;
      Decryptor decryptor;
      auto program = read_program(folder + "/" + one.name + ".mindir", decryptor, StatePolicy::kRefuse);
      if (!program.ok()) continue;
      std::string what;
      for (size_t place = 0;; ++place) {
        Program altered = *program;
        if (!GetParam().apply(altered, place, what)) break;
        ++runs;
        EXPECT_TRUE(is_right_or_refused(folder, one, altered)) << program->version.text << ", " << one.name << ", " << what;
      }
    }
  }
  EXPECT_GT(runs, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Attributes, Alterations, testing::ValuesIn(kAlterations), [](const auto& alteration) { return alteration.param.name; });

}  // namespace
}  // namespace mindird::mindir
