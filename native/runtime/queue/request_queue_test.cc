#include "runtime/queue/request_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "runtime/plans/plan_entry.h"

namespace mindird::runtime {
namespace {

RequestPtr request(uint64_t ticket, int64_t rows = 1, int64_t enqueued = 0, int64_t deadline = 0, int32_t priority = 0) {
  auto r = std::make_unique<Request>();
  r->ticket = ticket;
  r->rows = rows;
  r->enqueued_ns = enqueued;
  r->deadline_ns = deadline;
  r->priority = priority;
  return r;
}

std::vector<uint64_t> tickets(const std::vector<RequestPtr>& batch) {
  std::vector<uint64_t> out;
  for (const auto& r : batch) out.push_back(r->ticket);
  return out;
}

using Tickets = std::vector<uint64_t>;

TEST(RequestQueue, TakesOneByOneWithoutBatching) {
  RequestQueue q;
  q.push(request(1));
  q.push(request(2));
  EXPECT_EQ(tickets(q.take(0, {1, 0}).batch), Tickets{1});
  EXPECT_EQ(tickets(q.take(0, {1, 0}).batch), Tickets{2});
  EXPECT_TRUE(q.take(0, {1, 0}).batch.empty());
}

TEST(RequestQueue, WaitingRequestsFollowTheirPlanToItsSuccessor) {
  RequestQueue q;
  const auto former = std::make_shared<const PlanEntry>();
  const auto other = std::make_shared<const PlanEntry>();
  const auto fresh = std::make_shared<const PlanEntry>();
  for (uint64_t t = 1; t <= 3; ++t) {
    q.push(request(t));
    auto with_plan = request(t + 10);
    with_plan->plan = t == 2 ? other : former;
    q.push(std::move(with_plan));
  }
  q.replace_plan(former.get(), fresh);
  std::vector<std::shared_ptr<const PlanEntry>> plans;
  std::vector<RequestPtr> all;
  q.take_all(all);
  for (RequestPtr& r : all) plans.push_back(r->plan);
  EXPECT_EQ(plans, (std::vector<std::shared_ptr<const PlanEntry>>{nullptr, fresh, nullptr, other, nullptr, fresh}));
}

TEST(RequestQueue, CombinesWhatIsThereUpToTheLimit) {
  RequestQueue q;
  for (uint64_t t = 1; t <= 5; ++t) q.push(request(t));
  EXPECT_EQ(tickets(q.take(0, {4, 0}).batch), (Tickets{1, 2, 3, 4}));
  EXPECT_EQ(tickets(q.take(0, {4, 0}).batch), Tickets{5});
}

TEST(RequestQueue, KeepsOrderWhenTheNextDoesNotFit) {
  RequestQueue q;
  q.push(request(1, 3));
  q.push(request(2, 2));
  q.push(request(3, 1));
  EXPECT_EQ(tickets(q.take(0, {4, 0}).batch), Tickets{1});
  EXPECT_EQ(tickets(q.take(0, {4, 0}).batch), (Tickets{2, 3}));
}

TEST(RequestQueue, WaitsForCompanyOnlyAsLongAsAllowed) {
  RequestQueue q;
  q.push(request(1, 1, 100));
  const Taken early = q.take(150, {4, 1000});
  EXPECT_TRUE(early.batch.empty());
  EXPECT_EQ(early.wait_until, 1100);
  EXPECT_EQ(tickets(q.take(1100, {4, 1000}).batch), Tickets{1});
}

TEST(RequestQueue, AFullBatchDoesNotWait) {
  RequestQueue q;
  q.push(request(1, 2, 100));
  q.push(request(2, 2, 100));
  EXPECT_EQ(q.take(100, {4, 1000}).batch.size(), 2U);
}

TEST(RequestQueue, PriorityOneIsFirstAndDefaultIsLast) {
  RequestQueue q;
  q.push(request(1, 1, 0, 0, 0));
  q.push(request(2, 1, 0, 0, 5));
  q.push(request(3, 1, 0, 0, 1));
  EXPECT_EQ(tickets(q.take(0, {3, 0}).batch), (Tickets{3, 2, 1}));
}

TEST(RequestQueue, WaitingForCompanyEndsWhenADeadlineDemandsIt) {
  constexpr int64_t kMs = 1'000'000;
  RequestQueue q;
  q.push(request(1, 1, 0));
  q.push(request(2, 1, 0, 100 * kMs));
  const BatchPolicy policy{8, 1000 * kMs};
  // A quarter of the deadline is left, and what two rows take.
  const auto expected = [](int64_t rows) { return rows * 10 * kMs; };
  EXPECT_EQ(q.take(0, policy).wait_until, 75 * kMs);
  EXPECT_EQ(q.take(0, policy, expected).wait_until, 55 * kMs);
  EXPECT_TRUE(q.take(54 * kMs, policy, expected).batch.empty());
  EXPECT_EQ(tickets(q.take(55 * kMs, policy, expected).batch), (Tickets{1, 2}));
  // One that leaves no time is begun at once; one that is far ends no wait.
  q.push(request(3, 1, 0, 12 * kMs));
  EXPECT_EQ(tickets(q.take(0, policy, expected).batch), Tickets{3});
  q.push(request(4, 1, 0, 60'000 * kMs));
  EXPECT_EQ(q.take(0, policy, expected).wait_until, 1000 * kMs);
}

TEST(RequestQueue, ARequestThatWaitsRisesUntilNobodyPassesIt) {
  // As many requests of the first priority come as can be served, one a millisecond.
  constexpr int64_t kMs = 1'000'000;
  RequestQueue q;
  q.push(request(1));
  q.push(request(2, 1, 0, 0, 2));
  std::vector<int64_t> served(3, -1);
  for (int64_t now = 0; now < 2 * kHeadStartNs; now += kMs) {
    q.push(request(100, 1, now, 0, 1));
    for (const uint64_t t : tickets(q.take(now, {1, 0}).batch)) {
      if (t < 3) served[t] = now;
    }
  }
  EXPECT_EQ(served[2], kHeadStartNs / 2 + kMs);
  EXPECT_EQ(served[1], kHeadStartNs + 2 * kMs);
}

TEST(RequestQueue, NobodyIsPassedByWhatCameAHeadStartLater) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    RequestQueue q;
    std::map<uint64_t, int64_t> waiting;
    uint64_t next = 1;
    for (int64_t now = 0; now < 4 * kHeadStartNs; now += static_cast<int64_t>(random() % (kHeadStartNs / 50))) {
      for (uint64_t more = random() % 3; more > 0; --more) {
        waiting[next] = now;
        q.push(request(next++, 1, now, 0, static_cast<int32_t>(random() % 5)));
      }
      for (const uint64_t t : tickets(q.take(now, {1, 0}).batch)) {
        const int64_t arrived = waiting[t];
        waiting.erase(t);
        for (const auto& [other, at] : waiting) EXPECT_GE(at + kHeadStartNs, arrived) << other << " was passed by " << t;
      }
    }
  }
}

TEST(RequestQueue, EveryPriorityHasAPlaceOfItsOwn) {
  int64_t last = -1;
  for (const int32_t priority : {1, 2, 3, 10, 11, 100, 1000, 0}) {
    const int64_t place = place_of(*request(1, 1, 7, 0, priority));
    EXPECT_GT(place, last) << priority;
    last = place;
  }
  EXPECT_EQ(last, 7 + kHeadStartNs);
}

TEST(RequestQueue, ExpiredRequestsAreFoundByDeadline) {
  RequestQueue q;
  q.push(request(1, 1, 0, 500));
  q.push(request(2, 1, 0, 100));
  q.push(request(3));
  EXPECT_EQ(q.next_deadline(), 100);
  EXPECT_EQ(tickets(q.take_expired(100)), Tickets{2});
  EXPECT_EQ(tickets(q.take_expired(99)), Tickets{});
  EXPECT_EQ(q.size(), 2U);
}

TEST(RequestQueue, CancelTakesOnlyWhatWaits) {
  RequestQueue q;
  q.push(request(1));
  q.push(request(2));
  EXPECT_EQ(q.cancel(2)->ticket, 2U);
  EXPECT_EQ(q.cancel(2), nullptr);
  EXPECT_EQ(tickets(q.take(0, {8, 0}).batch), Tickets{1});
  EXPECT_EQ(q.cancel(1), nullptr);
}

TEST(RequestQueue, EveryRequestLeavesExactlyOnceWhateverHappens) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    RequestQueue q;
    uint64_t next = 1;
    std::vector<int> seen(200, 0);
    const auto count = [&](const std::vector<RequestPtr>& requests) {
      for (const auto& r : requests) ++seen[r->ticket];
    };
    for (int64_t now = 0; now < 100; ++now) {
      const int64_t deadline = random() % 3 == 0 ? now + static_cast<int64_t>(random() % 20) : 0;
      q.push(request(next++, 1 + random() % 4, now, deadline, static_cast<int32_t>(random() % 3)));
      count(q.take_expired(now));
      if (random() % 4 == 0) {
        if (RequestPtr r = q.cancel(1 + random() % next)) ++seen[r->ticket];
      }
      if (random() % 2 == 0) {
        const Taken taken = q.take(now, {4, static_cast<int64_t>(random() % 10)});
        int64_t rows = 0;
        for (const auto& r : taken.batch) {
          rows += r->rows;
          EXPECT_TRUE(r->deadline_ns == 0 || r->deadline_ns > now);
        }
        EXPECT_LE(rows, 4);
        count(taken.batch);
      }
    }
    std::vector<RequestPtr> all;
    q.take_all(all);
    count(all);
    EXPECT_EQ(q.size(), 0U);
    EXPECT_FALSE(q.next_deadline());
    for (uint64_t t = 1; t < next; ++t) EXPECT_EQ(seen[t], 1);
  }
}

}  // namespace
}  // namespace mindird::runtime
