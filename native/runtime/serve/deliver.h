// Answers on their way to whoever asked. Each request gets exactly one, even where memory runs short for a moment.
#pragma once

#include <vector>

#include "runtime/queue/request.h"

namespace mindird::runtime {

/// Sends outcomes to the sinks of their requests, one call per sink, and empties `requests`. Waits for memory it needs.
void deliver(std::vector<RequestPtr>& requests, BatchResult result);

/// Gives each request the same error; entries that are null have been answered.
void deliver_error(std::vector<RequestPtr>&& requests, uint32_t model, const Status& status);

/// Errors that are there whatever becomes of memory.
const Status& not_ready_status();
const Status& expired_status();
const Status& cancelled_status();

}  // namespace mindird::runtime
