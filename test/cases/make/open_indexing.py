"""Reading and writing parts of tensors whose sizes are open: python open_indexing.py FOLDER [NAME ...] (test/cases/primitives/open_sizes).

Where a size is not known, MindSpore writes the positions of `x[...] = v` out with primitives of its own (SliceToIndices, NormalizeTupleIndex, GetTupleIndexInfo,
RemoveExpandedDims). The first size is open in every file, and all of them in those named NAME_all_open; the outputs are those of the network.
"""
import json
import pathlib
import sys
import tempfile

import mindspore as ms
import numpy as np
from mindspore import mint, nn, ops

import schema
from record import flatten

rng = np.random.default_rng(41)


def floats(*shape):
    return rng.standard_normal(shape).astype(np.float32)


class SetRange(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[1:3] = v
        return y


class SetStep(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[::2] = v
        return y


class SetBack(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[-2:] = v
        return y


class SetNumber(nn.Cell):
    def construct(self, x):
        y = x + 0
        y[1] = 2.5
        y[-1] = 3.5
        return y


class SetRow(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[0] = v
        return y


class SetEllipsisRange(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[..., 0:2] = v
        y[..., 2:4] = v * 2
        return y


class SetColumns(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, 1:3] = v
        return y


class SetColumn(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, 1] = v
        return y


class SetColumnNumber(nn.Cell):
    def construct(self, x):
        y = x + 0
        y[:, -1] = 0.5
        y[..., 0] = 1.5
        return y


class SetInside(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, 1:3, ::2] = v
        return y


class SetByTensor(nn.Cell):
    def construct(self, x, i, v):
        y = x + 0
        y[i] = v
        return y


class SetByTensorColumn(nn.Cell):
    def construct(self, x, i, v):
        y = x + 0
        y[:, i] = v
        return y


class SetByTwoTensors(nn.Cell):
    def construct(self, x, i, j, v):
        y = x + 0
        y[i, j] = v
        return y


class SetMixed(nn.Cell):
    def construct(self, x, i, v):
        y = x + 0
        y[1:, i, 0] = v
        return y


class SetByList(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[[0, 2]] = v
        return y


class SetColumnsByList(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, [0, 2]] = v
        return y


class SetByBools(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, [True, False, True, False]] = v
        return y


class SetNewAxis(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[:, None, 1:2] = v
        return y


class SetByMask(nn.Cell):
    def construct(self, x):
        y = x + 0
        y[x > 0] = 0.25
        return y


class SetAll(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[...] = v
        return y


class SetTrue(nn.Cell):
    def construct(self, x, v):
        y = x + 0
        y[True] = v
        return y


class GetRange(nn.Cell):
    def construct(self, x):
        return x[1:], x[:-1], x[::2], x[..., 1:3]


class GetNumber(nn.Cell):
    def construct(self, x):
        return x[0], x[-1], x[:, 1], x[..., -1]


class GetNewAxis(nn.Cell):
    def construct(self, x):
        return x[:, None], x[None], x[..., None], x[:, None, 1:3]


class GetByTensor(nn.Cell):
    def construct(self, x, i):
        return x[i], x[:, i], x[..., i]


class GetByTwoTensors(nn.Cell):
    def construct(self, x, i, j):
        return x[i, j], x[:, i, j], x[i, :, j]


class GetMixed(nn.Cell):
    def construct(self, x, i):
        return x[1:, i, 0], x[0, i], x[i, 1:3], x[i, None, 1]


class GetByList(nn.Cell):
    def construct(self, x):
        return x[[0, 1]], x[:, [0, 2]], x[[0, 1], [1, 2]]


class GetByBools(nn.Cell):
    def construct(self, x):
        return x[:, [True, False, True, False]]


class GetByMask(nn.Cell):
    def construct(self, x, m):
        return x[m]


class GetBoundsOfShape(nn.Cell):
    def construct(self, x):
        n = x.shape[0]
        m = x.shape[1]
        return x[n // 2 :], x[: n - 1, 1 : m - 1], x[n - 1], x[:, m - 2]


class SetBoundsOfShape(nn.Cell):
    def construct(self, x, v):
        n = x.shape[0]
        y = x + 0
        y[n - 1] = v
        y[n // 2 :, 1] = 7.0
        return y


class Resized(nn.Cell):
    """Asks whether sizes are open (`is`)."""

    def construct(self, x):
        return ops.interpolate(x, size=(5, 7), mode="bilinear")


class Enlarged(nn.Cell):
    """Works sizes out in floating point."""

    def construct(self, x):
        return ops.interpolate(x, scale_factor=2.0, mode="nearest", recompute_scale_factor=True)


class Unstacked(nn.Cell):
    """As many outputs as there are rows; the file declares one."""

    def construct(self, x):
        return ops.unstack(x, axis=0)


class Unbound(nn.Cell):
    """The same, as a view."""

    def construct(self, x):
        return mint.unbind(x, 0)


class UnstackedPart(nn.Cell):
    """Outputs whose number is known, made of what is not."""

    def construct(self, x):
        rows = ops.unstack(x, axis=0)
        return rows[0] + rows[1], rows[1]


class Iterated(nn.Cell):
    """Goes through the rows of a tensor, however many there are."""

    def construct(self, x):
        y = x[0] * 0
        for row in x:
            y = y * 0.5 + row
        return y


class Comprehended(nn.Cell):
    """As many outputs as rows, without a primitive that says so."""

    def construct(self, x):
        return tuple([row * 2 for row in x])


def index(*values, dtype=np.int32):
    return np.array(values, dtype)


X = (4, 4, 3)
class ThirdRow(nn.Cell):
    """Takes three rows or more."""

    def construct(self, x):
        return x[2] * 2, x + 1


class Thirds(nn.Cell):
    """Takes multiples of three rows."""

    def construct(self, x):
        y = ops.reshape(x, (-1, 3, 4))
        return y.sum(1), x + 1


CASES = {
    "set_range": (SetRange, [floats(*X), floats(2, 4, 3)]),
    "set_range_broadcast": (SetRange, [floats(*X), floats(3)]),
    "set_step": (SetStep, [floats(5, 3), floats(3, 3)]),
    "set_back": (SetBack, [floats(*X), floats(2, 4, 3)]),
    "set_number": (SetNumber, [floats(*X)]),
    "set_row": (SetRow, [floats(*X), floats(4, 3)]),
    "set_ellipsis_range": (SetEllipsisRange, [floats(2, 3, 5), floats(2, 3, 2)]),
    "set_columns": (SetColumns, [floats(*X), floats(4, 2, 3)]),
    "set_columns_broadcast": (SetColumns, [floats(*X), floats(2, 3)]),
    "set_column": (SetColumn, [floats(*X), floats(4, 3)]),
    "set_column_number": (SetColumnNumber, [floats(*X)]),
    "set_inside": (SetInside, [floats(*X), floats(4, 2, 2)]),
    "set_by_tensor": (SetByTensor, [floats(*X), index(2, 0), floats(2, 4, 3)]),
    "set_by_tensor_column": (SetByTensorColumn, [floats(*X), index(2, 0), floats(4, 2, 3)]),
    "set_by_two_tensors": (SetByTwoTensors, [floats(*X), index(2, 0), index(1, 3), floats(2, 3)]),
    "set_mixed": (SetMixed, [floats(*X), index(2, 0), floats(3, 2)]),
    "set_by_list": (SetByList, [floats(*X), floats(2, 4, 3)]),
    "set_columns_by_list": (SetColumnsByList, [floats(*X), floats(4, 2, 3)]),
    "set_by_bools": (SetByBools, [floats(*X), floats(4, 2, 3)]),
    "set_new_axis": (SetNewAxis, [floats(*X), floats(4, 1, 1, 3)]),
    "set_by_mask": (SetByMask, [floats(*X)]),
    "set_all": (SetAll, [floats(*X), floats(3)]),
    "set_true": (SetTrue, [floats(*X), floats(4, 4, 3)]),
    "get_range": (GetRange, [floats(*X)]),
    "get_number": (GetNumber, [floats(*X)]),
    "get_new_axis": (GetNewAxis, [floats(*X)]),
    "get_by_tensor": (GetByTensor, [floats(*X), index(2, 0)]),
    "get_by_two_tensors": (GetByTwoTensors, [floats(3, 3, 3), index(2, 0), index(1, 0)]),
    "get_mixed": (GetMixed, [floats(*X), index(2, 0)]),
    "get_by_list": (GetByList, [floats(*X)]),
    "get_by_bools": (GetByBools, [floats(*X)]),
    "get_by_mask": (GetByMask, [floats(*X), np.array([True, False, True, True])]),
    "get_bounds_of_shape": (GetBoundsOfShape, [floats(5, 4)]),
    "resized": (Resized, [floats(2, 3, 4, 6)]),
    "enlarged": (Enlarged, [floats(2, 3, 4, 6)]),
    "iterated": (Iterated, [floats(4, 3)]),
    "comprehended": (Comprehended, [floats(4, 3)]),
    "unstacked": (Unstacked, [floats(5, 3)]),
    "unbound": (Unbound, [floats(5, 3)]),
    "unstacked_part": (UnstackedPart, [floats(5, 3)]),
    "third_row": (ThirdRow, [floats(5, 4)]),
    "thirds": (Thirds, [floats(6, 4)]),
    "set_bounds_of_shape": (SetBoundsOfShape, [floats(5, 4), floats(4)]),
}

REFUSED = {name: "the number of outputs depends on a size that the file leaves open" for name in ("unstacked", "unbound", "comprehended")}

ALL_OPEN = ("resized", "set_range", "set_columns_by_list", "set_by_bools", "get_by_list", "get_by_tensor")


def make(folder, name, cell, arrays, all_open):
    """One case; with `all_open` every size of every tensor is open, else the first of the first."""
    net = cell()
    net.set_train(False)
    dtype = {"f": ms.float32, "i": ms.int32, "b": ms.bool_}
    declared = []
    for position, array in enumerate(arrays):
        shape = list(array.shape)
        if position == 0 or all_open:
            shape = [None] * len(shape) if all_open else [None, *shape[1:]]
        declared.append(ms.Tensor(shape=shape, dtype=dtype[array.dtype.kind]))
    with tempfile.TemporaryDirectory() as scratch:
        written = pathlib.Path(scratch) / f"{name}.mindir"
        ms.export(net, *declared, file_name=str(written), file_format="MINDIR")
        outputs = flatten(net(*[ms.Tensor(array) for array in arrays]))
        found = schema.primitives(written)
        (folder / written.name).write_bytes(written.read_bytes())
    data = {f"input_{i}": array for i, array in enumerate(arrays)}
    data.update({f"output_{i}": array for i, array in enumerate(outputs)})
    np.savez(folder / f"{name}.npz", **data)
    return found


def main():
    """Makes the cases named, or all."""
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.json"
    entries = json.loads(path.read_text()) if path.exists() else {}
    for name in sys.argv[2:] or CASES:
        for all_open in (False, True) if name in ALL_OPEN else (False,):
            case = f"{name}_all_open" if all_open else name
            try:
                found = make(folder, case, *CASES[name], all_open)
            except Exception as error:  # MindSpore refuses some of these while it exports
                print(f"{case}: {str(error).strip().splitlines()[0][:200]}", flush=True)
                continue
            entries[case] = {"rtol": 1e-3, "atol": 1e-4, "ops": found, **({"refused": REFUSED[name]} if name in REFUSED else {})}
    schema.write_index(path, entries)


if __name__ == "__main__":
    main()
