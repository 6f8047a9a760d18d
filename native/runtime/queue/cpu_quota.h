// How many CPUs this process may use: the smaller of its affinity mask and its container's quota (cgroup v1 and v2).
#pragma once

#include <filesystem>

namespace mindird::runtime {

struct CpuLimits {
  int cpus = 1;      // in the affinity mask
  double quota = 1;  // CPUs' worth of time per period; equal to cpus when there is no quota
  /// Threads worth starting: the quota rounded down, at least 1.
  int threads() const;
};

/// `root` is the root of the file system ("/" outside tests); reads proc/self/cgroup and the cgroup files below sys/fs/cgroup.
CpuLimits read_cpu_limits(const std::filesystem::path& root = "/");

}  // namespace mindird::runtime
