// What writer and reader of plan files agree on beside the manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mindird::plan {

/// The last two digits are the version of the format; what comes before them marks a plan file of any version.
inline constexpr std::string_view kPlanMagic = "MDPLAN02";
inline constexpr size_t kPlanMark = 6;
inline constexpr size_t kPlanHeader = 24;
inline constexpr size_t kPlanAlignment = 64;

/// Zeros that follow `size` bytes.
inline constexpr size_t plan_padding(size_t size) { return (kPlanAlignment - size % kPlanAlignment) % kPlanAlignment; }

}  // namespace mindird::plan
