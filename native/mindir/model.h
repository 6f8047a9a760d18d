// A MindIR file as plain structures that point into the mapped bytes: what decode.cc produces and program.cc turns into a program. Attribute
// values stay undecoded byte ranges until they are needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "mindir/wire.h"

namespace mindird::mindir {

/// AttributeProto.type.
enum class ValueType : int64_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kTensor = 17,
  kTensors = 19,
  kTuple = 20,
  kList = 21,
  kDict = 22,
  kUMonad = 23,
  kIoMonad = 24,
  kNone = 25,
  kTypeNull = 36,
  kScalar = 39,
};

struct ExternalView {
  std::string_view location;
  int64_t offset = 0;
  int64_t length = 0;
};

struct TensorView {
  std::string_view name;
  std::string_view ref_key;
  std::string_view raw;
  std::vector<int64_t> dims;
  int64_t data_type = 0;
  int64_t compression = 0;
  bool has_raw = false;
  bool has_typed_data = false;
  std::optional<ExternalView> external;
};

/// An attribute: its name and the bytes of the whole AttributeProto. Files up to 1.6 say in `reference` (ref_attr_name) how the values make up the
/// attribute; there the inferred type of a node's result is an attribute without a name.
struct AttributeView {
  std::string_view name;
  std::string_view reference;
  std::string_view bytes;
};

/// Ranges point into the arrays of the graph that owns the node.
struct NodeView {
  std::string_view name;  // of what it computes: the output, which in files up to 1.3 is called other than the node
  std::string_view op_type;
  std::string_view domain;
  uint32_t first_input = 0;
  uint32_t input_count = 0;
  uint32_t first_attribute = 0;
  uint32_t attribute_count = 0;
  uint32_t output_count = 0;
};

/// A graph input or output.
struct ValueInfoView {
  std::string_view name;
  std::optional<TensorView> tensor;
  std::string_view structure;  // attr_info: the nested type of a tuple; empty when there is none
};

struct GraphView {
  std::string_view name;
  std::vector<NodeView> nodes;
  std::vector<std::string_view> node_inputs;
  std::vector<AttributeView> attributes;
  std::vector<TensorView> parameters;
  std::vector<ValueInfoView> inputs;
  std::vector<ValueInfoView> outputs;
};

struct PrimitiveView {
  std::string_view name;
  std::string_view op_type;
  std::vector<AttributeView> attributes;
};

struct ModelView {
  std::string_view ir_version;
  std::string_view producer;
  std::string_view model_version;
  int64_t mind_ir_version = 0;
  bool little_endian = true;
  bool has_graph = false;
  GraphView graph;
  std::vector<GraphView> functions;
  std::vector<PrimitiveView> primitives;
};

/// Decodes the structure of a whole file. Errors: INVALID_MODEL with the offset; UNSUPPORTED for big-endian files.
Result<ModelView> decode(WireContext& context);

/// Decodes one TensorProto.
TensorView decode_tensor(Cursor cursor);

}  // namespace mindird::mindir
