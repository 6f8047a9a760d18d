// How the numbers of a graph follow its batch size, told from the graph at a batch size that stands for all of them (BatchProfiles::placeholder).
#pragma once

#include <optional>

#include "base/checked.h"

namespace mindird::engines {

/// Whether a number (a dim or an integer attribute) of the graph at the placeholder, which is at least 2, follows the batch: its multiples do.
inline bool grows_with_batch(int64_t symbolic, int64_t placeholder) { return symbolic != 0 && symbolic % placeholder == 0; }

/// What the number is at `rows` rows. Nothing when that does not fit in int64: graphs and rows may come from a file.
inline std::optional<int64_t> at_rows(int64_t symbolic, int64_t placeholder, int64_t rows) {
  return grows_with_batch(symbolic, placeholder) ? checked_mul(symbolic / placeholder, rows) : symbolic;
}

}  // namespace mindird::engines
