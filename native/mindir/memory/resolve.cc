#include "mindir/memory/resolve.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/strings.h"
#include "mindir/memory/effects.h"
#include "mindir/memory/liveness.h"
#include "mindir/memory/names.h"
#include "mindir/memory/order.h"
#include "mindir/memory/state.h"

namespace mindird::mindir {
namespace {

/// Reads of written memory a program may have, besides a share for each step: tuples of tuples can describe any number.
constexpr size_t kReads = size_t{1} << 20U;
constexpr size_t kReadsPerStep = 16;

/// Primitives that hand memory to functions, beside calls.
constexpr std::array<std::string_view, 4> kCalls = {"Partial", "Switch", "SwitchLayer", "switch_layer"};

class Resolver {
 public:
  explicit Resolver(Program& program) : program_(program), names_(program), order_(program), budget_(kReads + kReadsPerStep * program.steps.size()) {}

  Status run();
  /// Writes to values of the file.
  const std::vector<StateWrite>& state_writes() const { return state_writes_; }

 private:
  /// What was last written to a memory, and who has read it since.
  struct Version {
    SlotId slot = 0;
    uint32_t writer = Order::kNoStep;
    std::vector<uint32_t> readers;
  };
  struct Rebuilt {
    std::vector<SlotId> inputs;
    SlotId result = 0;
  };

  Status check_call(uint32_t position) const;
  Status resolve_step(uint32_t step);
  Status spend(size_t reads);
  Result<SlotId> read(SlotId slot, uint32_t reader);
  Status read_all(Step& step, uint32_t position);
  Result<SlotId> read_memory(MemoryId memory, uint32_t reader);
  Result<SlotId> rebuild(uint32_t step, uint32_t reader);
  Status write(MemoryId memory, uint32_t writer, SlotId value);
  Status ordered(uint32_t first, uint32_t second, uint32_t writer);
  SlotId moved_average(uint32_t step, size_t position);
  std::string place(uint32_t step) const { return step < program_.steps.size() ? place_of(program_, program_.steps[step]) : "the model's output"; }

