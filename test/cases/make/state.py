"""Cases of networks that write their parameters, as `model.state: per_request` serves them: what MindSpore computes in the first call.

    python state.py

writes test/cases/inplace/state.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import numpy as np  # noqa: E402
from mindspore import Parameter, Tensor, nn, ops  # noqa: E402

from classic_cases.case import primitive  # noqa: E402
from common import Cases  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[1] / "inplace" / "state"
RNG = np.random.default_rng(11)


def f32(*shape):
    """Normal numbers."""
    return RNG.standard_normal(shape).astype(np.float32)


class Net(nn.Cell):
    """Two parameters."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(f32(2, 3)), name="w")
        self.v = Parameter(Tensor(f32(2, 3)), name="v")


class Counter(Net):
    """Reads, writes and reads again."""

    def construct(self, x):
        before = self.w * x
        ops.assign_add(self.w, x)
        return before, self.w - x


class Inplace(Net):
    """An in-place primitive on a parameter."""

    def construct(self, x):
        y = self.w * x
        self.w += x
        return y + self.w


class Exchange(Net):
    """Each gets the other's value."""

    def construct(self, x):
        old = self.w + 0
        ops.assign(self.w, self.v)
        ops.assign(self.v, old)
        return self.w * x, self.v


class Returned(Net):
    """The result of a write and the parameter itself."""

    def construct(self, x):
        y = ops.assign_sub(self.w, x)
        return y * 2, self.w


class Unrolled(Net):
    """Many writes."""

    def construct(self, x):
        y = x
        for i in range(4):
            self.w += y * (i + 1)
            y = y + self.w
        return y


class OnlyWritten(Net):
    """The next call would read what nobody reads in this one."""

    def construct(self, x):
        y = self.w * x
        ops.assign(self.w, x)
        return y


class Overwritten(Net):
    """Nothing of the value in the file is ever read."""

    def construct(self, x):
        ops.assign(self.w, x)
        return self.w * 2 + self.v


class NeverRead(Net):
    """A counter of calls that no result depends on."""

    def construct(self, x):
        ops.assign_add(self.w, self.v)
        return self.v * x


class Scattered(Net):
    """A parameter some slices of which are written, read before and after."""

    def __init__(self, op, *shape):
        super().__init__()
        self.table = Parameter(Tensor(f32(*shape)), name="table")
        self.op = op

    def construct(self, index, updates):
        before = self.table.sum()
        self.op(self.table, index, updates)
        return self.table * 2 + before


def add_scatters(cases):
    """The primitives that scatter into a parameter: rows of it, and what tuples of indices address."""
    for kind in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Update"):
        rows, slices = f"Scatter{kind}", f"ScatterNd{kind}"
        updates = f32(2, 2, 3) if kind != "Div" else np.abs(f32(2, 2, 3)) + 1
        index = np.array([[0, 2], [4, 1]], np.int32)
        cases.add(f"scatter_{kind.lower()}_rows", rows, Scattered(primitive(rows)(), 5, 3), index, updates, state="per_request")
        cases.add(f"scatter_{kind.lower()}_one", rows, Scattered(primitive(rows)(), 4), np.array([3], np.int32), updates[0, 0, :1], state="per_request")
        cases.add(f"scatter_nd_{kind.lower()}_slices", slices, Scattered(primitive(slices)(), 3, 4, 3), np.array([[0, 1], [2, 3]], np.int32), updates[0], state="per_request")
        cases.add(f"scatter_nd_{kind.lower()}_elements", slices, Scattered(primitive(slices)(), 6), np.array([[5], [0]], np.int64), updates[0, 0, :2], state="per_request")
    repeated = np.array([1, 1, 0], np.int32)
    cases.add("scatter_add_repeated", "ScatterAdd", Scattered(primitive("ScatterAdd")(), 2, 2), repeated, f32(3, 2), state="per_request")
    cases.add("scatter_nd_sub_repeated", "ScatterNdSub", Scattered(primitive("ScatterNdSub")(), 2, 2), repeated.reshape(3, 1), f32(3, 2), state="per_request")


def main():
    """Makes all cases."""
    cases = Cases(FOLDER)
    for net, want in ((Counter, "AssignAdd"), (Inplace, "InplaceAddExt"), (Exchange, "Assign"), (Returned, "AssignSub"), (Unrolled, "InplaceAddExt"),
                      (OnlyWritten, "Assign")):
        name = "".join(("_" if letter.isupper() else "") + letter.lower() for letter in net.__name__)[1:]
        cases.add(name, want, net(), f32(2, 3), state="per_request")
    for net, want in ((Overwritten, "Assign"), (NeverRead, "AssignAdd")):
        name = "".join(("_" if letter.isupper() else "") + letter.lower() for letter in net.__name__)[1:]
        cases.add(name, want, net(), f32(2, 3))
    add_scatters(cases)
    cases.write()


if __name__ == "__main__":
    main()
