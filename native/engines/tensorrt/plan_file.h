// A serialized engine with what it was made with in front of it. TensorRT crashes or misbehaves on plans of another version or device, so both
// are compared before it sees a byte.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace mindird::engines::tensorrt {

/// Names and values that must be equal for a plan to run: TensorRT's version, the device, its capability, the driver.
using PlanTraits = std::vector<std::pair<std::string, std::string>>;

/// Names and values that say how the engine was made and are compared with nothing.
using PlanNotes = std::vector<std::pair<std::string, std::string>>;

std::vector<std::byte> write_plan(const PlanTraits& traits, std::span<const std::byte> engine, const PlanNotes& notes = {});

/// What stands in front of the engine in a file that read_plan() takes: enough for plan_notes(), and for the same file around another form of the engine.
std::vector<std::byte> plan_head(std::span<const std::byte> file);
std::vector<std::byte> write_plan(std::span<const std::byte> head, std::span<const std::byte> engine);

/// Whether the bytes are what was written: to be found out by the file's checksum, or known from whoever keeps them.
enum class Content { kUnchecked, kChecked };

/// The engine's bytes within `file`. An error names what differs, as "device A100, here H200", or what is broken.
Result<std::span<const std::byte>> read_plan(const PlanTraits& traits, std::span<const std::byte> file, Content content = Content::kUnchecked);

/// The notes of a file read_plan() takes; of another one, any or none.
PlanNotes plan_notes(std::span<const std::byte> file);

}  // namespace mindird::engines::tensorrt
