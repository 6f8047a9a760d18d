#include "engines/tensorrt/timeline.h"

namespace mindird::engines::tensorrt {

Result<Timeline> Timeline::make(const CudaApi& cuda) {
  Timeline out;
  out.cuda_ = &cuda;
  for (Event& event : out.events_) {
    TRY_ASSIGN(event, make_event(cuda));
  }
  return out;
}

Status Timeline::record(Mark mark, CuStream stream, bool captured) const {
  const CuEvent event = events_[static_cast<size_t>(mark)].get();
  return check(*cuda_, "cuEventRecordWithFlags", cuda_->event_record(event, stream, captured ? kCuEventRecordExternal : kCuEventRecordDefault));
}

Status Timeline::read(DeviceTimes& times) const {
  const std::array<int64_t*, 3> stages = {&times.to_device, &times.compute, &times.to_host};
  for (size_t i = 0; i < stages.size(); ++i) {
    float milliseconds = 0;
    TRY(check(*cuda_, "cuEventElapsedTime", cuda_->event_elapsed(&milliseconds, events_[i].get(), events_[i + 1].get())));
    *stages[i] = static_cast<int64_t>(static_cast<double>(milliseconds) * 1e6);
  }
  return {};
}

}  // namespace mindird::engines::tensorrt
