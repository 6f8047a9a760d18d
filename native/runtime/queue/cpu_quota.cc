#include "runtime/queue/cpu_quota.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace mindird::runtime {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) return std::nullopt;
  return line;
}

/// "max 100000" or "150000 100000": the quota in CPUs, or nothing.
std::optional<double> quota_v2(const fs::path& folder) {
  const auto line = first_line(folder / "cpu.max");
  if (!line) return std::nullopt;
  std::istringstream in(*line);
  std::string quota;
  double period = 0;
  if (!(in >> quota >> period) || quota == "max" || period <= 0) return std::nullopt;
  const double value = std::strtod(quota.c_str(), nullptr);
  return value > 0 ? std::optional(value / period) : std::nullopt;
}

std::optional<double> quota_v1(const fs::path& folder) {
  const auto quota = first_line(folder / "cpu.cfs_quota_us");
  const auto period = first_line(folder / "cpu.cfs_period_us");
  if (!quota || !period) return std::nullopt;
  const double q = std::strtod(quota->c_str(), nullptr);
  const double p = std::strtod(period->c_str(), nullptr);
  return q > 0 && p > 0 ? std::optional(q / p) : std::nullopt;
}

/// The smallest quota from the process's own group up to the root: every level limits.
template <class Read>
void tighten(double& quota, const fs::path& mount, std::string group, Read read) {
  for (;;) {
    while (!group.empty() && group.front() == '/') group.erase(0, 1);
    if (const auto q = read(mount / group)) quota = std::min(quota, *q);
    if (group.empty()) return;
    const size_t slash = group.rfind('/');
    group = slash == std::string::npos ? std::string() : group.substr(0, slash);
  }
}

bool lists_cpu(const std::string& controllers) {
  std::istringstream in(controllers);
  for (std::string name; std::getline(in, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

int CpuLimits::threads() const { return std::max(1, std::min(cpus, static_cast<int>(quota))); }

CpuLimits read_cpu_limits(const fs::path& root) {
  CpuLimits out;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) out.cpus = std::max(1, CPU_COUNT(&mask));
  out.quota = out.cpus;

  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // "0::/path" is version 2; "4:cpu,cpuacct:/path" is version 1.
    const size_t first = line.find(':');
    const size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) tighten(out.quota, mount, group, quota_v2);
    if (!lists_cpu(controllers)) continue;
    tighten(out.quota, mount / "cpu", group, quota_v1);
    tighten(out.quota, mount / "cpu,cpuacct", group, quota_v1);
  }
  return out;
}

}  // namespace mindird::runtime
