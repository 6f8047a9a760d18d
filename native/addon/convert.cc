#include "addon/convert.h"

#include <cmath>

#include "base/strings.h"

namespace mindird::addon {
namespace {

Napi::String text(Napi::Env env, std::string_view s) { return Napi::String::New(env, s.data(), s.size()); }

/// A field of an options object; its absence or another type is an error naming it.
Result<double> number_field(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) return invalid_argument(str("option ", name, " is not a number"));
  return value.As<Napi::Number>().DoubleValue();
}

Result<std::string> string_field(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) return invalid_argument(str("option ", name, " is not a string"));
  return value.As<Napi::String>().Utf8Value();
}

Result<int64_t> count_field(const Napi::Object& object, const char* name, double least) {
  TRY_ASSIGN(double value, number_field(object, name));
  if (!(value >= least) || value > 1e15 || value != std::floor(value)) return invalid_argument(str("option ", name, " is ", value, ", want a whole number"));
  return static_cast<int64_t>(value);
}

Napi::Array spec_array(Napi::Env env, const std::vector<runtime::TensorSpec>& specs) {
  Napi::Array out = Napi::Array::New(env, specs.size());
  for (uint32_t i = 0; i < specs.size(); ++i) {
    Napi::Object spec = Napi::Object::New(env);
    spec.Set("name", text(env, specs[i].name));
    spec.Set("dtype", text(env, dtype_protocol_name(specs[i].type.dtype)));
    spec.Set("shape", specs[i].rank_known ? Napi::Value(shape_array(env, specs[i].type.shape)) : env.Null());
    out.Set(i, spec);
  }
  return out;
}

}  // namespace

Napi::Error error_object(Napi::Env env, const Status& status) {
  Napi::Error error = Napi::Error::New(env, status.message());
  error.Set("code", text(env, code_name(status.code())));
  return error;
}

Napi::Value throw_status(Napi::Env env, const Status& status) {
  error_object(env, status).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Object error_record(Napi::Env env, const Status& status) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("code", text(env, code_name(status.code())));
  out.Set("message", text(env, status.message()));
  return out;
}

bool is_true(const Napi::Value& value) {
  bool out = false;
  (void)napi_get_value_bool(value.Env(), value, &out);
  return out;
}

Napi::Array shape_array(Napi::Env env, const Shape& shape) {
  Napi::Array out = Napi::Array::New(env, shape.rank());
  for (uint32_t i = 0; i < shape.rank(); ++i) out.Set(i, Napi::Number::New(env, static_cast<double>(shape[i])));
  return out;
}

Result<Shape> read_shape(const Napi::Value& value) {
  if (!value.IsArray()) return invalid_argument("a shape is not an array");
  const Napi::Array array = value.As<Napi::Array>();
  if (array.Length() > kMaxRank) return invalid_argument(str("a shape has ", array.Length(), " dimensions, want at most ", kMaxRank));
  const uint32_t rank = array.Length();
  std::vector<int64_t> dims;
  dims.reserve(rank);
  for (uint32_t i = 0; i < rank; ++i) {
    double d = -1;
    // What is no number leaves it as it is.
    (void)napi_get_value_double(array.Env(), array.Get(i), &d);
    if (!(d >= 0) || d > 9007199254740991.0 || d != std::floor(d)) return invalid_argument("a dimension is not a whole number of at least 0");
    dims.push_back(static_cast<int64_t>(d));
  }
  return Shape(std::move(dims));
}

Result<std::vector<Shape>> read_shapes(const Napi::Value& value) {
  if (!value.IsArray()) return invalid_argument("shapes is not an array");
  const Napi::Array array = value.As<Napi::Array>();
  const uint32_t count = array.Length();
  std::vector<Shape> out;
  out.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    TRY_ASSIGN(Shape shape, read_shape(array.Get(i)));
    out.push_back(std::move(shape));
  }
  return out;
}

Result<std::span<std::byte>> read_bytes(const Napi::Value& value) {
  // One call tells all of it; the wrappers ask for each part apart.
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != napi_uint8_array)
    return invalid_argument("not a Uint8Array");
  return std::span<std::byte>(static_cast<std::byte*>(data), length);
}

Result<std::vector<std::string>> read_strings(const Napi::Value& value) {
  if (!value.IsArray()) return invalid_argument("not an array of strings");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (!item.IsString()) return invalid_argument("not an array of strings");
    out.push_back(item.As<Napi::String>().Utf8Value());
  }
  return out;
}

Result<engines::Precision> read_precision(std::string_view name) {
  const auto precision = engines::parse_precision(name);
  if (!precision) return invalid_argument(str("precision ", name, ", want origin, fp32, fp16 or bf16"));
  return *precision;
}

/// Option state: "refuse", the default, or "per_request".
Result<mindir::StatePolicy> read_state(const Napi::Object& options) {
  const Napi::Value value = options.Get("state");
  if (value.IsUndefined()) return mindir::StatePolicy::kRefuse;
  const std::string text = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (text != "refuse" && text != "per_request") return invalid_argument("option state is neither refuse nor per_request");
  return text == "refuse" ? mindir::StatePolicy::kRefuse : mindir::StatePolicy::kPerRequest;
}

