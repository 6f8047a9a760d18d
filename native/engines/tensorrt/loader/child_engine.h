// An engine whose builds run in a process of their own: TensorRT's builder may abort, run out of memory or hang, and the server must not. What the process
// builds is loaded here by the engine itself, so an executable is the same whichever way it was built.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engines/engine.h"
#include "engines/tensorrt/loader/loader.h"

namespace mindird::engines::tensorrt {

struct BuilderOptions {
  /// mindird-builder
  std::string executable;
  /// A build that takes longer is ended.
  std::chrono::milliseconds timeout{0};
  /// What the builder loads: the driver, library and modules this process took.
  LoaderOptions loader;
};

/// `inner` with build() in a process. A builder that fails, is killed, hangs or answers nonsense is an error that says so.
std::unique_ptr<Engine> build_in_child(std::shared_ptr<const Engine> inner, BuilderOptions options);

}  // namespace mindird::engines::tensorrt
