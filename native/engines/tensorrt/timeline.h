// When the stages of a run took place on the device, told by events on its stream.
#pragma once

#include <array>

#include "engines/engine.h"
#include "engines/tensorrt/cuda.h"

namespace mindird::engines::tensorrt {

/// The borders between stages, in the order they are passed.
enum class Mark : uint8_t { kBegin, kInputsCopied, kComputed, kOutputsCopied };

class Timeline {
 public:
  static Result<Timeline> make(const CudaApi& cuda);
  /// `captured`: the stream is being captured, and the event is to be recorded at every launch of the graph.
  Status record(Mark mark, CuStream stream, bool captured) const;
  /// Fills the device's times of a run that has been waited for.
  Status read(DeviceTimes& times) const;

 private:
  const CudaApi* cuda_ = nullptr;
  std::array<Event, 4> events_;
};

}  // namespace mindird::engines::tensorrt
