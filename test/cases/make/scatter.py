"""Cases of primitives that write elements by position: python scatter.py FOLDER (test/cases/primitives/scatter)."""
import sys

import mindspore as ms
import numpy as np
from mindspore.ops import operations as P
from mindspore.ops.auto_generate import gen_ops_prim as G
from mindspore.ops.operations import array_ops as A
from mindspore.ops.operations import math_ops as M

from common import Apply, Cases

rng = np.random.default_rng(31)


def floats(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def whole(low, high, *shape, dtype=np.int32):
    return rng.integers(low, high, shape).astype(dtype)


def tensor_scatter(cases):
    """TensorScatter*: rows, elements, one slice; repeated indices; several types."""
    rows = np.array([[2], [0], [2]], np.int32)
    cells = np.array([[0, 3], [4, 0], [0, 3], [1, 1]], np.int64)
    for name in ["Add", "Sub", "Mul", "Div", "Max", "Min", "Update"]:
        op = getattr(P, f"TensorScatter{name}")
        low = name.lower()
        cases.add(f"tensor_scatter_{low}_rows", f"TensorScatter{name}", op(), floats(5, 4), rows, floats(3, 4))
        cases.add(f"tensor_scatter_{low}_cells", f"TensorScatter{name}", op(), whole(1, 9, 5, 4), cells, whole(1, 5, 4))
        cases.add(f"tensor_scatter_{low}_batch", f"TensorScatter{name}", op(), floats(3, 2, 3), np.array([[[1, 0], [2, 1]]], np.int32), floats(1, 2, 3))
    none = np.array([[1], [3]], np.int32)
    for reduce, label in [("none", "none"), ("add", "add")]:
        cases.add(f"tensor_scatter_elements_{label}_axis0", "TensorScatterElements", P.TensorScatterElements(0, reduce), floats(5, 3), whole(0, 5, 2, 3), floats(2, 3))
        cases.add(f"tensor_scatter_elements_{label}_axis1", "TensorScatterElements", P.TensorScatterElements(-1, reduce), whole(0, 9, 2, 5), np.array([[0, -1], [3, 1]], np.int64), whole(0, 9, 2, 2))
    cases.add("tensor_scatter_update_empty", "TensorScatterUpdate", P.TensorScatterUpdate(), floats(4), none[:0], floats(0))
    cases.add("tensor_scatter_update_bool", "TensorScatterUpdate", P.TensorScatterUpdate(), whole(0, 2, 4).astype(bool), none, np.array([True, True]))


def scatter_nd(cases):
    for label, indices, updates, shape in [
        ("cells", np.array([[0, 1], [1, 1], [0, 1]], np.int32), floats(3), (3, 3)),
        ("rows", np.array([[3], [1]], np.int64), whole(-5, 5, 2, 2), (5, 2)),
        ("blocks", np.array([[[0, 0]], [[2, 1]]], np.int32), floats(2, 1, 3, dtype=np.float16), (3, 2, 3)),
    ]:
        cases.add(f"scatter_nd_{label}", "ScatterNd", Apply(P.ScatterNd(), shape), indices, updates)


def scatter_value_none(x, index):
    return G.ScatterValue()(x, 1, index, 2.5, "none")


def scatter_value_add(x, index):
    return G.ScatterValue()(x, 0, index, 3, "add")


def scatter_none(x, index, src):
    return G.Scatter()(x, 0, index, src, "none")


def scatter_add(x, index, src):
    return G.Scatter()(x, -1, index, src, "add")


def scatter_add_ext(x, index, src):
    return G.ScatterAddExt()(x, 1, index, src)


def scatter_add_ext0(x, index, src):
    return G.ScatterAddExt()(x, 0, index, src)


def set_column(x, y):
    x[:, 1:3] = y
    return x


def set_number(x):
    x[1] = 7
    return x


def set_tensor_index(x, index, y):
    x[index] = y
    return x


def set_ellipsis(x, y):
    x[..., 0] = y
    return x


def set_step(x):
    x[::2, 1] = -1
    return x


def set_mask(x):
    x[x > 0] = 5
    return x


def scatters(cases):
    index = np.array([[0, 2, 1], [1, 0, 3]], np.int64)
    cases.add("scatter_value_none", "ScatterValue", scatter_value_none, floats(2, 4), index)
    cases.add("scatter_value_int", "ScatterValue", scatter_value_none, whole(0, 9, 2, 4), index)
    cases.add("scatter_value_add", "ScatterValue", scatter_value_add, floats(4, 3), index)
    cases.add("scatter_none", "Scatter", scatter_none, floats(4, 3), index, floats(2, 3))
    cases.add("scatter_add", "Scatter", scatter_add, floats(2, 4), index, floats(2, 3))
    cases.add("scatter_int", "Scatter", scatter_none, whole(0, 9, 4, 3), index, whole(0, 9, 2, 3))
    cases.add("scatter_add_ext", "ScatterAddExt", scatter_add_ext, floats(2, 4), index, floats(2, 3), reference=False)
    cases.add("scatter_add_ext_axis0", "ScatterAddExt", scatter_add_ext0, floats(4, 3, dtype=np.float16), index, floats(2, 3, dtype=np.float16), reference=False)
    cases.add("scatter_add_ext_int", "ScatterAddExt", scatter_add_ext, whole(0, 9, 2, 4, dtype=np.int64), index, whole(0, 9, 2, 3, dtype=np.int64), reference=False)
    rows = np.array([2, 0, 2], np.int32)
    cases.add("scatter_add_with_axis", "ScatterAddWithAxis", A.ScatterAddWithAxis(0), floats(4, 3), np.array([[0, 1, 2], [3, 0, 1]], np.int32), floats(2, 3))
    cases.add("setitem_columns", "TensorScatterUpdate", set_column, floats(3, 5), floats(3, 2))
    cases.add("setitem_tensor", "TensorScatterUpdate", set_tensor_index, floats(4, 3), rows, floats(3, 3))
    cases.add("setitem_ellipsis", "TensorScatterUpdate", set_ellipsis, floats(2, 3, 4), floats(2, 3))
    cases.add("setitem_step", "TensorScatterUpdate", set_step, floats(5, 3))
    cases.add("setitem_number", "TensorScatterUpdate", set_number, floats(3, 4))
    cases.add("setitem_mask", "Select", set_mask, floats(3, 4))
    for label, begin, end, x, value in [
        ("row", (1, 0), (2, 4), floats(3, 4), floats(1, 4)),
        ("all", (0, 0), (3, 4), whole(0, 9, 3, 4), whole(0, 9, 3, 4)),
        ("rows", (1, 0), (3, 4), floats(5, 4, dtype=np.float16), floats(2, 4, dtype=np.float16)),
    ]:
        cases.add(f"tensor_copy_slices_{label}", "TensorCopySlices", Apply(G.TensorCopySlices(), begin, end, (1, 1)), x, value)


def index_add_ext(x, index, source):
    return G.IndexAddExt()(x, 1, index, source, 2)


def index_add_ext0(x, index, source):
    return G.IndexAddExt()(x, 0, index, source, 1)


def index_fill_scalar(x, index):
    return G.IndexFillScalar()(x, 1, index, 2.5)


def index_fill_tensor(x, index, value):
    return G.IndexFillTensor()(x, 0, index, value)


def index_fill(dim):
    op, axis = A.IndexFill(), ms.Tensor(dim, ms.int32)

    def function(x, index, value):
        return op(x, axis, index, value)
    return function


def index_put(accumulate):
    op = A.IndexPut(accumulate)

    def function(x, values, first, second):
        return op(x, values, (first, second))
    return function


def index_put_rows(x, values, first):
    return A.IndexPut(0)(x, values, (first,))


def index_fills(cases):
    index = np.array([2, 0], np.int32)
    cases.add("index_add_ext_alpha", "IndexAddExt", index_add_ext, floats(3, 4), index, floats(3, 2), reference=False)
    cases.add("index_add_ext_rows", "IndexAddExt", index_add_ext0, whole(0, 9, 3, 4), np.array([1, 1], np.int64), whole(0, 9, 2, 4), reference=False)
    cases.add("index_add_ext_vector", "IndexAddExt", index_add_ext0, floats(4), index, floats(2), reference=False)
    cases.add("index_fill_scalar", "IndexFillScalar", index_fill_scalar, floats(3, 4), index, reference=False)
    cases.add("index_fill_tensor", "IndexFillTensor", index_fill_tensor, floats(3, 4), index, np.array(1.5, np.float32), reference=False)
    for label, x, dim, value in [("rows", floats(3, 4), 0, 1.5), ("columns", whole(0, 9, 2, 3, 4), 1, 7), ("last", floats(3, 4, dtype=np.float16), -1, 2)]:
        cases.add(f"index_fill_{label}", "IndexFill", index_fill(dim), x, index, np.array(value, x.dtype))
    first, second = np.array([0, 2, 0], np.int64), np.array([1, 1, 1], np.int64)
    cases.add("index_put_replace", "IndexPut", index_put(0), floats(3, 2), floats(3), np.array([0, 2, 1], np.int32), second.astype(np.int32))
    cases.add("index_put_accumulate", "IndexPut", index_put(1), floats(3, 2), floats(3), first, second)
    cases.add("index_put_rows", "IndexPut", index_put_rows, floats(3, 2), floats(2), first[:2])


def masked_fill_scalar(x, mask):
    return G.MaskedFillScalar()(x, mask, 2.5)


def masked(cases):
    mask = np.array([[True, False, True], [False, False, True]])
    cases.add("masked_scatter_same", "MaskedScatter", G.MaskedScatter(), floats(2, 3), mask, floats(5))
    cases.add("masked_scatter_broadcast", "MaskedScatter", G.MaskedScatter(), whole(0, 9, 2, 3), np.array([True, False, True]), whole(0, 9, 2, 3))
    cases.add("masked_scatter_none", "MaskedScatter", G.MaskedScatter(), floats(2, 3), np.zeros((2, 3), bool), floats(1))
    cases.add("masked_fill_scalar", "MaskedFillScalar", masked_fill_scalar, floats(2, 3), mask)


def rows_by_attribute(cases):
    for name in ["InplaceAdd", "InplaceSub"]:
        op = getattr(M, name)
        for label, x, v in [("rows", floats(4, 3), floats(2, 3)), ("int", whole(0, 9, 4, 2), whole(0, 9, 2, 2)), ("half", floats(3, dtype=np.float16), floats(2, dtype=np.float16))]:
            cases.add(f"{name.lower()}_{label}", name, op((2, 0)), x, v)
    for label, x, v in [("rows", floats(4, 3), floats(2, 3)), ("int", whole(0, 9, 4, 2), whole(0, 9, 2, 2)), ("half", floats(3, dtype=np.float16), floats(2, dtype=np.float16))]:
        cases.add(f"inplaceupdate_v2_{label}", "InplaceUpdateV2", update_rows, x, v)


def update_rows(x, v):
    return M.InplaceUpdateV2()(x, (2, 0), v)


def main():
    cases = Cases(sys.argv[1])
    for group in [tensor_scatter, scatter_nd, scatters, index_fills, masked, rows_by_attribute]:
        group(cases)
    cases.write()


if __name__ == "__main__":
    main()
