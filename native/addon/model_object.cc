#include "addon/model_object.h"

#include <atomic>
#include <thread>

#include "addon/convert.h"
#include "addon/env_state.h"
#include "base/clock.h"
#include "base/guard.h"
#include "base/strings.h"
#include "base/trim.h"

namespace mindird::addon {
namespace {

std::atomic<uint64_t> next_ticket{1};

Status read_outputs(const Napi::Value& value, runtime::Request& request) {
  if (!value.IsArray()) return invalid_argument("outputs is not an array");
  const Napi::Array array = value.As<Napi::Array>();
  const uint32_t count = array.Length();
  request.outputs.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const Napi::Value item = array.Get(i);
    const napi_valuetype type = item.Type();
    runtime::OutputTarget target;
    if (type == napi_undefined) {
      target.kind = runtime::OutputTarget::Kind::kSkip;
    } else if (type != napi_null) {
      target.kind = runtime::OutputTarget::Kind::kWrite;
      TRY_ASSIGN(target.memory, read_bytes(item));
    }
    request.outputs.push_back(target);
  }
  return {};
}

Result<runtime::RequestPtr> read_request(const Napi::CallbackInfo& info) {
  auto request = std::make_unique<runtime::Request>();
  if (info.Length() < 5 || !info[0].IsArray()) return invalid_argument("submit: want (inputs, shapes, outputs, timeoutUs, priority, timed)");
  const Napi::Array inputs = info[0].As<Napi::Array>();
  const uint32_t count = inputs.Length();
  request->inputs.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    auto bytes = read_bytes(inputs.Get(i));
    if (!bytes.ok()) return std::move(bytes).status().with(str("input ", i));
    request->inputs.push_back(*bytes);
  }
  TRY_ASSIGN(request->shapes, read_shapes(info[1]));
  TRY(read_outputs(info[2], *request));
  if (!info[3].IsNumber() || !info[4].IsNumber()) return invalid_argument("submit: timeoutUs and priority are numbers");
  const double timeout_us = info[3].As<Napi::Number>().DoubleValue();
  // A century is as good as no deadline and keeps the sum in range.
  constexpr double kLongestUs = 3.15e15;
  if (timeout_us > 0 && timeout_us < kLongestUs) request->deadline_ns = now_ns() + static_cast<int64_t>(timeout_us * 1e3);
  const double priority = info[4].As<Napi::Number>().DoubleValue();
  request->priority = priority > 0 && priority < 1e9 ? static_cast<int32_t>(priority) : 0;
  request->timed = is_true(info[5]);
  return request;
}

}  // namespace

void ModelObject::define(Napi::Env env) {
  const Napi::Function constructor = DefineClass(
      env, "NativeModel",
      {InstanceMethod<&ModelObject::report>("report"), InstanceMethod<&ModelObject::memory>("memory"), InstanceMethod<&ModelObject::queue_depth>("queueDepth"),
       InstanceMethod<&ModelObject::failure>("failure"), InstanceMethod<&ModelObject::submit>("submit"), InstanceMethod<&ModelObject::cancel>("cancel"),
       InstanceMethod<&ModelObject::close>("close")});
  EnvState::of(env).model_constructor = Napi::Persistent(constructor);
}

Napi::Value ModelObject::wrap(Napi::Env env, std::shared_ptr<runtime::Model> model) {
  const Napi::External<std::shared_ptr<runtime::Model>> external = Napi::External<std::shared_ptr<runtime::Model>>::New(env, &model);
  return EnvState::of(env).model_constructor.New({external});
}

ModelObject::ModelObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ModelObject>(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    Napi::Error::New(info.Env(), "NativeModel is made by load()").ThrowAsJavaScriptException();
    return;
  }
  model_ = *info[0].As<Napi::External<std::shared_ptr<runtime::Model>>>().Data();
  Napi::Object self = info.This().As<Napi::Object>();
  self.Set("id", Napi::Number::New(info.Env(), model_->id()));
  self.Set("signature", signature_object(info.Env(), model_->signature()));
  self.Set("headStartMs", Napi::Number::New(info.Env(), static_cast<double>(runtime::kHeadStartNs) / 1e6));
}

ModelObject::~ModelObject() {
  if (!model_) return;
  log_event({Level::kWarn, "model.leaked", {{"cause", "a model object was dropped without close()"}}});
  std::thread([model = std::move(model_)] { model->close(); }).detach();
}

Napi::Value ModelObject::report(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), model_ ? model_->report() : "{}"); }

Napi::Value ModelObject::memory(const Napi::CallbackInfo& info) {
  const runtime::MemoryUse use = model_ ? model_->memory() : runtime::MemoryUse{};
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("constants", Napi::Number::New(info.Env(), static_cast<double>(use.constants)));
  out.Set("arenas", Napi::Number::New(info.Env(), static_cast<double>(use.arenas)));
  out.Set("packed", Napi::Number::New(info.Env(), static_cast<double>(use.packed)));
  out.Set("kernels", Napi::Number::New(info.Env(), static_cast<double>(use.kernels)));
  out.Set("device", Napi::Number::New(info.Env(), static_cast<double>(use.device)));
  return out;
}

Napi::Value ModelObject::failure(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), model_ ? model_->failure() : ""); }

Napi::Value ModelObject::queue_depth(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(model_ ? model_->queue_depth() : 0));
}

Napi::Value ModelObject::submit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  EnvState& state = EnvState::of(env);
  if (!model_) return throw_status(env, {Code::kNotReady, "the model is closed"});
  auto request = guarded([&] { return read_request(info); });
  if (!request.ok()) return throw_status(env, request.status());
  const uint64_t ticket = next_ticket++;
  (*request)->ticket = ticket;
  (*request)->sink = state.mailbox();
  state.pin(ticket, info[0], info[2], model_);
  state.mailbox()->submitted();
  const Status status = guarded([&] { return model_->submit(std::move(*request)); });
  if (!status.ok()) {
    state.mailbox()->withdrawn();
    state.unpin(ticket);
    return throw_status(env, status);
  }
  return Napi::Number::New(env, static_cast<double>(ticket));
}

Napi::Value ModelObject::cancel(const Napi::CallbackInfo& info) {
  const double ticket = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  const bool in_range = model_ && ticket >= 1 && ticket < 9e15;
  const Result<bool> found = guarded([&]() -> Result<bool> { return in_range && model_->cancel(static_cast<uint64_t>(ticket)); });
  return Napi::Boolean::New(info.Env(), found.ok() && *found);
}

Napi::Value ModelObject::close(const Napi::CallbackInfo& info) {
  // The last reference goes with this call, not when the garbage collector finds the object: to it, that is small.
  const auto held = std::make_shared<std::shared_ptr<runtime::Model>>(std::move(model_));
  const auto work = [held]() -> Result<EnvState::Settle> {
    if (*held) (*held)->close();
    held->reset();
    return_free_memory();
    return EnvState::Settle([](Napi::Env env) { return env.Undefined(); });
  };
  return EnvState::of(info.Env()).run(work, false);
}

}  // namespace mindird::addon
