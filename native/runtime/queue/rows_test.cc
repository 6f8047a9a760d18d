#include "runtime/queue/rows.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tensor/half.h"

namespace mindird::runtime {
namespace {

constexpr int64_t kWidth = 9;

/// A plan of four rows without steps, whose output is its input; `narrow`: it has that in f16 where requests have f32.
PlanPtr copying(bool narrow) {
  plan::PlanSlot slot;
  slot.type = {narrow ? DType::kF16 : DType::kF32, {4, kWidth}};
  if (narrow) slot.outside = DType::kF32;
  auto out = std::make_shared<PlanEntry>();
  out->rows = 4;
  out->plan = std::make_shared<const plan::ExecutionPlan>(std::vector<plan::PlanSlot>{slot}, std::vector<plan::PlanStep>(), std::vector<size_t>{0},
                                                          std::vector<size_t>{0});
  return out;
}

/// Numbers that f16 has, the first of a request `first`.
std::vector<float> numbers(float first, int64_t rows) {
  std::vector<float> out;
  for (int64_t i = 0; i < rows * kWidth; ++i) out.push_back(first + 0.5F * static_cast<float>(i));
  return out;
}

class Rows : public testing::TestWithParam<bool> {};

TEST_P(Rows, OfSeveralRequestsGoInAndComeBack) {
  const PlanPtr entry = copying(GetParam());
  const PlanEntry& plan = *entry;
  const std::vector<float> first = numbers(-7, 1);
  const std::vector<float> second = numbers(100, 5);
  std::vector<Request> requests(2);
  std::vector<RequestOutcome> outcomes(2);
  std::vector<float> target(first.size());
  requests[0].inputs = {std::as_bytes(std::span(first))};
  requests[0].outputs = {{OutputTarget::Kind::kWrite, std::as_writable_bytes(std::span(target))}};
  requests[1].inputs = {std::as_bytes(std::span(second))};
  requests[1].rows = 5;
  requests[1].outputs = {{OutputTarget::Kind::kAllocate, {}}};
  // Of the second the rows from 3 on: two, behind those of the first; the last is repeated.
  const std::vector<Part> parts = {{&requests[0], &outcomes[0], 0, 1}, {&requests[1], &outcomes[1], 3, 2}};
  // The part with its first rows makes the memory.
  outcomes[1].shapes = {Shape{5, kWidth}};
  outcomes[1].buffers.emplace_back(Buffer::allocate(second.size() * sizeof(float)).value());
  const TensorType& type = plan.plan->slots()[0].type;
  std::vector<std::byte> memory(type.bytes() + 1, std::byte{0x55});
  const Tensor tensor{type, memory.data()};
  gather_input(parts, 0, plan, tensor);
  EXPECT_EQ(memory.back(), std::byte{0x55});
  std::vector<float> want = first;
  want.insert(want.end(), second.begin() + 3 * kWidth, second.end());
  want.insert(want.end(), second.end() - kWidth, second.end());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(GetParam() ? static_cast<float>(tensor.as<Half>()[i]) : tensor.as<float>()[i], want[i]) << i;

  scatter(parts, std::span(&tensor, 1), plan);
  for (const RequestOutcome& outcome : outcomes) EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_EQ(target, first);
  const size_t from = 3 * kWidth * sizeof(float);
  EXPECT_EQ(std::memcmp(outcomes[1].buffers[0]->data() + from, reinterpret_cast<const std::byte*>(second.data()) + from, 2 * kWidth * sizeof(float)), 0);
}

TEST_P(Rows, MemoryOfTheWrongSizeIsRefused) {
  const PlanPtr entry = copying(GetParam());
  const PlanEntry& plan = *entry;
  const std::vector<float> given = numbers(1, 4);
  std::vector<std::byte> target(4 * kWidth * 2);
  Request request;
  RequestOutcome outcome;
  request.rows = 4;
  request.inputs = {std::as_bytes(std::span(given))};
  request.outputs = {{OutputTarget::Kind::kWrite, target}};
  const Part part{&request, &outcome, 0, 4};
  std::vector<std::byte> memory(plan.plan->slots()[0].type.bytes());
  const Tensor tensor{plan.plan->slots()[0].type, memory.data()};
  scatter(std::span(&part, 1), std::span(&tensor, 1), plan);
  EXPECT_EQ(outcome.status.message(), "output needs 144 bytes, the destination has 72");
}

INSTANTIATE_TEST_SUITE_P(Narrow, Rows, testing::Bool());

}  // namespace
}  // namespace mindird::runtime
