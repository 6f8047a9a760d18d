// What the steps of an executable do and how their kernels were chosen, for profiles. Engines that know it implement Explained beside Executable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mindird::engines {

/// A kernel and the time it took when it was measured against others.
struct TimedKernel {
  std::string name;
  int64_t nanoseconds = 0;
};

/// A node with what its steps absorbed.
struct WorkFacts {
  std::vector<std::string> nodes;   // origins in the model file, each once
  double operations = 0;            // additions and multiplications of a sum of products; 0 of everything else
  double bytes = 0;                 // inputs, weights and outputs, each once; of tables that are looked up in, what is read
  std::string chosen;               // the kernel, where several were possible
  std::vector<TimedKernel> rivals;  // all of them with their times, where they were measured
};

struct Explanation {
  std::vector<WorkFacts> work;
  std::vector<size_t> step_work;  // one per step, in the order of Executable::steps()
  std::vector<int> step_threads;  // one per step
};

class Explained {
 public:
  virtual ~Explained() = default;
  virtual Explanation explain() const = 0;
};

}  // namespace mindird::engines
