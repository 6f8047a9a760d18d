// A program is a MindIR graph with its names resolved: the nodes its result depends on, in an order in which every value is defined
// before it is used, with constants copied out of the file. It owns everything it refers to. The functions of a file are programs too; an item
// that stands for one (Closure) has its position among the functions of the main program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mindir/item.h"
#include "mindir/model.h"
#include "mindir/module.h"
#include "mindir/value_decoder.h"
#include "mindir/version.h"

namespace mindird::mindir {

using SlotId = uint32_t;

struct Primitive {
  std::string op;
  std::vector<std::pair<std::string, Item>> attributes;

  /// The attribute of that name, or null.
  const Item* attribute(std::string_view name) const;
};

struct Step {
  uint32_t primitive = 0;
  SlotId result = 0;
  std::vector<SlotId> inputs;
  std::string scope;           // "Default/conv-Conv2d/BiasAdd-op0", or the plain name where the file has no scope
  std::vector<Leaf> declared;  // result types, depth first; empty when the file does not say
  bool is_call = false;        // input 0 is what is called, the others are its arguments; the primitive is called "call"
};

struct Slot {
  std::string name;  // plain: without the graph's name and the counter at the end
  Item initial;      // constants; None for inputs and results
};

struct Program {
  bool is_function = false;
  std::string name;    // of the function
  std::string header;  // versions and counts, for listings
  Version version;     // of the MindSpore that wrote the file
  std::vector<Declared> inputs;
  std::vector<SlotId> input_slots;
  std::vector<Slot> slots;
  std::vector<Primitive> primitives;
  std::vector<Step> steps;
  SlotId output = 0;
  size_t output_count = 0;
  size_t constant_bytes = 0;
  size_t file_bytes = 0;
  std::vector<std::string> notes;  // what was left out, for the model's report
  std::vector<Program> functions;  // of the main program: those it can reach
};

/// Most results a model may have.
inline constexpr size_t kMaxOutputs = 4096;
/// Most inputs a model may have.
inline constexpr size_t kMaxInputs = 4096;

/// `node "Default/conv1" (Conv2D)`, the place of an error.
std::string place_of(const Program& program, const Step& step);

/// Reads a file to its program, with everything checked that needs no input shapes. Errors: those of mindir::read, without the file's name.
Result<Program> read_program(const std::string& path, Decryptor& decryptor, StatePolicy state);

/// Resolves a decoded file; the program has no memory left (memory/resolve.h). `context` decodes attribute values and holds the memory budget.
Result<Program> make_program(const ModelView& model, WireContext& context, ConstantStore& constants, StatePolicy state);

/// Refuses what no lowering can express: unknown side effects, naming the first such node of the model.
Status check_pure(const ModelView& model, WireContext& context);

/// The name a node is known by in messages.
std::string scope_of(const NodeView& node);

/// Readable listing.
std::string listing(const Program& program);

}  // namespace mindird::mindir
