// Streams of the test libcuda: a thread each, which does what was put on the stream in order. While a stream is captured, work goes to a graph
// instead.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mindird::test_cuda {

using Work = std::function<void()>;

struct Graph {
  std::vector<Work> work;
};

class Stream {
 public:
  Stream();
  ~Stream();

  void push(Work work);
  /// Waits until everything pushed so far is done.
  void synchronize();
  bool capturing() const { return capturing_; }
  void begin_capture();
  Graph* end_capture();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool busy_ = false;
  bool ended_ = false;
  bool capturing_ = false;
  std::vector<Work> captured_;
  std::thread thread_;
};

}  // namespace mindird::test_cuda
