// Requests to the digits model of the demo repository, and a sink that gathers what comes back, for the tests of models.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/queue/request.h"

namespace mindird::runtime {

class Collector final : public CompletionSink {
 public:
  void complete(BatchResult&& result) override {
    const std::lock_guard lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      throw std::bad_alloc();
    }
    for (RequestOutcome& outcome : result.outcomes) outcomes_[outcome.ticket] = std::move(outcome);
    rows_.push_back(result.rows);
    changed_.notify_all();
  }
  RequestOutcome wait(uint64_t ticket) {
    std::unique_lock lock(mutex_);
    const bool there = changed_.wait_for(lock, std::chrono::seconds(60), [&] { return outcomes_.contains(ticket); });
    EXPECT_TRUE(there) << "ticket " << ticket;
    return there ? std::move(outcomes_[ticket]) : RequestOutcome{};
  }
  /// So many calls find no memory.
  void fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }
  int failures_left() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  std::vector<int64_t> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<uint64_t, RequestOutcome> outcomes_;
  std::vector<int64_t> rows_;
  int failures_ = 0;
};

/// A model that takes an image of any size, or anything else: a plan is made for each shape asked for.
inline std::string any_shape_model() { return std::string(MINDIRD_SOURCE_DIR) + "/test/ops/dynamic_rank.mindir"; }

/// A request whose every image element is its ticket; `images` keeps its memory.
inline RequestPtr image_request(std::list<std::vector<float>>& images, std::shared_ptr<CompletionSink> sink, uint64_t ticket, int64_t rows) {
  constexpr size_t kImage = 32 * 32;
  images.emplace_back(static_cast<size_t>(rows) * kImage, static_cast<float>(ticket));
  auto r = std::make_unique<Request>();
  r->ticket = ticket;
  r->inputs = {std::as_bytes(std::span(images.back()))};
  r->shapes = {Shape{rows, 1, 32, 32}};
  r->outputs.resize(1);
  r->sink = std::move(sink);
  return r;
}

}  // namespace mindird::runtime
