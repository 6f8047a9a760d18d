// The band of diagonals that MatrixDiagV3, MatrixDiagPartV3 and MatrixSetDiagV3 share: diagonal k of a matrix starts at column k in the first row, or for
// negative k at row -k in the first column. Diagonals of several lengths lie in lines as long as the longest, at the left or the right end.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

struct Band {
  int64_t low = 0;
  int64_t high = 0;
  int64_t rows = 0;
  int64_t columns = 0;
  bool upper_left = false;  // diagonals above the main one lie at the left end
  bool lower_left = true;   // those below it

  int64_t count() const { return high - low + 1; }
  /// Elements of diagonal d.
  int64_t length(int64_t d) const;
  /// Elements of the longest.
  int64_t longest() const;
  /// Where row i, column j of the matrix lies among [count, longest] elements; nothing outside of the band.
  std::optional<int64_t> place(int64_t i, int64_t j) const;
};

/// low and high from argument `k` (one number or two) and the alignment; the sizes are not set.
Result<Band> band_of(Call& call, size_t position);
/// Refuses bands that do not lie within the matrix.
Status check_band(const Band& band);

}  // namespace mindird::mindir
