// What the primitives of linear algebra are made of. Matrices lie in the last two dims.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// Input `position`, of rank 2 or more and known size.
Result<ir::ValueId> matrix_input(Call& call, size_t position);
int64_t rows_of(const Call& call, ir::ValueId x);
int64_t columns_of(const Call& call, ir::ValueId x);

Result<ir::ValueId> multiply(Call& call, ir::ValueId x, ir::ValueId y, bool transpose_x = false, bool transpose_y = false);
Result<ir::ValueId> swap_last_dims(Call& call, ir::ValueId x);
/// One matrix of ones on the diagonal, with as many rows and columns as x and its element type, [n, n].
Result<ir::ValueId> identity_like(Call& call, ir::ValueId x);
Result<ir::ValueId> triangle(Call& call, ir::ValueId x, bool upper, int64_t diagonal);
/// A vector in the last dim as a column, [..., n] to [..., n, 1]; and back.
Result<ir::ValueId> as_column(Call& call, ir::ValueId x);
Result<ir::ValueId> as_vector(Call& call, ir::ValueId x);
/// The diagonal [..., n] of square matrices [..., n, n].
Result<ir::ValueId> diagonal_of(Call& call, ir::ValueId x);

struct Triangular {
  bool lower = true;
  bool transpose = false;
  bool unit_diagonal = false;
};
Result<ir::ValueId> solve_triangular(Call& call, ir::ValueId a, ir::ValueId b, Triangular how);

/// The factors of square matrices; `permutation` [..., n] orders the rows of A into those of L U.
struct Lu {
  ir::ValueId factors;
  ir::ValueId pivots;
  ir::ValueId permutation;
};
Result<Lu> factor_lu(Call& call, ir::ValueId a);
Result<ir::ValueId> permutation_of(Call& call, ir::ValueId pivots, int64_t size);
/// Rows of x [..., n, k] in the order of a permutation [..., n].
Result<ir::ValueId> permute_rows(Call& call, ir::ValueId x, ir::ValueId permutation);
/// X with L U X = B, where B is in the order of the factors already.
Result<ir::ValueId> substitute(Call& call, ir::ValueId factors, ir::ValueId b);
/// The inverse of square matrices.
Result<ir::ValueId> inverse(Call& call, ir::ValueId a);

}  // namespace mindird::mindir
