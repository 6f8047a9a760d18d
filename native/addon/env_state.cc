#include "addon/env_state.h"

#include <thread>

#include "addon/convert.h"
#include "base/give_way.h"
#include "base/guard.h"
#include "runtime/serve/host.h"

namespace mindird::addon {
namespace {

Napi::Number number(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

/// Hands a native buffer to JavaScript without copying it.
Napi::Value buffer_value(Napi::Env env, std::optional<Buffer>& buffer) {
  if (!buffer) return env.Null();
  auto* owned = new Buffer(std::move(*buffer));
  return Napi::ArrayBuffer::New(env, owned->data(), owned->size(), [](Napi::Env, void*, Buffer* b) { delete b; }, owned);
}

/// Shapes of outcomes as values; those of one batch are mostly equal and then one array.
class ShapeArrays {
 public:
  explicit ShapeArrays(Napi::Env env) : env_(env) {}
  Napi::Value of(const std::vector<Shape>& shapes) {
    if (!last_ || *last_ != shapes) {
      Napi::Array out = Napi::Array::New(env_, shapes.size());
      for (uint32_t o = 0; o < shapes.size(); ++o) out.Set(o, shape_array(env_, shapes[o]));
      value_ = out;
      last_ = &shapes;
    }
    return value_;
  }

 private:
  Napi::Env env_;
  const std::vector<Shape>* last_ = nullptr;
  Napi::Value value_;
};

/// One entry of `buffers`.
Napi::Value buffers_of(Napi::Env env, runtime::RequestOutcome& outcome) {
  bool allocated = false;
  for (const auto& b : outcome.buffers) allocated = allocated || b.has_value();
  if (!allocated) return env.Null();
  Napi::Array out = Napi::Array::New(env, outcome.buffers.size());
  for (uint32_t o = 0; o < outcome.buffers.size(); ++o) out.Set(o, buffer_value(env, outcome.buffers[o]));
  return out;
}

/// A function of the completion's fields, in the order in which deliver() gives them.
constexpr const char* kMakeBatch =
    "(function (model, rows, paddedRows, gatherNs, computeNs, scatterNs, dispatchNs, toDeviceNs, deviceNs, toHostNs, tickets, queueNs, errors, shapes, "
    "buffers) {"
    " return { model, rows, paddedRows, gatherNs, computeNs, scatterNs, dispatchNs, toDeviceNs, deviceNs, toHostNs, tickets, queueNs, errors, shapes, buffers "
    "}; })";

}  // namespace

EnvState::EnvState(Napi::Env env) : env_(env) {
  napi_value name = Napi::String::New(env, "mindird");
  // Freed by whichever of the two goes last; requests may complete between.
  auto* const mailbox = new std::shared_ptr<Mailbox>(mailbox_);
  const auto freed = [](napi_env, void* data, void*) {
    const std::unique_ptr<std::shared_ptr<Mailbox>> last(static_cast<std::shared_ptr<Mailbox>*>(data));
    (*last)->forget_wake();
  };
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, mailbox, freed, this, on_wake, &wake_);
  napi_unref_threadsafe_function(env, wake_);
  mailbox_->open(wake_);
  slots_ = Napi::Persistent(Napi::Object(Napi::Array::New(env)));
  make_batch_ = Napi::Persistent(env.RunScript(kMakeBatch).As<Napi::Function>());
}

EnvState::~EnvState() {
  for (auto& [ticket, pinned] : pinned_) {
    if (const auto model = pinned.model.lock()) model->cancel(ticket);
  }
  mailbox_->close_and_wait();
}

void EnvState::on_wake(napi_env env, napi_value, void* context, void*) {
  if (env != nullptr) static_cast<EnvState*>(context)->drain(env);
}

void EnvState::drain(Napi::Env env) {
  const Napi::HandleScope scope(env);
  for (runtime::BatchResult& result : mailbox_->take_results()) deliver(env, result);
  for (Mailbox::Task& task : mailbox_->take_tasks()) task(env);
}

void EnvState::deliver(Napi::Env env, runtime::BatchResult& result) {
  const Napi::HandleScope scope(env);
  const auto count = result.outcomes.size();
  Napi::Array tickets = Napi::Array::New(env, count);
  Napi::Array queue = Napi::Array::New(env, count);
  Napi::Array errors = Napi::Array::New(env, count);
  Napi::Array shapes = Napi::Array::New(env, count);
  Napi::Array buffers = Napi::Array::New(env, count);
  const Napi::Value null = env.Null();
  ShapeArrays shape_arrays(env);
  for (uint32_t i = 0; i < count; ++i) {
    runtime::RequestOutcome& outcome = result.outcomes[i];
    const bool ok = outcome.status.ok();
    unpin(outcome.ticket);
    tickets.Set(i, number(env, static_cast<int64_t>(outcome.ticket)));
    queue.Set(i, number(env, outcome.queue_ns));
    errors.Set(i, ok ? null : Napi::Value(error_record(env, outcome.status)));
    shapes.Set(i, ok ? shape_arrays.of(outcome.shapes) : null);
    buffers.Set(i, ok ? buffers_of(env, outcome) : null);
  }
  if (handler_.IsEmpty()) return;
  const Napi::Value batch = make_batch_.Call({number(env, result.model), number(env, result.rows), number(env, result.padded_rows),
                                              number(env, result.gather_ns), number(env, result.compute_ns), number(env, result.scatter_ns),
                                              number(env, result.timed ? result.device.dispatch : 0), number(env, result.device.to_device),
                                              number(env, result.device.compute), number(env, result.device.to_host), tickets, queue, errors, shapes, buffers});
  handler_.Call({batch});
  if (env.IsExceptionPending()) {
    // An exception in the handler must surface as an uncaught exception, not vanish here.
    napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }
}

void EnvState::keep_loop_alive(int delta) {
  if (open_work_ == 0 && delta > 0) napi_ref_threadsafe_function(env_, wake_);
  open_work_ += delta;
  if (open_work_ == 0) napi_unref_threadsafe_function(env_, wake_);
}

void EnvState::pin(uint64_t ticket, napi_value inputs, napi_value outputs, const std::shared_ptr<runtime::Model>& model) {
  if (free_slots_.empty()) free_slots_.push_back(slot_count_++);
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const Napi::Object slots = slots_.Value();
  napi_set_element(env_, slots, 2 * slot, inputs);
  napi_set_element(env_, slots, 2 * slot + 1, outputs);
  pinned_.emplace(ticket, Pinned{slot, model});
  keep_loop_alive(1);
}

void EnvState::unpin(uint64_t ticket) {
  const auto found = pinned_.find(ticket);
  if (found == pinned_.end()) return;
  const Napi::Object slots = slots_.Value();
  const napi_value nothing = env_.Undefined();
  napi_set_element(env_, slots, 2 * found->second.slot, nothing);
  napi_set_element(env_, slots, 2 * found->second.slot + 1, nothing);
  free_slots_.push_back(found->second.slot);
  pinned_.erase(found);
  keep_loop_alive(-1);
}

Napi::Promise EnvState::run(std::function<Result<Settle>()> work, bool on_builder) {
  auto deferred = std::make_shared<Napi::Promise::Deferred>(env_);
  keep_loop_alive(1);
  auto job = [mailbox = mailbox_, deferred, work = std::move(work)] {
    auto result = std::make_shared<Result<Settle>>(guarded([&] { return work(); }));
    mailbox->post([deferred, result](Napi::Env env) {
      EnvState::of(env).keep_loop_alive(-1);
      const Napi::HandleScope scope(env);
      if (result->ok()) {
        deferred->Resolve((**result)(env));
      } else {
        deferred->Reject(error_object(env, result->status()).Value());
      }
    });
  };
  if (on_builder) {
    runtime::Host::instance().build(std::move(job));
  } else {
    std::thread([job = std::move(job)] {
      give_way();
      job();
    }).detach();
  }
  return deferred->Promise();
}

}  // namespace mindird::addon
