// Programs written as text, with their memory and without.
#include "mindir/memory/resolve.h"

#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "mindir/memory/order.h"

namespace mindird::mindir {
namespace {

/// A program of lines `result = Op(input, …)`. Inputs are x and y, parameters begin with p, numbers are numbers, U is the first memory state; the last line's
/// result is the output.
class Text {
 public:
  explicit Text(const std::string& text) {
    for (const char* input : {"x", "y"}) {
      program_.inputs.push_back({input, {DType::kF32, Shape{2}}, true});
      program_.input_slots.push_back(slot(input));
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) add(line);
    program_.output_count = 1;
  }

  Program program() const { return program_; }

 private:
  SlotId slot(const std::string& name) {
    const auto [known, is_new] = slots_.try_emplace(name, static_cast<SlotId>(program_.slots.size()));
    if (!is_new) return known->second;
    Slot slot{name, {}};
    if (name[0] == 'p') slot.initial = ConstantPtr(std::make_shared<const Constant>(TensorType{DType::kF32, Shape{2}}, std::move(Buffer::allocate(8)).value()));
    if (std::isdigit(static_cast<unsigned char>(name[0]))) slot.initial = int64_t{std::stoll(name)};
    if (name[0] == '-') slot.initial = int64_t{std::stoll(name)};
    if (name == "U") slot.initial = Monad{};
    program_.slots.push_back(std::move(slot));
    return known->second;
  }

  void add(std::string line) {
    std::erase(line, ' ');
    if (line.empty()) return;
    const size_t equals = line.find('=');
    const size_t open = line.find('(');
    Step step;
    step.scope = line.substr(0, equals);
    const std::string op = line.substr(equals + 1, open - equals - 1);
    step.primitive = static_cast<uint32_t>(program_.primitives.size());
    program_.primitives.push_back({op, {}});
    if (op == "BatchNorm") program_.primitives.back().attributes = {{"side_effect_mem", true}, {"is_training", true}};
    std::istringstream inputs(line.substr(open + 1, line.find(')') - open - 1));
    for (std::string input; std::getline(inputs, input, ',');) step.inputs.push_back(slot(input));
    step.result = slot(step.scope);
    program_.output = step.result;
    program_.steps.push_back(std::move(step));
  }