namespace {

/// Option engineBuild: "block", the default, or "background".
Result<bool> read_background(const Napi::Value& value) {
  if (value.IsUndefined()) return false;
  const std::string text = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (text != "block" && text != "background") return invalid_argument("option engineBuild is neither block nor background");
  return text == "background";
}

}  // namespace

mindir::KeySource read_key_source(const Napi::Object& options) {
  const auto text_of = [&](const char* name) {
    const Napi::Value value = options.Get(name);
    return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
  };
  return {text_of("keyFile"), text_of("keyEnv")};
}

Result<bool> read_weights(const Napi::Object& options) {
  const Napi::Value value = options.Get("weights");
  if (value.IsUndefined()) return false;
  const std::string text = value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
  if (text != "full" && text != "16bit") return invalid_argument(str("weights is \"", text, "\", want \"full\" or \"16bit\""));
  return text == "16bit";
}

Result<runtime::LoadOptions> read_load_options(const Napi::Value& value) {
  if (!value.IsObject()) return invalid_argument("load options are not an object");
  const Napi::Object object = value.As<Napi::Object>();
  runtime::LoadOptions out;
  TRY_ASSIGN(out.path, string_field(object, "path"));
  TRY_ASSIGN(out.label, string_field(object, "label"));
  TRY_ASSIGN(std::string precision, string_field(object, "precision"));
  TRY_ASSIGN(out.precision, read_precision(precision));
  TRY_ASSIGN(out.keep_fp32, read_strings(object.Get("keepFp32")));
  TRY_ASSIGN(out.short_weights, read_weights(object));
  TRY_ASSIGN(out.engines, read_strings(object.Get("engines")));
  TRY_ASSIGN(out.output_names, read_strings(object.Get("outputNames")));
  TRY_ASSIGN(int64_t threads, count_field(object, "threads", 0));
  TRY_ASSIGN(int64_t instances, count_field(object, "instances", 1));
  if (threads > 1024 || instances > 1024) return invalid_argument("options threads and instances are at most 1024");
  out.threads = static_cast<int>(threads);
  out.instances = static_cast<int>(instances);
  TRY_ASSIGN(out.max_batch, count_field(object, "maxBatch", 1));
  TRY_ASSIGN(out.max_queue_delay_us, count_field(object, "maxQueueDelayUs", 0));
  TRY_ASSIGN(int64_t max_queue, count_field(object, "maxQueue", 1));
  TRY_ASSIGN(int64_t max_plans, count_field(object, "maxPlans", 1));
  out.max_queue = static_cast<size_t>(max_queue);
  out.max_plans = static_cast<size_t>(max_plans);
  TRY_ASSIGN(int64_t max_memory, count_field(object, "maxMemory", 0));
  TRY_ASSIGN(int64_t max_work, count_field(object, "maxWork", 0));
  TRY_ASSIGN(int64_t loop_steps, count_field(object, "loopSteps", 1));
  out.limits = {static_cast<size_t>(max_memory), static_cast<double>(max_work) * 1e9, loop_steps};
  TRY_ASSIGN(Shape buckets, read_shape(object.Get("buckets")));
  out.buckets = buckets.vector();
  const Napi::Value cache = object.Get("cacheDir");
  if (cache.IsString()) out.cache_directory = cache.As<Napi::String>().Utf8Value();
  if (!object.Get("cacheMaxSize").IsUndefined()) {
    TRY_ASSIGN(const int64_t cache_bytes, count_field(object, "cacheMaxSize", 0));
    out.cache_bytes = static_cast<uint64_t>(cache_bytes);
  }
  out.read.key = read_key_source(object);
  out.cache_encrypted = is_true(object.Get("cacheEncrypted"));
  TRY_ASSIGN(out.read.state, read_state(object));
  TRY_ASSIGN(out.background, read_background(object.Get("engineBuild")));
  return out;
}

Napi::Object signature_object(Napi::Env env, const runtime::Signature& signature) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("inputs", spec_array(env, signature.inputs));
  out.Set("outputs", spec_array(env, signature.outputs));
  out.Set("batched", Napi::Boolean::New(env, signature.batched));
  return out;
}

Napi::Object event_object(Napi::Env env, const Event& event) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("level", text(env, level_name(event.level)));
  out.Set("event", text(env, event.name));
  for (const auto& [name, value] : event.fields) {
    if (const auto* s = std::get_if<std::string>(&value)) out.Set(name, text(env, *s));
    if (const auto* d = std::get_if<double>(&value)) out.Set(name, Napi::Number::New(env, *d));
    if (const auto* b = std::get_if<bool>(&value)) out.Set(name, Napi::Boolean::New(env, *b));
  }
  return out;
}

}  // namespace mindird::addon
