#include "addon/env_state.h"

#include <thread>

#include "addon/convert.h"
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

/// The entries of one outcome in `shapes` and `buffers` of the completion.
void set_outputs(Napi::Env env, runtime::RequestOutcome& outcome, uint32_t index, Napi::Array& shapes, Napi::Array& buffers) {
  shapes.Set(index, env.Null());
  buffers.Set(index, env.Null());
  if (!outcome.status.ok()) return;
  Napi::Array own_shapes = Napi::Array::New(env, outcome.shapes.size());
  for (uint32_t o = 0; o < outcome.shapes.size(); ++o) own_shapes.Set(o, shape_array(env, outcome.shapes[o]));
  shapes.Set(index, own_shapes);
  bool allocated = false;
  for (const auto& b : outcome.buffers) allocated = allocated || b.has_value();
  if (!allocated) return;
  Napi::Array own_buffers = Napi::Array::New(env, outcome.buffers.size());
  for (uint32_t o = 0; o < outcome.buffers.size(); ++o) own_buffers.Set(o, buffer_value(env, outcome.buffers[o]));
  buffers.Set(index, own_buffers);
}

}  // namespace

EnvState::EnvState(Napi::Env env) : env_(env) {
  napi_value name = Napi::String::New(env, "mindird");
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_wake, &wake_);
  napi_unref_threadsafe_function(env, wake_);
  mailbox_->open(wake_);
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
  for (uint32_t i = 0; i < count; ++i) {
    runtime::RequestOutcome& outcome = result.outcomes[i];
    unpin(outcome.ticket);
    tickets.Set(i, number(env, static_cast<int64_t>(outcome.ticket)));
    queue.Set(i, number(env, outcome.queue_ns));
    errors.Set(i, outcome.status.ok() ? env.Null() : Napi::Value(error_record(env, outcome.status)));
    set_outputs(env, outcome, i, shapes, buffers);
  }
  if (handler_.IsEmpty()) return;
  Napi::Object batch = Napi::Object::New(env);
  batch.Set("model", number(env, result.model));
  batch.Set("rows", number(env, result.rows));
  batch.Set("paddedRows", number(env, result.padded_rows));
  batch.Set("gatherNs", number(env, result.gather_ns));
  batch.Set("computeNs", number(env, result.compute_ns));
  batch.Set("scatterNs", number(env, result.scatter_ns));
  batch.Set("dispatchNs", number(env, result.device.dispatch));
  batch.Set("toDeviceNs", number(env, result.device.to_device));
  batch.Set("deviceNs", number(env, result.device.compute));
  batch.Set("toHostNs", number(env, result.device.to_host));
  batch.Set("tickets", tickets);
  batch.Set("queueNs", queue);
  batch.Set("errors", errors);
  batch.Set("shapes", shapes);
  batch.Set("buffers", buffers);
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

void EnvState::pin(uint64_t ticket, Pinned pinned) {
  pinned_.emplace(ticket, std::move(pinned));
  keep_loop_alive(1);
}

void EnvState::unpin(uint64_t ticket) {
  if (pinned_.erase(ticket) > 0) keep_loop_alive(-1);
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
    std::thread(std::move(job)).detach();
  }
  return deferred->Promise();
}

}  // namespace mindird::addon
