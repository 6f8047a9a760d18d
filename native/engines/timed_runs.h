// Times on a device: events between the parts of a run tell them, which cost the device a little each, so that not every run is timed.
#pragma once

namespace mindird::engines {

/// Contexts of devices implement it beside Context.
class TimedRuns {
 public:
  virtual ~TimedRuns() = default;
  /// Whether the next runs are timed; at first they are not. Of a run that is not, device_times() has the dispatch alone.
  virtual void time_runs(bool on) = 0;
};

}  // namespace mindird::engines
