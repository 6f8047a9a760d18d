// What the primitives of a MindIR file do to memory. A primitive that is not listed computes a new value from the values of its inputs.
#pragma once

#include <cstdint>
#include <string_view>

namespace mindird::mindir {

struct Program;
struct Step;

enum class Effect : uint8_t {
  kNone,
  kState,       // UpdateState: a point in the order of memory accesses; reads nothing
  kLoad,        // the value its first input has at this point
  kSame,        // Depend: its first input under another name, the others only order
  kTuple,       // MakeTuple: its members under another name
  kMember,      // TupleGetItem: a member under another name
  kView,        // another shape of the memory of the first input, which is read when the view is read
  kContiguous,  // its first input under another name, or a copy where that is a view whose elements lie apart
  kUpdate,      // replaces the first input by what is computed from it
  kOverwrite,   // replaces the first input by something that does not depend on it
  kStatistics,  // BatchNorm while training, and InstanceNorm: moves the averages at inputs 3 and 4, whose new values nothing computes
  kMessage,     // shows values to a person; the results stay the same without it
};

/// By the name of the primitive alone; kStatistics for any BatchNorm.
Effect effect_of(std::string_view op);
/// Of a step: a BatchNorm that does not train has none.
Effect effect_of(const Program& program, const Step& step);

/// True for an effect that puts a new value into memory.
constexpr bool writes(Effect effect) { return effect == Effect::kUpdate || effect == Effect::kOverwrite || effect == Effect::kStatistics; }

}  // namespace mindird::mindir
