#include "runtime/file/signature_json.h"

#include "base/strings.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostTensors = 4096;

Json spec_json(const TensorSpec& spec) {
  return {{"name", spec.name}, {"datatype", dtype_protocol_name(spec.type.dtype)}, {"shape", spec.rank_known ? Json(spec.type.shape.vector()) : Json()}};
}

std::optional<DType> parse_datatype(const std::string& name) {
  for (size_t i = 0; i < kDTypeCount; ++i) {
    if (dtype_protocol_name(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

Result<TensorSpec> read_spec(const Json& json) {
  const bool whole = json.is_object() && json.contains("name") && json["name"].is_string() && json.contains("datatype") && json["datatype"].is_string() &&
                     json.contains("shape");
  if (!whole) return invalid_model("has no name, datatype and shape");
  TensorSpec spec;
  spec.name = json["name"].get<std::string>();
  const auto dtype = parse_datatype(json["datatype"].get<std::string>());
  if (!dtype) return invalid_model(str("has the unknown datatype ", json["datatype"].get<std::string>()));
  spec.type.dtype = *dtype;
  spec.rank_known = !json["shape"].is_null();
  if (!spec.rank_known) return spec;
  if (!json["shape"].is_array() || json["shape"].size() > kMaxRank)
    return invalid_model(str("has a shape that is not a list of at most ", kMaxRank, " dimensions"));
  std::vector<int64_t> dims;
  for (const Json& dim : json["shape"]) {
    if (!dim.is_number_integer() || dim.get<int64_t>() < -1) return invalid_model("has a dimension that is no size");
    dims.push_back(dim.get<int64_t>());
  }
  spec.type.shape = Shape(std::move(dims));
  return spec;
}

Status read_specs(const Json& json, const char* key, std::vector<TensorSpec>& out) {
  if (!json.contains(key) || !json[key].is_array() || json[key].size() > kMostTensors) return invalid_model(str("signature: ", key, " is not a list"));
  for (const Json& item : json[key]) {
    TRY_ASSIGN(out.emplace_back(), read_spec(item).with(str("signature: ", key, " ", out.size())));
  }
  return {};
}

}  // namespace

nlohmann::json signature_json(const Signature& s) {
  Json out = {{"inputs", Json::array()}, {"outputs", Json::array()}, {"batched", s.batched}, {"why_not_batched", s.why_not_batched}};
  for (const TensorSpec& spec : s.inputs) out["inputs"].push_back(spec_json(spec));
  for (const TensorSpec& spec : s.outputs) out["outputs"].push_back(spec_json(spec));
  return out;
}

Result<Signature> read_signature(const nlohmann::json& json) {
  Signature s;
  if (!json.is_object()) return invalid_model("signature: is not an object");
  TRY(read_specs(json, "inputs", s.inputs));
  TRY(read_specs(json, "outputs", s.outputs));
  s.batched = json.contains("batched") && json["batched"].is_boolean() && json["batched"].get<bool>();
  s.fixed = true;
  for (const TensorSpec& spec : s.inputs) {
    s.fixed = s.fixed && spec.rank_known && spec.type.shape.known();
    if (s.batched && (!spec.rank_known || spec.type.shape.rank() == 0)) return invalid_model(str("signature: input ", spec.name, " has no batch dimension"));
  }
  if (s.fixed == s.batched) return invalid_model("signature: is neither of fixed shapes nor batched");
  s.why_not_batched = s.batched ? "" : "every input dimension is fixed in the file";
  return s;
}

}  // namespace mindird::runtime
