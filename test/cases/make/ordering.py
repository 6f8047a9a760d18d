"""Cases of running reductions, segments, sorting, searching and sets: python ordering.py FOLDER (test/cases/primitives/ordering)."""
import sys

import mindspore as ms
import numpy as np
from mindspore.ops import operations as P
from mindspore.ops.auto_generate import gen_ops_prim as G
from mindspore.ops.operations import array_ops as A
from mindspore.ops.operations import math_ops as M
from mindspore.ops.operations import nn_ops as N
from mindspore.ops.operations import sparse_ops as S

from common import Apply, Cases

rng = np.random.default_rng(32)


def floats(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def whole(low, high, *shape, dtype=np.int32):
    return rng.integers(low, high, shape).astype(dtype)


def running(cases):
    for label, exclusive, reverse in [("plain", False, False), ("exclusive", True, False), ("both", True, True)]:
        cases.add(f"cum_prod_{label}", "CumProd", Apply(P.CumProd(exclusive, reverse), 1), floats(3, 4, 2))
        cases.add(f"cumulative_logsumexp_{label}", "CumulativeLogsumexp", Apply(P.CumulativeLogsumexp(exclusive, reverse), ms.Tensor(-1, ms.int32)), floats(3, 5))
    cases.add("cum_prod_int", "CumProd", Apply(P.CumProd(), 0), whole(1, 4, 5, 2))
    cases.add("cum_prod_half", "CumProd", Apply(P.CumProd(False, True), -1), floats(2, 3, dtype=np.float16))
    ties = np.array([[1, 3, 3, 2, 3], [5, 5, 4, 4, 6]], np.float32)
    for name, low in [("Cummax", "cummax"), ("Cummin", "cummin")]:
        op = getattr(G, name)
        cases.add(f"{low}_ties", name, op(1), ties)
        cases.add(f"{low}_rows", name, op(-2), floats(4, 2, 3))
        cases.add(f"{low}_int", name, op(0), whole(0, 3, 6))
    cases.add("cumsum_ext_float", "CumsumExt", Apply(G.CumsumExt(), 1, None), floats(2, 4), reference=False)
    cases.add("cumsum_ext_int", "CumsumExt", Apply(G.CumsumExt(), -1, None), whole(0, 9, 2, 4), reference=False)
    cases.add("cumsum_ext_bool", "CumsumExt", Apply(G.CumsumExt(), 0, None), whole(0, 2, 5).astype(bool), reference=False)
    cases.add("cummin_ext", "CumminExt", Apply(G.CumminExt(), 1), ties, reference=False)


def segments(cases):
    ids = np.array([2, 0, 2, 1, 2], np.int32)
    for name in ["Sum", "Max", "Min", "Prod"]:
        op = getattr(P, f"UnsortedSegment{name}")
        low = f"unsorted_segment_{name.lower()}"
        cases.add(f"{low}_rows", f"UnsortedSegment{name}", Apply(op(), 3), floats(5, 2), ids)
        cases.add(f"{low}_int", f"UnsortedSegment{name}", Apply(op(), 3), whole(1, 5, 5, 2), ids)
        cases.add(f"{low}_half", f"UnsortedSegment{name}", Apply(op(), 3), floats(5, 2, dtype=np.float16), ids)
        cases.add(f"{low}_matrix", f"UnsortedSegment{name}", Apply(op(), 4), floats(2, 3, 2), np.array([[0, 1, 0], [1, 3, 3]], np.int32))
    rising = np.array([0, 0, 1, 3, 3], np.int32)
    for name in ["Sum", "Mean", "Max", "Min", "Prod"]:
        op = getattr(A, f"Segment{name}")
        low = f"segment_{name.lower()}"
        cases.add(f"{low}_rows", f"Segment{name}", op(), floats(5, 2), rising)
        cases.add(f"{low}_int", f"Segment{name}", op(), whole(1, 9, 5, 2, 2, dtype=np.int64), rising.astype(np.int64))
        cases.add(f"{low}_half", f"Segment{name}", op(), floats(5, dtype=np.float16), rising)
    picks, groups = np.array([3, 0, 3, 2], np.int32), np.array([0, 0, 1, 1], np.int32)
    for name, module in [("SparseSegmentSum", S), ("SparseSegmentSqrtN", S), ("SparseSegmentMean", M)]:
        op, low = getattr(module, name), {"SparseSegmentSum": "sparse_segment_sum", "SparseSegmentSqrtN": "sparse_segment_sqrt_n", "SparseSegmentMean": "sparse_segment_mean"}[name]
        cases.add(f"{low}_rows", name, op(), floats(4, 3), picks, groups)
        cases.add(f"{low}_cube", name, op(), floats(4, 1, 2), picks[:2], np.array([0, 1], np.int32))
        cases.add(f"{low}_double", name, op(), floats(4, 2, dtype=np.float64), picks.astype(np.int64), groups.astype(np.int64))
        if name + "WithNumSegments" in dir(S):
            more = getattr(S, name + "WithNumSegments")
            for label, x in [("rows", floats(4, 3)), ("double", floats(4, 2, dtype=np.float64)), ("cube", floats(4, 2, 2))]:
                cases.add(f"{low}_with_num_segments_{label}", name + "WithNumSegments", Apply(more(), ms.Tensor([4], ms.int32)), x, picks, groups)


class First(ms.nn.Cell):
    """The first result of a primitive that has several."""

    def __init__(self, op):
        super().__init__()
        self.op = op

    def construct(self, x):
        return self.op(x)[0]


def sets(cases):
    x = np.array([3, 1, 1, 3, 3, 2, 0], np.int32)
    cases.add("unique_int", "Unique", P.Unique(), x)
    cases.add("unique_float", "Unique", P.Unique(), x.astype(np.float32) / 2)
    cases.add("unique_long", "Unique", P.Unique(), x[::-1].astype(np.int64))
    pad = Apply(P.UniqueWithPad(), ms.Tensor(9, ms.int32))
    cases.add("unique_with_pad_int", "UniqueWithPad", pad, x)
    cases.add("unique_with_pad_all", "UniqueWithPad", pad, np.arange(4, dtype=np.int32))
    cases.add("unique_with_pad_float", "UniqueWithPad", Apply(P.UniqueWithPad(), ms.Tensor(-1, ms.float32)), x.astype(np.float32))
    for label, value, axis in [("flat", x, None), ("rows", np.array([[1, 2], [1, 2], [0, 1], [1, 2]], np.float32), 0), ("columns", np.array([[1, 1, 2], [3, 3, 3]], np.int64), 1)]:
        cases.add(f"unique_consecutive_{label}", "UniqueConsecutive", G.UniqueConsecutive(True, True, axis), value)
        cases.add(f"unique_consecutive_{label}_alone", "UniqueConsecutive", First(G.UniqueConsecutive(False, False, axis)), value)
    for label, value in [("int", x), ("float", x.astype(np.float32) / 2), ("matrix", np.array([[2, 1], [2, 0]], np.int64))]:
        cases.add(f"unique2_{label}", "Unique2", Apply(G.Unique2(), True, True, True), value, reference=False)
        cases.add(f"inner_unique_{label}", "InnerUnique", Apply(G.InnerUnique(), True, True), value, reference=False)
    for label, value, axis in [("rows", np.array([[1, 2], [0, 2], [1, 2]], np.int32), 0), ("columns", np.array([[1., 1, 2], [3, 3, 3]], np.float32), 1)]:
        cases.add(f"unique_dim_{label}", "UniqueDim", Apply(G.UniqueDim(), True, True, axis), value, reference=False)
    cases.add("list_diff_int", "ListDiff", A.ListDiff(), x, np.array([1, 0], np.int32))
    cases.add("list_diff_float", "ListDiff", A.ListDiff(ms.int64), x.astype(np.float32), np.array([3], np.float32))
    cases.add("list_diff_all", "ListDiff", A.ListDiff(), x[:3], x[:3])


def bincount(size):
    op, bins = P.Bincount(), ms.Tensor(size, ms.int32)

    def function(x, weights):
        return op(x, bins, weights)
    return function


def counting(cases):
    x = np.array([3, 1, 1, 3, 0, 7], np.int32)
    cases.add("bincount_weights", "Bincount", bincount(5), x, floats(6))
    cases.add("bincount_int", "Bincount", bincount(8), x, whole(1, 4, 6))
    cases.add("bincount_double", "Bincount", bincount(2), x, floats(6, dtype=np.float64))
    cases.add("bincount_ext", "BincountExt", Apply(G.BincountExt(), None, 3), x, reference=False)
    cases.add("histogram_range", "Histogram", P.Histogram(5, -1.0, 1.5), floats(4, 6))
    cases.add("histogram_open", "Histogram", P.Histogram(4), floats(9))
    cases.add("histogram_int", "Histogram", P.Histogram(3, 0.0, 6.0), whole(-2, 9, 12))
    wide = np.array([-1, 2], np.float32)
    cases.add("histogram_fixed_width_float", "HistogramFixedWidth", P.HistogramFixedWidth(5), floats(4, 6), wide, reference=False)
    cases.add("histogram_fixed_width_int", "HistogramFixedWidth", P.HistogramFixedWidth(4), whole(-3, 9, 12), np.array([0, 6], np.int32), reference=False)
    cases.add("histogram_fixed_width_double", "HistogramFixedWidth", P.HistogramFixedWidth(3), floats(7, dtype=np.float64), wide.astype(np.float64), reference=False)
    cases.add("bucketize_float", "Bucketize", M.Bucketize([-1.0, 0.0, 0.5, 2.0]), floats(3, 4))
    cases.add("bucketize_int", "Bucketize", M.Bucketize([0.0, 3.0, 5.0]), whole(-2, 8, 3, 4))
    cases.add("bucketize_double", "Bucketize", M.Bucketize([0.25]), floats(5, dtype=np.float64))
    line = np.array([1, 2, 2, 5], np.float32)
    lines = np.array([[1, 3, 5], [2, 4, 6]], np.int32)
    cases.add("search_sorted_line", "SearchSorted", Apply(G.SearchSorted()), line, np.array([0, 2, 3, 9], np.float32))
    cases.add("search_sorted_right", "SearchSorted", Apply(G.SearchSorted(ms.int32, True)), lines, np.array([[3, 6], [3, 6]], np.int32))
    cases.add("search_sorted_double", "SearchSorted", Apply(G.SearchSorted(ms.int64, False)), line.astype(np.float64), np.array([2, 5.5]))
    for name, low in [("LowerBound", "lower_bound"), ("UpperBound", "upper_bound")]:
        op = getattr(A, name)
        cases.add(f"{low}_int", name, op(), lines, np.array([[3, 6], [3, 6]], np.int32))
        cases.add(f"{low}_float", name, op(ms.int64), lines.astype(np.float32), np.array([[3, 6], [3, 6]], np.float32))
        cases.add(f"{low}_half", name, op(), lines.astype(np.float16), np.array([[0, 3, 5.5], [9, 2, 6]], np.float16))


class MedianOfAll(ms.nn.Cell):
    """Of all elements there is a value, but no position."""

    def __init__(self):
        super().__init__()
        self.median = M.Median(True)

    def construct(self, x):
        return self.median(x)[0]


def sorting(cases):
    x = np.array([[3, 1, 2, 1], [0, -1, 5, 5]], np.float32)
    for label, value, axis, down in [("up", x, -1, False), ("down", x, 1, True), ("rows", whole(0, 5, 4, 3), 0, False)]:
        cases.add(f"sort_ext_{label}", "SortExt", Apply(G.SortExt(), axis, down, True), value, reference=False)
        cases.add(f"arg_sort_{label}", "ArgSort", Apply(G.ArgSort(), axis, down, True), value, reference=False)
    for label, value, k, axis, largest in [("last", x, 2, -1, True), ("rows", whole(0, 50, 5, 3), 3, 0, True), ("smallest", floats(2, 5, 2), 2, 1, False)]:
        cases.add(f"topk_ext_{label}", "TopkExt", Apply(G.TopkExt(), k, axis, largest, True), value, reference=False)
    for label, value, k, axis, keep in [("last", x, 2, -1, False), ("rows", floats(5, 3), 4, 0, True), ("int", whole(0, 50, 2, 5), 1, 1, False)]:
        cases.add(f"kthvalue_{label}", "Kthvalue", Apply(G.Kthvalue(), k, axis, keep), value, reference=False)
    for label, value, down in [("up", floats(2, 7), False), ("down", whole(0, 90, 2, 3, 5), True), ("half", floats(5, dtype=np.float16), False)]:
        cases.add(f"nth_element_{label}", "NthElement", Apply(N.NthElement(down), 2), value)
    cases.add("median_axis", "Median", M.Median(False, 1, False), floats(3, 5))
    cases.add("median_even", "Median", M.Median(False, 0, True), floats(4, 2, dtype=np.float64))
    cases.add("median_all", "Median", MedianOfAll(), floats(3, 4))
    cases.add("median_int", "Median", M.Median(False, -1), whole(0, 50, 2, 5, dtype=np.int64))
    for label, value, axis, keep in [("last", floats(3, 5), -1, False), ("rows", floats(4, 2), 0, True)]:
        cases.add(f"median_dim_{label}", "MedianDim", Apply(G.MedianDim(), axis, keep), value, reference=False)
    cases.add("median_ext", "MedianExt", G.MedianExt(), floats(3, 4), reference=False)
    for label, targets, k in [("two", np.array([1, 0, 3], np.int32), 2), ("one", np.array([2, 2, 2], np.int32), 1), ("outside", np.array([3, 9, 0], np.int64), 3)]:
        cases.add(f"in_top_k_{label}", "InTopK", N.InTopK(k), floats(3, 4), targets)
    for name, low in [("ArgMinWithValue", "argmin_with_value"), ("ArgMaxWithValue", "argmax_with_value")]:
        cases.add(f"{low}_last", name, getattr(P, name)(-1, True), floats(3, 4))
        cases.add(f"{low}_int", name, getattr(P, name)(0), whole(0, 3, 4, 2))
        cases.add(f"{low}_half", name, getattr(P, name)(1), floats(2, 3, 4, dtype=np.float16))


def main():
    cases = Cases(sys.argv[1])
    for group in [running, segments, sets, counting, sorting]:
        group(cases)
    cases.write()


if __name__ == "__main__":
    main()
