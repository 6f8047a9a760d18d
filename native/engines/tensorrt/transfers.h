// How the inputs and outputs of one context get to the device and back.
//
//   direct     caller's memory ────────────────copy──► device      the memory is page-locked and the same at every run:
//   an instance's arena staged     caller's memory ─memcpy─► staging ─copy─► device    anything else on device device
//   another context's output is read where it lies, or nobody on the host reads it
//   several small ones are staged together and copied at once: a copy takes longer to begin than so few bytes take to be copied twice
//
// What is copied from and to where is settled by the first run, so that the copies can be part of a captured graph;
// memory that changes later makes its input or output a staged one, for good.
#pragma once

#include <vector>

#include "engines/engine.h"
#include "engines/tensorrt/executable.h"

namespace mindird::engines::tensorrt {

class Transfers {
 public:
  /// Allocates the device memory of all inputs and outputs.
  static Result<Transfers> make(const CudaApi& cuda, const Loaded& loaded);

  CuDevicePtr input(size_t i) const { return inputs_[i].device; }
  CuDevicePtr output(size_t i) const { return outputs_[i].device; }
  /// From now on the input is read at `device`, which this object does not own.
  void take_input(size_t i, CuDevicePtr device);
  void keep_output(size_t i) { outputs_[i].kind = Kind::kOnDevice; }

  /// Settles the ways for the memory of a run; `changed` says whether copies enqueued before are no longer right.
  Status settle(const RunArgs& args, bool& changed);
  void fill_staging(const RunArgs& args) const;
  void empty_staging(const RunArgs& args) const;
  Status copy_inputs(CuStream stream) const;
  Status copy_outputs(CuStream stream) const;

 private:
  enum class Kind : uint8_t { kOpen, kDirect, kStaged, kPacked, kOnDevice };
  struct Way {
    Kind kind = Kind::kOpen;
    CuDevicePtr device = 0;
    std::byte* host = nullptr;  // where copies begin or end
    size_t offset = 0;          // in the staging memory
    size_t bytes = 0;
  };
  /// Inputs or outputs.
  using Ways = std::vector<Way>;
  Status settle(Ways& ways, std::span<const Tensor> tensors, bool& changed);
  Status settle(Way& way, const Tensor& tensor, bool& changed);
  Status stage(Way& way, Kind kind);
  template <class Copy>
  Status copy_all(const Ways& ways, const Copy& copy) const;

  const CudaApi* cuda_ = nullptr;
  DeviceMemory memory_;
  Pinned staging_;  // made when first needed
  size_t staging_bytes_ = 0;
  Ways inputs_;
  Ways outputs_;
};

}  // namespace mindird::engines::tensorrt
