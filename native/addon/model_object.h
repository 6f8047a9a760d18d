// The JavaScript object around a loaded model (NativeModel in server/native/binding-types.ts).
#pragma once

#include <napi.h>

#include <memory>

#include "runtime/serve/model.h"

namespace mindird::addon {

class ModelObject final : public Napi::ObjectWrap<ModelObject> {
 public:
  static void define(Napi::Env env);
  static Napi::Value wrap(Napi::Env env, std::shared_ptr<runtime::Model> model);

  explicit ModelObject(const Napi::CallbackInfo& info);
  /// A model that was never closed is closed on a thread of its own, and an event says so.
  ~ModelObject() override;

 private:
  Napi::Value report(const Napi::CallbackInfo& info);
  Napi::Value memory(const Napi::CallbackInfo& info);
  Napi::Value failure(const Napi::CallbackInfo& info);
  Napi::Value queue_depth(const Napi::CallbackInfo& info);
  Napi::Value submit(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// Null once close() was called.
  std::shared_ptr<runtime::Model> model_;
};

}  // namespace mindird::addon
