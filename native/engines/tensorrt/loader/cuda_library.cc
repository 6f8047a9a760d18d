#include "engines/tensorrt/loader/cuda_library.h"

#include <dlfcn.h>
#include <link.h>

#include <array>

#include "base/strings.h"

namespace mindird::engines::tensorrt {
namespace {

Status bind(void* library, const char* symbol, void** to) {
  *to = dlsym(library, symbol);
  return *to ? Status() : unsupported(str("libcuda.so.1: no function ", symbol, "; the driver is too old"));
}

Status check(const CudaApi& api, const char* function, CuResult result) {
  if (result == kCuSuccess) return {};
  const char* name = nullptr;
  if (api.error_name(result, &name) != kCuSuccess || !name) name = "unknown error";
  return unsupported(str(function, ": ", name, " (", result, ")"));
}

Result<Device> describe(const CudaApi& api, int32_t ordinal, int32_t driver, bool blocks) {
  Device out;
  out.ordinal = ordinal;
  out.driver = driver;
  CuDevice device = 0;
  std::array<char, 256> name{};
  TRY(check(api, "cuDeviceGet", api.device_get(&device, ordinal)));
  TRY(check(api, "cuDeviceGetName", api.device_name(name.data(), static_cast<int32_t>(name.size() - 1), device)));
  TRY(check(api, "cuDeviceGetAttribute", api.device_attribute(&out.major, kCuMajor, device)));
  TRY(check(api, "cuDeviceGetAttribute", api.device_attribute(&out.minor, kCuMinor, device)));
  TRY(check(api, "cuDeviceTotalMem", api.device_memory(&out.memory, device)));
  if (ordinal == 0) {
    TRY(check(api, "cuDevicePrimaryCtxSetFlags", api.context_flags(device, blocks ? kCuScheduleBlocking : kCuScheduleSpin)));
    TRY(check(api, "cuDevicePrimaryCtxRetain", api.context_retain(&out.context, device)));
  }
  out.name = name.data();
  return out;
}

}  // namespace

Result<CudaLibrary> load_cuda(const std::string& file, bool blocks) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) return unsupported(str("no CUDA driver: ", dlerror()));
  CudaLibrary out;
  const link_map* map = nullptr;
  out.file = dlinfo(library, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0 ? map->l_name : file;
#define MINDIRD_CUDA_BIND(name, symbol, parameters) TRY(bind(library, symbol, reinterpret_cast<void**>(&out.api.name)));
  MINDIRD_CUDA_FUNCTIONS(MINDIRD_CUDA_BIND)
#undef MINDIRD_CUDA_BIND
  int32_t driver = 0;
  int32_t count = 0;
  TRY(check(out.api, "cuInit", out.api.init(0)));
  TRY(check(out.api, "cuDriverGetVersion", out.api.driver_version(&driver)));
  TRY(check(out.api, "cuDeviceGetCount", out.api.device_count(&count)));
  if (count < 1) return unsupported("the CUDA driver found no device");
  for (int32_t i = 0; i < count; ++i) {
    TRY_ASSIGN(Device device, describe(out.api, i, driver, blocks));
    out.devices.push_back(std::move(device));
  }
  return out;
}

}  // namespace mindird::engines::tensorrt
