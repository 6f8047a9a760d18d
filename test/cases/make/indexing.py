"""Cases of looking elements up, diagonals, masks and distances: python indexing.py FOLDER (test/cases/primitives/indexing)."""
import sys

import mindspore as ms
import numpy as np
from mindspore.ops import operations as P
from mindspore.ops.auto_generate import gen_ops_prim as G
from mindspore.ops.operations import _inner_ops as I
from mindspore.ops.operations import array_ops as A
from mindspore.ops.operations import nn_ops as N
from mindspore.ops.operations import sparse_ops as S

from common import Apply, Cases

rng = np.random.default_rng(33)


def floats(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def whole(low, high, *shape, dtype=np.int32):
    return rng.integers(low, high, shape).astype(dtype)


def int32(value):
    return ms.Tensor(value, ms.int32)


def masked(x, threshold=0):
    return x[x > threshold]


def masked_rows(x, mask):
    return x[mask] * 2


def picked(x, i, j):
    return x[i, j]


def index_list(x, i, j):
    return G.Index()(x, (i, j))


def index_rows(x, i):
    return G.Index()(x, (i,))


def inner_index(x, i, j):
    return G.InnerIndex()(x, (i, j))


def lookups(cases):
    index = np.array([2, 0, 1, 2], np.int32)
    cases.add("mask_elements", "NonZero", masked, floats(3, 4))
    cases.add("mask_rows", "NonZero", masked_rows, floats(3, 2), np.array([True, False, True]))
    cases.add("index_pair", "GatherNd", picked, floats(3, 4), index, np.array([3, 1, 0, 0], np.int32))
    cases.add("index_list", "Index", index_list, floats(3, 4), index.astype(np.int64), np.array([3, 1, 0, -1], np.int64), reference=False)
    cases.add("index_rows", "Index", index_rows, floats(3, 4), index.astype(np.int64), reference=False)
    cases.add("inner_index", "InnerIndex", inner_index, floats(3, 4), index.astype(np.int64), index.astype(np.int64), reference=False)
    for label, x, axis in [("rows", floats(3, 4), 0), ("last", floats(2, 4, 3, dtype=np.float16), -1), ("int", whole(0, 9, 2, 3), 1)]:
        cases.add(f"index_select_{label}", "IndexSelect", select_along(axis), x, index, reference=False)
    for label, x, i in [("flat", floats(3, 4), np.array([[11, 0], [-1, 5]], np.int32)), ("int", whole(0, 9, 5), np.array([4, 4], np.int64))]:
        cases.add(f"take_{label}", "Take", G.Take(), x, i, reference=False)
    cases.add("gather_nd_ext", "GatherNdExt", G.GatherNdExt(), floats(3, 4), np.array([[1, 3], [0, 0]], np.int64), reference=False)
    for label, x, axis in [("rows", floats(5, 3), 0), ("last", floats(2, 5), 1), ("half", floats(5, 2, dtype=np.float16), 0)]:
        cases.add(f"sparse_gather_v2_{label}", "SparseGatherV2", Apply(A.SparseGatherV2(), axis), x, index, reference=False)
    for label, indices, dims in [("plain", np.array([22, 41, 0], np.int32), np.array([7, 6], np.int32)), ("long", np.array([5], np.int64), np.array([2, 2, 2], np.int64)), ("one", np.array([3, 1], np.int32), np.array([4], np.int32))]:
        cases.add(f"unravel_index_{label}", "UnravelIndex", Apply(A.UnravelIndex(), ms.Tensor(dims)), indices)


def select_along(axis):
    op = G.IndexSelect()

    def function(x, index):
        return op(x, axis, index)
    return function


def diagonals(cases):
    for align in ["RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"]:
        low = align.lower()
        part = Apply(P.MatrixDiagPartV3(align), ms.Tensor([-2, 1], ms.int32), ms.Tensor(9, ms.float32))
        cases.add(f"matrix_diag_part_v3_{low}", "MatrixDiagPartV3", part, floats(2, 3, 4))
        diag = Apply(P.MatrixDiagV3(align), ms.Tensor([-1, 1], ms.int32), int32(3), int32(4), ms.Tensor(7, ms.float32))
        cases.add(f"matrix_diag_v3_{low}", "MatrixDiagV3", diag, floats(2, 3, 3))
        cases.add(f"matrix_set_diag_v3_{low}", "MatrixSetDiagV3", Apply(P.MatrixSetDiagV3(align), ms.Tensor([-1, 1], ms.int32)), floats(2, 3, 4), floats(2, 3, 3))
    one = Apply(P.MatrixDiagV3(), int32(1), int32(-1), int32(-1), ms.Tensor(0, ms.int32))
    cases.add("matrix_diag_v3_single", "MatrixDiagV3", one, whole(0, 9, 2, 3))
    cases.add("matrix_diag_part_v3_single", "MatrixDiagPartV3", Apply(P.MatrixDiagPartV3(), int32(-1), ms.Tensor(0, ms.int64)), whole(0, 9, 4, 3, dtype=np.int64))
    cases.add("matrix_set_diag_v3_single", "MatrixSetDiagV3", Apply(P.MatrixSetDiagV3(), int32(0)), floats(3, 2, dtype=np.float64), floats(2, dtype=np.float64))
    for label, x, lower, upper in [("narrow", floats(4, 5), 1, 0), ("open", whole(0, 9, 2, 3, 3), -1, 1), ("all", floats(3, 2, dtype=np.float16), -1, -1)]:
        cases.add(f"matrix_band_part_{label}", "MatrixBandPart", Apply(P.MatrixBandPart(), lower, upper), x)
    for label, x in [("vector", floats(3)), ("matrix", floats(2, 3)), ("int", whole(0, 9, 4))]:
        cases.add(f"diag_{label}", "Diag", G.Diag(), x)
    for label, x in [("matrix", floats(3, 3)), ("four", floats(2, 3, 2, 3)), ("int", whole(0, 9, 4, 4))]:
        cases.add(f"diag_part_{label}", "DiagPart", A.DiagPart(), x)
    for label, x, offset in [("make", floats(3), 1), ("take", floats(3, 4), -1)]:
        cases.add(f"diag_ext_{label}", "DiagExt", Apply(G.DiagExt(), offset), x, reference=False)
    for label, x, value, wrap in [("plain", floats(4, 3), 5.0, False), ("wrap", floats(7, 3), 2.0, True), ("cube", whole(0, 9, 3, 3, 3), 7.0, False)]:
        cases.add(f"fill_diagonal_{label}", "FillDiagonal", P.FillDiagonal(value, wrap), x)
    for label, x, diagonal in [("plain", floats(3, 4), 0), ("above", whole(0, 9, 2, 4, 3), 1), ("below", floats(4, 4, dtype=np.float16), -2)]:
        cases.add(f"tril_{label}", "Tril", P.Tril(diagonal), x)
        cases.add(f"tril_ext_{label}", "TrilExt", Apply(G.TrilExt(), diagonal), x, reference=False)
    for label, x in [("square", floats(4, 4)), ("wide", floats(2, 5)), ("int", whole(0, 9, 3, 2))]:
        cases.add(f"trace_{label}", "Trace", G.Trace(), x)
        cases.add(f"trace_ext_{label}", "TraceExt", G.TraceExt(), x, reference=False)
    cases.add("trace_v2", "TraceV2", Apply(G.TraceV2(), 1, 0, 1, None), floats(3, 4))
    cases.add("trace_v2_cube", "TraceV2", Apply(G.TraceV2(), -1, 2, 0, ms.float32), floats(3, 2, 4))
    cases.add("trace_v2_int", "TraceV2", Apply(G.TraceV2(), 0, 1, 0, None), whole(0, 9, 3, 3))


def ranges(cases):
    for label, lengths, longest in [("plain", np.array([2, 0, 3], np.int32), 4), ("matrix", np.array([[1, 5], [3, 2]], np.int64), 3), ("short", np.array([2, 2], np.int32), 1)]:
        cases.add(f"sequence_mask_{label}", "SequenceMask", Apply(I.SequenceMask(), longest), lengths, reference=False)
    lengths = np.array([2, 0, 4], np.int32)
    for label, x, seq, batch in [("rows", floats(4, 3), 0, 1), ("columns", floats(3, 4, 2), 1, 0), ("int", whole(0, 9, 3, 2, 5), 2, 0)]:
        cases.add(f"reverse_sequence_{label}", "ReverseSequence", P.ReverseSequence(seq, batch), x, lengths)


def distances(cases):
    for p in [0.0, 1.0, 2.0, 3.5, float("inf")]:
        label = str(p).replace(".", "_")
        cases.add(f"cdist_{label}", "Cdist", G.Cdist(p), floats(2, 3, 4), floats(2, 5, 4))
        cases.add(f"pdist_{label}", "Pdist", N.Pdist(p), floats(4, 3))
    cases.add("cdist_flat", "Cdist", G.Cdist(2.0), floats(3, 2), floats(1, 2))
    cases.add("pdist_double", "Pdist", N.Pdist(2.0), floats(5, 2, dtype=np.float64))


def sparse(cases):
    cells = np.array([[0, 1], [2, 0], [2, 3]], np.int64)
    for label, values in [("float", floats(3)), ("int", whole(1, 9, 3)), ("half", floats(3, dtype=np.float16))]:
        cases.add(f"sparse_to_dense_{label}", "SparseToDense", Apply(S.SparseToDense(), (3, 4)), cells, values)
    for label, values in [("float", floats(3)), ("int", whole(1, 9, 3)), ("double", floats(3, dtype=np.float64))]:
        default = ms.Tensor(-1, ms.Tensor(values).dtype)
        cases.add(f"sparse_to_dense_v2_{label}", "SparseToDenseV2", to_dense(default), cells, values)
    for label, left, right in [("plain", False, False), ("left", True, False), ("right", False, True)]:
        dense = floats(*((4, 2) if not left else (3, 2)))
        op = Apply2(S.SparseTensorDenseMatmul(left, right))
        cases.add(f"sparse_tensor_dense_matmul_{label}", "SparseTensorDenseMatmul", op, cells, floats(3), dense.T.copy() if right else dense)
    for label, dtype in [("float", np.float32), ("int", np.int32), ("double", np.float64)]:
        cases.add(f"sparse_tensor_dense_add_{label}", "SparseTensorDenseAdd", Apply2(S.SparseTensorDenseAdd()), cells, whole(1, 9, 3).astype(dtype), whole(1, 9, 3, 4).astype(dtype))


def to_dense(default):
    op, shape = S.SparseToDenseV2(), ms.Tensor([3, 4], ms.int64)

    def function(indices, values):
        return op(indices, shape, values, default)
    return function


class Apply2(ms.nn.Cell):
    """A primitive of sparse and dense operands; the sparse shape is [3, 4]."""

    def __init__(self, op):
        super().__init__()
        self.op = op
        self.shape = (3, 4) if "Matmul" in type(op).__name__ else ms.Tensor([3, 4], ms.int64)

    def construct(self, indices, values, dense):
        return self.op(indices, values, self.shape, dense)


def main():
    cases = Cases(sys.argv[1])
    for group in [lookups, diagonals, ranges, distances, sparse]:
        group(cases)
    cases.write()


if __name__ == "__main__":
    main()
