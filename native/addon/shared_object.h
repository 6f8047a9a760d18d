// The JavaScript object around shared memory (SharedMemory in server/native/binding-types.ts).
#pragma once

#include <napi.h>

#include <memory>

#include "base/shared_mapping.h"

namespace mindird::addon {

class SharedObject final : public Napi::ObjectWrap<SharedObject> {
 public:
  static void define(Napi::Env env);
  /// mapShared(fd, offset, bytes)
  static Napi::Value map(const Napi::CallbackInfo& info);

  explicit SharedObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// Null once close() was called.
  std::unique_ptr<SharedMapping> mapping_;
};

}  // namespace mindird::addon