  Program& program_;
  Names names_;
  Order order_;
  std::vector<Step> out_;
  std::vector<StateWrite> state_writes_;
  std::vector<Version> versions_;        // by memory
  std::map<uint32_t, Rebuilt> rebuilt_;  // by step: the last copy of a tuple or view
  size_t budget_;
};

/// `writer` is the one of the two that writes.
Status Resolver::ordered(uint32_t first, uint32_t second, uint32_t writer) {
  const uint32_t other = writer == first ? second : first;
  if (second == program_.steps.size()) return {};  // the output is read when everything has run
  TRY_ASSIGN(const bool certain, order_.before(first, second));
  if (certain) return {};
  return unsupported(str(place(writer), ": writes memory that ", place(other), " uses, and the file does not say which of the two runs first"));
}

Status Resolver::spend(size_t reads) {
  if (budget_ < reads) return unsupported("the model reads the memory it writes in too many ways");
  budget_ -= reads;
  return {};
}

Result<SlotId> Resolver::read_memory(MemoryId memory, uint32_t reader) {
  TRY(spend(1));
  if (names_.has_written_members(memory)) {
    return unsupported(str(place(names_.member_writer(memory)), ": writes a member of a tuple that ", place(reader), " uses as a whole"));
  }
  Version& version = versions_[memory];
  if (version.writer != Order::kNoStep) TRY(ordered(version.writer, reader, version.writer));
  version.readers.push_back(reader);
  return version.slot;
}

/// A tuple or a view of memory as it is now: the step itself while nothing was written, a copy of it afterwards.
Result<SlotId> Resolver::rebuild(uint32_t step, uint32_t reader) {
  TRY(spend(1 + program_.steps[step].inputs.size()));
  Step copy = program_.steps[step];
  const bool is_tuple = effect_of(program_.primitives[copy.primitive].op) == Effect::kTuple;
  for (size_t i = 0; i < (is_tuple ? copy.inputs.size() : 1); ++i) {
    TRY_ASSIGN(copy.inputs[i], read(copy.inputs[i], reader));
  }
  Rebuilt& last = rebuilt_[step];
  if (last.inputs == copy.inputs) return last.result;
  last.inputs = copy.inputs;
  last.result = static_cast<SlotId>(program_.slots.size());
  program_.slots.push_back({program_.slots[copy.result].name, {}});
  copy.result = last.result;
  out_.push_back(std::move(copy));
  return last.result;
}

Result<SlotId> Resolver::read(SlotId slot, uint32_t reader) {
  if (!names_.touches_written(slot)) return slot;
  const Names::Name& name = names_.of(slot);
  return name.is_memory ? read_memory(name.index, reader) : rebuild(name.index, reader);
}

Status Resolver::write(MemoryId memory, uint32_t writer, SlotId value) {
  Version& version = versions_[memory];
  for (const uint32_t reader : version.readers) TRY(ordered(reader, writer, writer));
  if (version.writer != Order::kNoStep) TRY(ordered(version.writer, writer, writer));
  version = {value, writer, {}};
  const bool from_outside = names_.is_stored(memory) || std::ranges::find(program_.input_slots, names_.first_slot(memory)) != program_.input_slots.end();
  if (program_.is_function && from_outside) return unsupported(str(place(writer), ": writes memory of its caller inside of a function; that is not supported"));
  if (names_.is_stored(memory)) state_writes_.push_back({names_.first_slot(memory), program_.steps[writer].result, place(writer)});
  return {};
}

/// A slot that says why it has no value.
SlotId Resolver::moved_average(uint32_t step, size_t position) {
  const std::string reason = str(place(step), " moves the average at input ", position, ", which is read afterwards; moving averages are not computed");
  program_.slots.push_back({program_.slots[program_.steps[step].inputs[position]].name, Unavailable{reason}});
  return static_cast<SlotId>(program_.slots.size() - 1);
}

Status Resolver::read_all(Step& step, uint32_t position) {
  for (SlotId& input : step.inputs) {
    TRY_ASSIGN(input, read(input, position));
  }
  return {};
}

/// What a function reads and returns is not followed: memory that it may name, whether as an argument or as its result, is not written.
Status Resolver::check_call(uint32_t position) const {
  const Step& step = program_.steps[position];
  const auto written = [&](SlotId slot) { return names_.touches_written(slot); };
  const bool is_function = step.is_call || std::ranges::find(kCalls, program_.primitives[step.primitive].op) != kCalls.end();
  if (!is_function || (std::ranges::none_of(step.inputs, written) && !written(step.result))) return {};
  return unsupported(str(place(position), ": hands memory that is written to a function, or gets it from one; that is not supported"));
}

Status Resolver::resolve_step(uint32_t position) {
  Step step = program_.steps[position];
  const Effect effect = effect_of(program_, step);
  TRY(check_call(position));
  switch (effect) {
    case Effect::kState: step.inputs.clear(); break;
    case Effect::kSame: step.inputs.resize(std::min<size_t>(step.inputs.size(), 1)); break;
    case Effect::kLoad:
      step.inputs.resize(std::min<size_t>(step.inputs.size(), 1));
      TRY(read_all(step, position));
      break;
    case Effect::kTuple:
    case Effect::kMember:
    case Effect::kView:
    case Effect::kContiguous: break;  // read where they are used
    default: TRY(read_all(step, position));
  }
  const SlotId result = step.result;
  out_.push_back(std::move(step));
  if (!writes(effect)) return {};
  for (const size_t target : names_.targets(position)) {
    const MemoryId memory = names_.of(program_.steps[position].inputs[target]).index;
    TRY(write(memory, position, effect == Effect::kStatistics ? moved_average(position, target) : result));
  }
  return {};
}

Status Resolver::run() {
  TRY(names_.check());
  versions_.resize(names_.memory_count());
  for (MemoryId memory = 0; memory < versions_.size(); ++memory) versions_[memory].slot = names_.first_slot(memory);
  const auto count = static_cast<uint32_t>(program_.steps.size());
  out_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) TRY(resolve_step(i));
  TRY_ASSIGN(program_.output, read(program_.output, count));
  program_.steps = std::move(out_);
  return {};
}

bool writes_memory(const Program& program) {
  return std::any_of(program.steps.begin(), program.steps.end(), [&](const Step& step) { return writes(effect_of(program, step)); });
}

/// Cuts the edges that only order.
void forget_order(Program& program) {
  for (Step& step : program.steps) {
    const Effect effect = effect_of(program.primitives[step.primitive].op);
    if (effect == Effect::kState) step.inputs.clear();
    if (effect == Effect::kSame || effect == Effect::kLoad) step.inputs.resize(std::min<size_t>(step.inputs.size(), 1));
  }
}

}  // namespace

Status resolve_memory(Program& program, StatePolicy state) {
  if (!writes_memory(program)) {
    forget_order(program);
    remove_unused(program);
    return {};
  }
  Resolver resolver(program);
  TRY(resolver.run());
  TRY(check_state(program, resolver.state_writes(), state));
  remove_unused(program);
  return {};
}

}  // namespace mindird::mindir
