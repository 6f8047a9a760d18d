#include "addon/shared_object.h"

#include <cmath>

#include "addon/convert.h"
#include "addon/env_state.h"
#include "base/strings.h"

namespace mindird::addon {
namespace {

/// Whole numbers that doubles hold exactly.
constexpr double kLargest = 9007199254740991.0;

Result<uint64_t> read_size(const Napi::Value& value) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= kLargest && number == std::floor(number))) return invalid_argument("not a whole number");
  return static_cast<uint64_t>(number);
}

struct Piece {
  size_t at = 0;
  std::span<std::byte> bytes;
};

/// Arguments (at, bytes) of a copy that `mapping` holds.
Result<Piece> read_piece(const Napi::CallbackInfo& info, const SharedMapping* mapping) {
  if (info.Length() < 2) return invalid_argument("want (at, bytes)");
  if (!mapping) return invalid_argument("the memory is closed");
  Piece piece;
  TRY_ASSIGN(piece.at, read_size(info[0]));
  TRY_ASSIGN(piece.bytes, read_bytes(info[1]));
  if (!mapping->holds(piece.at, piece.bytes.size())) return invalid_argument(str(piece.bytes.size(), " bytes at ", piece.at, " of ", mapping->size()));
  return piece;
}

}  // namespace

void SharedObject::define(Napi::Env env) {
  const Napi::Function constructor =
      DefineClass(env, "SharedMemory",
                  {InstanceMethod<&SharedObject::read>("read"), InstanceMethod<&SharedObject::write>("write"), InstanceMethod<&SharedObject::close>("close")});
  EnvState::of(env).shared_constructor = Napi::Persistent(constructor);
}

Napi::Value SharedObject::map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mapping = [&]() -> Result<std::unique_ptr<SharedMapping>> {
    if (info.Length() < 3 || !info[0].IsNumber()) return invalid_argument("mapShared: want (fd, offset, bytes)");
    TRY_ASSIGN(const uint64_t offset, read_size(info[1]));
    TRY_ASSIGN(const uint64_t bytes, read_size(info[2]));
    return SharedMapping::map(info[0].As<Napi::Number>().Int32Value(), offset, static_cast<size_t>(bytes));
  };
  Result<std::unique_ptr<SharedMapping>> made = mapping();
  if (!made.ok()) return throw_status(env, made.status());
  return EnvState::of(env).shared_constructor.New({Napi::External<std::unique_ptr<SharedMapping>>::New(env, &*made)});
}

SharedObject::SharedObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SharedObject>(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    Napi::Error::New(info.Env(), "SharedMemory is made by mapShared()").ThrowAsJavaScriptException();
    return;
  }
  mapping_ = std::move(*info[0].As<Napi::External<std::unique_ptr<SharedMapping>>>().Data());
}

Napi::Value SharedObject::read(const Napi::CallbackInfo& info) {
  const auto piece = read_piece(info, mapping_.get());
  if (!piece.ok()) return throw_status(info.Env(), piece.status());
  return Napi::Boolean::New(info.Env(), mapping_->read((*piece).at, (*piece).bytes));
}

Napi::Value SharedObject::write(const Napi::CallbackInfo& info) {
  const auto piece = read_piece(info, mapping_.get());
  if (!piece.ok()) return throw_status(info.Env(), piece.status());
  return Napi::Boolean::New(info.Env(), mapping_->write((*piece).at, (*piece).bytes));
}

Napi::Value SharedObject::close(const Napi::CallbackInfo& info) {
  mapping_.reset();
  return info.Env().Undefined();
}

}  // namespace mindird::addon
