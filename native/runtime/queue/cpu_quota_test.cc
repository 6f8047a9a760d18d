#include "runtime/queue/cpu_quota.h"

#include <gtest/gtest.h>

#include <fstream>

#include "test/temporary_folder.h"

namespace mindird::runtime {
namespace {

namespace fs = std::filesystem;

class CpuQuota : public ::testing::Test {
 protected:
  void file(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  const test::TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(CpuQuota, WithoutCgroupsTheAffinityMaskCounts) {
  const CpuLimits limits = read_cpu_limits(root_);
  EXPECT_GE(limits.cpus, 1);
  EXPECT_EQ(limits.quota, limits.cpus);
  EXPECT_EQ(limits.threads(), limits.cpus);
}

TEST_F(CpuQuota, ReadsVersion2) {
  file("proc/self/cgroup", "0::/pods/a\n");
  file("sys/fs/cgroup/pods/a/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(read_cpu_limits(root_).quota, 0.5);
  EXPECT_EQ(read_cpu_limits(root_).threads(), 1);
}

TEST_F(CpuQuota, TheTightestLevelCounts) {
  file("proc/self/cgroup", "0::/pods/a\n");
  file("sys/fs/cgroup/pods/a/cpu.max", "max 100000\n");
  file("sys/fs/cgroup/pods/cpu.max", "75000 100000\n");
  EXPECT_DOUBLE_EQ(read_cpu_limits(root_).quota, 0.75);
}

TEST_F(CpuQuota, ReadsVersion1) {
  file("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/1\n");
  file("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "25000\n");
  file("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(read_cpu_limits(root_).quota, 0.25);
}

TEST_F(CpuQuota, AContainerSeesItsGroupAtTheMount) {
  file("proc/self/cgroup", "0::/\n");
  file("sys/fs/cgroup/cpu.max", "10000 100000\n");
  EXPECT_DOUBLE_EQ(read_cpu_limits(root_).quota, 0.1);
}

TEST_F(CpuQuota, NonsenseIsNoQuota) {
  file("proc/self/cgroup", "0::/\nnonsense\n");
  file("sys/fs/cgroup/cpu.max", "-5 x\n");
  const CpuLimits limits = read_cpu_limits(root_);
  EXPECT_EQ(limits.quota, limits.cpus);
}

}  // namespace
}  // namespace mindird::runtime