  Program program_;
  std::map<std::string, SlotId> slots_;
};

std::string text_of(const Program& program) {
  std::string out;
  for (const Step& step : program.steps) {
    out += str(program.slots[step.result].name, " = ", program.primitives[step.primitive].op, "(");
    for (size_t i = 0; i < step.inputs.size(); ++i) out += str(i ? ", " : "", program.slots[step.inputs[i]].name);
    out += ")\n";
  }
  return out + program.slots[program.output].name;
}

/// The program without memory, or the error.
std::string resolved(const std::string& text, StatePolicy state = StatePolicy::kRefuse) {
  Program program = Text(text).program();
  const Status status = resolve_memory(program, state);
  return status.ok() ? text_of(program) : status.message();
}

std::vector<std::string> notes_of(const std::string& text, StatePolicy state = StatePolicy::kRefuse) {
  Program program = Text(text).program();
  EXPECT_TRUE(resolve_memory(program, state).ok());
  return program.notes;
}

TEST(Memory, without_writes_only_order_is_cut) {
  EXPECT_EQ(resolved("l = Load(p, U)\n y1 = Mul(x, l)\n u = UpdateState(U, l)\n z = Depend(y1, u)"), "l = Load(p)\ny1 = Mul(x, l)\nz = Depend(y1)\nz");
}

TEST(Memory, another_name_reads_what_was_written) {
  EXPECT_EQ(resolved("b = ReLU(x)\n w = InplaceAddExt(b, x, 1, U)\n u = UpdateState(U, w)\n l = Load(b, u)\n z = Muls(l, 2)"),
            "b = ReLU(x)\nw = InplaceAddExt(b, x, 1, U)\nl = Load(w)\nz = Muls(l, 2)\nz");
}

TEST(Memory, a_load_before_the_write_keeps_the_old_value) {
  EXPECT_EQ(
      resolved("b = ReLU(x)\n l = Load(b, U)\n u = UpdateState(U, l)\n w = InplaceMul(b, x, u)\n u2 = UpdateState(u, w)\n m = Load(b, u2)\n z = Add(l, m)"),
      "b = ReLU(x)\nl = Load(b)\nu = UpdateState()\nw = InplaceMul(b, x, u)\nm = Load(w)\nz = Add(l, m)\nz");
}

TEST(Memory, data_alone_can_order) {
  EXPECT_EQ(resolved("b = ReLU(x)\n s = Sigmoid(b)\n w = InplaceMul(b, s, U)\n z = Exp(w)"),
            "b = ReLU(x)\ns = Sigmoid(b)\nw = InplaceMul(b, s, U)\nz = Exp(w)\nz");
}

TEST(Memory, chains_of_writes_to_one_memory) {
  EXPECT_EQ(resolved("b = ReLU(x)\n v = InplaceMul(b, x, U)\n u = UpdateState(U, v)\n w = InplaceMul(b, x, u)\n u2 = UpdateState(u, w)\n r = InplaceMul(v, b, "
                     "u2)\n z = Depend(b, r)"),
            "b = ReLU(x)\nv = InplaceMul(b, x, U)\nu = UpdateState()\nw = InplaceMul(v, x, u)\nu2 = UpdateState()\nr = InplaceMul(w, w, u2)\nr");
}

TEST(Memory, a_reader_without_order_is_refused) {
  EXPECT_EQ(resolved("b = ReLU(x)\n s = Sigmoid(b)\n w = InplaceMul(b, x, U)\n z = Add(s, w)"),
            "node \"w\" (InplaceMul): writes memory that node \"s\" (Sigmoid) uses, and the file does not say which of the two runs first");
  EXPECT_EQ(resolved("b = ReLU(x)\n w = InplaceMul(b, x, U)\n s = Sigmoid(b)\n z = Add(s, w)"),
            "node \"w\" (InplaceMul): writes memory that node \"s\" (Sigmoid) uses, and the file does not say which of the two runs first");
}

TEST(Memory, writers_without_order_are_refused) {
  EXPECT_EQ(resolved("b = ReLU(x)\n v = InplaceMul(b, x, U)\n w = InplaceAddExt(b, x, 1, U)\n z = Add(v, w)"),
            "node \"v\" (InplaceMul): writes memory that node \"w\" (InplaceAddExt) uses, and the file does not say which of the two runs first");
}

TEST(Memory, the_output_is_read_last) {
  EXPECT_EQ(resolved("b = ReLU(x)\n t = MakeTuple(b, x)\n w = InplaceMul(b, x, U)\n u = UpdateState(U, w)\n z = Depend(t, u)"),
            "b = ReLU(x)\nw = InplaceMul(b, x, U)\nt = MakeTuple(w, x)\nt");
}

TEST(Memory, tuples_hand_on_what_is_in_them) {
  EXPECT_EQ(resolved("b = ReLU(x)\n t = MakeTuple(b, x)\n g = TupleGetItem(t, 0)\n w = InplaceMul(g, x, U)\n u = UpdateState(U, w)\n l = Load(b, u)\n c = "
                     "Concat(t, 0, l)\n z = Add(l, c)"),
            "b = ReLU(x)\nw = InplaceMul(b, x, U)\nl = Load(w)\nt = MakeTuple(w, x)\nc = Concat(t, 0, l)\nz = Add(l, c)\nz");
}

TEST(Memory, members_of_a_computed_tuple_are_memories) {
  const std::string start = "s = Split(x, 0, 2)\n a = TupleGetItem(s, 0)\n b = TupleGetItem(s, 1)\n w = InplaceMul(a, b, U)\n u = UpdateState(U, w)\n";
  EXPECT_EQ(resolved(start + "c = TupleGetItem(s, 0)\n l = Load(c, u)\n z = Add(l, b)"),
            "s = Split(x, 0, 2)\na = TupleGetItem(s, 0)\nb = TupleGetItem(s, 1)\nw = InplaceMul(a, b, U)\nl = Load(w)\nz = Add(l, b)\nz");
  EXPECT_EQ(resolved(start + "z = Concat(s, 0, u)"), "node \"w\" (InplaceMul): writes a member of a tuple that node \"z\" (Concat) uses as a whole");
  EXPECT_EQ(resolved(start + "c = TupleGetItem(s, -2)\n z = Load(c, u)"),
            "node \"w\" (InplaceMul): writes a member of a tuple that node \"z\" (Load) uses as a whole");
}

TEST(Memory, a_view_shows_what_its_memory_holds) {
  EXPECT_EQ(resolved("b = ReLU(x)\n v = BroadcastToView(b, 4, U)\n l = Load(v, U)\n u = UpdateState(U, v, l)\n w = InplaceMul(b, x, u)\n u2 = UpdateState(u, "
                     "w)\n m = Load(v, u2)\n z = Add(l, m)"),
            "b = ReLU(x)\nv = BroadcastToView(b, 4, U)\nl = Load(v)\nu = UpdateState()\nw = InplaceMul(b, x, u)\nv = BroadcastToView(w, 4, U)\nm = Load(v)\nz "
            "= Add(l, m)\nz");
}

TEST(Memory, writes_through_views_are_refused) {
  EXPECT_EQ(resolved("b = ReLU(x)\n v = TransposeView(b, 1, U)\n z = InplaceMul(v, x, U)"),
            "node \"z\" (InplaceMul): writes through what node \"v\" (TransposeView) makes of other memory");
  EXPECT_EQ(resolved("l = Load(p, U)\n z = InplaceMul(l, x, U)"), "node \"z\" (InplaceMul): writes to the value that a Load has read");
}

TEST(Memory, an_input_may_be_written) {
  EXPECT_EQ(resolved("w = InplaceMul(x, y, U)\n u = UpdateState(U, w)\n z = Depend(x, u)"), "w = InplaceMul(x, y, U)\nw");
}

const std::string kCounter =
    "l = Load(p, U)\n s = Add(l, x)\n u = UpdateState(U, l, s)\n a = Assign(p, s, u)\n u2 = UpdateState(u, a)\n m = Load(p, u2)\n z = Depend(m, u2)";

TEST(Memory, state_is_refused_unless_every_request_begins_anew) {
  EXPECT_EQ(resolved(kCounter),
            "node \"a\" (Assign): writes \"p\", which results depend on; models that keep state between requests are served with model.state: per_request, "
            "where every request starts from the values in the file");
  EXPECT_EQ(resolved(kCounter, StatePolicy::kPerRequest), "l = Load(p)\ns = Add(l, x)\nu = UpdateState()\na = Assign(p, s, u)\nm = Load(a)\nz = Depend(m)\nz");
  EXPECT_TRUE(notes_of(kCounter, StatePolicy::kPerRequest).empty());
}

TEST(Memory, what_is_overwritten_before_it_is_read_is_no_state) {
  EXPECT_EQ(resolved("a = Assign(p, x, U)\n u = UpdateState(U, a)\n l = Load(p, u)\n z = Exp(l)"), "a = Assign(p, x, U)\nl = Load(a)\nz = Exp(l)\nz");
}

TEST(Memory, writes_nobody_reads_are_left_out_with_a_note) {
  const std::string only_written = "a = AssignAdd(p, x, U)\n u = UpdateState(U, a)\n e = Exp(x)\n z = Depend(e, u)";
  EXPECT_EQ(resolved(only_written), "e = Exp(x)\nz = Depend(e)\nz");
  EXPECT_EQ(notes_of(only_written), std::vector<std::string>{"node \"a\" (AssignAdd): left out, as no result depends on what it writes to \"p\""});
  // The next request would read it.
  const std::string read_before =
      "l = Load(p, U)\n e = Mul(l, x)\n u = UpdateState(U, l, e)\n a = Assign(p, x, u)\n u2 = UpdateState(u, a)\n z = Depend(e, u2)";
  EXPECT_NE(resolved(read_before).find("model.state: per_request"), std::string::npos);
  EXPECT_EQ(notes_of(read_before, StatePolicy::kPerRequest).size(), 1U);
}

TEST(Memory, messages_are_left_out_with_a_note) {
  const std::string text = "m = Print(x, U)\n u = UpdateState(U, m)\n e = Exp(x)\n z = Depend(e, u)";
  EXPECT_EQ(resolved(text), "e = Exp(x)\nz = Depend(e)\nz");
  EXPECT_EQ(notes_of(text), std::vector<std::string>{"node \"m\" (Print): left out, as the results do not depend on it"});
}

TEST(Memory, moved_averages_have_no_value) {
  const std::string norm = "n = BatchNorm(x, p1, p2, p3, p4, U)\n u = UpdateState(U, n)\n g = TupleGetItem(n, 0)\n";
  EXPECT_EQ(resolved(norm + "z = Depend(g, u)"), "n = BatchNorm(x, p1, p2, p3, p4, U)\ng = TupleGetItem(n, 0)\nz = Depend(g)\nz");
  Program program = Text(norm + "l = Load(p3, u)\n z = Add(g, l)").program();
  ASSERT_TRUE(resolve_memory(program, StatePolicy::kRefuse).ok());
  const Slot& slot = program.slots[program.steps[2].inputs[0]];
  ASSERT_TRUE(slot.initial.as<Unavailable>());
  EXPECT_NE(slot.initial.as<Unavailable>()->reason.find("(BatchNorm) moves the average at input 3"), std::string::npos);
}

TEST(Memory, long_programs_take_linear_time) {
  std::string text = "b = ReLU(x)\n u0 = UpdateState(U)\n";
  const int count = 20000;
  for (int i = 0; i < count; ++i) {
    text += str("w", i, " = InplaceMul(b, x, u", 2 * i, ")\n u", 2 * i + 1, " = UpdateState(u", 2 * i, ", w", i, ")\n");
    text += str("a", i, " = Assign(p", i % 100, ", w", i, ", u", 2 * i + 1, ")\n u", 2 * i + 2, " = UpdateState(u", 2 * i + 1, ", a", i, ")\n");
  }
  text += str("z = Depend(b, u", 2 * count, ")");
  Program program = Text(text).program();
  ASSERT_TRUE(resolve_memory(program, StatePolicy::kRefuse).ok());
  EXPECT_EQ(program.steps.size(), 2U * count + 1);  // ReLU, the products and the states they stand in
  EXPECT_EQ(program.notes.size(), 1U * count);
}

TEST(Memory, order_without_a_chain_is_searched_under_a_budget) {
  // A fence of nodes that all wait for all before them hides whether the last write waits for the first reads.
  std::string text = "b = ReLU(x)\n";
  std::string all = "x";
  for (int i = 0; i < 300; ++i) {
    text += str("r", i, " = Exp(b)\n");
    all += str(",r", i);
  }
  const std::string reads = text;
  for (int i = 0; i < 300; ++i) text += str("f", i, " = AddN(", i == 0 ? all : str("f", i - 1, ",x"), ")\n");
  EXPECT_EQ(resolved(text + "w = InplaceMul(b, f299, U)\n z = Depend(b, w)").substr(0, 4), "b = ");
  EXPECT_NE(resolved(reads + "f = AddN(r0,r1)\n w = InplaceMul(b, f, U)\n z = MakeTuple(b, w, r2)").find("does not say which"), std::string::npos);
}

}  // namespace
}  // namespace mindird::mindir
