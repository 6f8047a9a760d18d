#include "engines/tensorrt/library.h"

#include <dlfcn.h>

namespace mindird::engines::tensorrt {

Status open_library(const ModuleArgs& args, Library& library) {
  library.create_builder = reinterpret_cast<decltype(library.create_builder)>(dlsym(args.nvinfer, "createInferBuilder_INTERNAL"));
  library.create_runtime = reinterpret_cast<decltype(library.create_runtime)>(dlsym(args.nvinfer, "createInferRuntime_INTERNAL"));
  if (!library.create_builder || !library.create_runtime) return unsupported("libnvinfer lacks createInferBuilder_INTERNAL or createInferRuntime_INTERNAL");
  TRY(library.enter());
  library.runtime = own(static_cast<trt::IRuntime*>(library.create_runtime(&library.logger, NV_TENSORRT_VERSION)));
  if (!library.runtime) return unsupported(library.logger.take_error("createInferRuntime failed"));
  return {};
}

}  // namespace mindird::engines::tensorrt
