// Values across the boundary: errors, shapes, options, signatures.
#pragma once

#include <napi.h>

#include <span>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/status.h"
#include "runtime/serve/model.h"
#include "tensor/tensor.h"

namespace mindird::addon {

/// An Error object with `code`.
Napi::Error error_object(Napi::Env env, const Status& status);
/// Throws it and returns undefined, for `return throw_status(...)`.
Napi::Value throw_status(Napi::Env env, const Status& status);
/// {code, message}
Napi::Object error_record(Napi::Env env, const Status& status);

/// Whether it is `true`. Nothing else is, nor a value that could not be read because its thread is being ended: the wrappers end the process at one.
bool is_true(const Napi::Value& value);

Napi::Array shape_array(Napi::Env env, const Shape& shape);
Result<Shape> read_shape(const Napi::Value& value);
Result<std::vector<Shape>> read_shapes(const Napi::Value& value);
/// The memory of a Uint8Array; an error for anything else.
Result<std::span<std::byte>> read_bytes(const Napi::Value& value);

/// Options keyFile and keyEnv, which may be absent or null.
mindir::KeySource read_key_source(const Napi::Object& options);

Result<runtime::LoadOptions> read_load_options(const Napi::Value& value);
/// "origin", "fp32", "fp16" or "bf16".
Result<engines::Precision> read_precision(std::string_view name);
/// `weights`: whether they may be stored in 16 bits; absent: no.
Result<bool> read_weights(const Napi::Object& options);
/// Option state, which may be absent.
Result<mindir::StatePolicy> read_state(const Napi::Object& options);
Result<std::vector<std::string>> read_strings(const Napi::Value& value);
Napi::Object signature_object(Napi::Env env, const runtime::Signature& signature);
Napi::Object event_object(Napi::Env env, const Event& event);

}  // namespace mindird::addon
