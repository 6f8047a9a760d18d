#include "base/strings.h"
#include "mindir/model.h"
#include "mindir/names.h"

namespace mindird::mindir {
namespace {

ExternalView decode_external(Cursor c) {
  ExternalView out;
  while (c.next()) {
    switch (c.field()) {
      case 1: out.location = c.bytes(); break;
      case 2: out.offset = c.integer(); break;
      case 3: out.length = c.integer(); break;
      default: c.skip();
    }
  }
  return out;
}

AttributeView decode_attribute(Cursor& outer) {
  AttributeView out{{}, {}, outer.bytes()};
  Cursor c(outer.context(), out.bytes, "AttributeProto");
  while (c.next()) {
    if (c.field() == 1) {
      out.name = c.bytes();
    } else if (c.field() == 15) {
      out.reference = c.bytes();
    } else {
      c.skip();
    }
  }
  return out;
}

void decode_node(Cursor c, GraphView& graph) {
  if (!c.spend(sizeof(NodeView) * 2)) return;
  NodeView node;
  std::string_view output;
  node.first_input = static_cast<uint32_t>(graph.node_inputs.size());
  node.first_attribute = static_cast<uint32_t>(graph.attributes.size());
  while (c.next()) {
    switch (c.field()) {
      case 1:
        if (c.spend(sizeof(std::string_view) * 2)) graph.node_inputs.push_back(c.bytes());
        break;
      case 2:
        if (++node.output_count == 1) {
          output = c.bytes();
        } else {
          c.skip();
        }
        break;
      case 3: node.name = c.bytes(); break;
      case 4: node.op_type = c.bytes(); break;
      case 5:
        if (c.spend(sizeof(AttributeView) * 2)) graph.attributes.push_back(decode_attribute(c));
        break;
      case 7: node.domain = c.bytes(); break;
      default: c.skip();
    }
  }
  if (!output.empty()) node.name = output;
  node.input_count = static_cast<uint32_t>(graph.node_inputs.size()) - node.first_input;
  node.attribute_count = static_cast<uint32_t>(graph.attributes.size()) - node.first_attribute;
  graph.nodes.push_back(node);
}

ValueInfoView decode_value_info(Cursor c) {
  ValueInfoView out;
  c.spend(sizeof(ValueInfoView) * 2);
  while (c.next()) {
    switch (c.field()) {
      case 1: out.name = c.bytes(); break;
      case 2: {
        TensorView tensor = decode_tensor(c.message("TensorProto"));
        if (!out.tensor) out.tensor = std::move(tensor);
        break;
      }
      case 5: out.structure = c.bytes(); break;
      default: c.skip();
    }
  }
  return out;
}

GraphView decode_graph(Cursor c) {
  GraphView out;
  c.spend(sizeof(GraphView) * 2);
  while (c.next()) {
    switch (c.field()) {
      case 1: decode_node(c.message("NodeProto"), out); break;
      case 2: out.name = c.bytes(); break;
      case 3:
        if (c.spend(sizeof(TensorView) * 2)) out.parameters.push_back(decode_tensor(c.message("TensorProto")));
        break;
      case 5: out.inputs.push_back(decode_value_info(c.message("ValueInfoProto"))); break;
      case 6: out.outputs.push_back(decode_value_info(c.message("ValueInfoProto"))); break;
      case 10: c.fail("parameters of map type are not supported"); break;
      default: c.skip();
    }
  }
  return out;
}

PrimitiveView decode_primitive(Cursor c) {
  PrimitiveView out;
  c.spend(sizeof(PrimitiveView) * 2);
  while (c.next()) {
    switch (c.field()) {
      case 1: out.name = c.bytes(); break;
      case 2: out.op_type = c.bytes(); break;
      case 3:
        if (c.spend(sizeof(AttributeView) * 2)) out.attributes.push_back(decode_attribute(c));
        break;
      default: c.skip();
    }
  }
  return out;
}

/// MindSpore 1.0 wrote ONNX's schema, whose first field is a number where MindIR has a text.
Status check_schema(WireContext& context) {
  constexpr char kVersionAsNumber = 0x08;
  if (!context.bytes().starts_with(kVersionAsNumber)) return {};
  WireContext other(context.bytes(), 0);
  std::string_view producer;
  Cursor c(other, context.bytes(), "ModelProto");
  while (c.next()) {
    if (c.field() == 2) {
      producer = c.bytes();
      break;
    }
    c.skip();
  }
  if (producer == "MindSpore") return unsupported("written by MindSpore 1.0; export it again with a later one");
  if (!other.failed() && !producer.empty()) return unsupported(str("not a MindIR file: an ONNX model written by ", printable(producer)));
  return {};
}

Status check_model(const ModelView& model, const WireContext& context) {
  if (context.failed()) {
    const bool looks_right = model.ir_version.starts_with("0.") || model.ir_version.starts_with("1.");
    return looks_right ? context.status() : context.status().with("not a MindIR file");
  }
  if (model.ir_version.empty() && !model.has_graph) return invalid_model("not a MindIR file: neither a version nor a graph in it");
  if (!model.has_graph) return invalid_model("truncated: the file has no graph");
  if (!model.little_endian) return unsupported("the file was written on a big-endian machine");
  return {};
}

}  // namespace

TensorView decode_tensor(Cursor c) {
  TensorView out;
  while (c.next()) {
    switch (c.field()) {
      case 1: c.integers(out.dims); break;
      case 2: out.data_type = c.integer(); break;
      case 3:
      case 4:
      case 5:
      case 6:
      case 10:
      case 11:
        c.skip();
        out.has_typed_data = true;
        break;
      case 7: out.name = c.bytes(); break;
      case 9:
        out.raw = c.bytes();
        out.has_raw = true;
        break;
      case 12: out.external = decode_external(c.message("ExternalDataProto")); break;
      case 13: out.ref_key = c.bytes(); break;
      case 16: out.compression = c.integer(); break;
      default: c.skip();
    }
  }
  return out;
}

Result<ModelView> decode(WireContext& context) {
  TRY(check_schema(context));
  ModelView out;
  Cursor c(context, context.bytes(), "ModelProto");
  while (c.next()) {
    switch (c.field()) {
      case 1: out.ir_version = c.bytes(); break;
      case 2: out.producer = c.bytes(); break;
      case 5: out.model_version = c.bytes(); break;
      case 7:
        out.graph = decode_graph(c.message("GraphProto"));
        out.has_graph = true;
        break;
      case 8: out.functions.push_back(decode_graph(c.message("GraphProto"))); break;
      case 10: out.little_endian = c.integer() != 0; break;
      case 12: out.primitives.push_back(decode_primitive(c.message("PrimitiveProto"))); break;
      case 13: out.mind_ir_version = c.integer(); break;
      default: c.skip();
    }
  }
  TRY(check_model(out, context));
  return out;
}

}  // namespace mindird::mindir
