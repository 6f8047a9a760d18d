// What serialize() gives is as large as an engine's weights. Who has stored it lets it go.
#pragma once

namespace mindird::engines {

/// Executables that hold what serialize() gives implement it beside Executable.
class KeepsSerialized {
 public:
  virtual ~KeepsSerialized() = default;
  /// Frees it. serialize() then makes it anew, with the same meaning and perhaps other bytes. Any thread may call it.
  virtual void release_serialized() const = 0;
};

}  // namespace mindird::engines
