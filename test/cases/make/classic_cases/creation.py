"""Constants that follow a rule. Shapes come from an input where the exporter would compute the constant itself."""
import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive

CASES = Cases()
for op in ("OnesLike", "ZerosLike"):
    make = primitive(op)
    CASES.add(op, "f32", make, lambda n: [n.f(3, 5)])
    CASES.add(op, "i64", make, lambda n: [n.i(0, 9, 7, dtype=np.int64)])
    CASES.add(op, "bool_empty", make, lambda n: [n.b(0, 3)])


class Added(nn.Cell):
    """A constant made by a primitive and added to the input, so that the file needs both."""

    def __init__(self, op, *arguments):
        super().__init__()
        self.op = op
        self.arguments = arguments
        self.cast = P.Cast()

    def construct(self, x):
        return x + self.cast(self.op(*self.arguments), ms.float32)


def added(name, word, numbers, *arguments, **attributes):
    """A case of a primitive without tensor inputs."""
    CASES.cell(name, word, lambda: Added(primitive(name)(**attributes), *arguments), numbers)


added("LinSpace", "five", lambda n: [n.f(5)], ms.Tensor(-1.0, ms.float32), ms.Tensor(2.5, ms.float32), 5)
added("LinSpace", "one", lambda n: [n.f(1)], ms.Tensor(3.0, ms.float32), ms.Tensor(2.5, ms.float32), 1)
added("LinSpace", "down", lambda n: [n.f(2, 7)], ms.Tensor(9.0, ms.float32), ms.Tensor(-9.0, ms.float32), 7)
added("Range", "i32", lambda n: [n.f(4)], ms.Tensor(1, ms.int32), ms.Tensor(9, ms.int32), ms.Tensor(2, ms.int32))
added("Range", "down", lambda n: [n.f(5)], ms.Tensor(10, ms.int64), ms.Tensor(-4, ms.int64), ms.Tensor(-3, ms.int64))
added("Range", "f32", lambda n: [n.f(3)], ms.Tensor(0.5, ms.float32), ms.Tensor(2.0, ms.float32), ms.Tensor(0.5, ms.float32))
added("Eye", "square", lambda n: [n.f(3, 3)], 3, 3, ms.float32)
added("Eye", "wide", lambda n: [n.f(2, 5)], 2, 5, ms.int32)
added("Eye", "tall", lambda n: [n.f(4, 1)], 4, 1, ms.bool_)
added("Ones", "f32", lambda n: [n.f(2, 3)], (2, 3), ms.float32)
added("Ones", "i32", lambda n: [n.f(3)], (2, 1), ms.int32)
added("Ones", "rank0", lambda n: [n.f(3)], (), ms.float32)
added("Zeros", "f32", lambda n: [n.f(2, 3)], (2, 3), ms.float32)
added("Zeros", "bool", lambda n: [n.f(3)], (2, 1), ms.bool_)
added("Zeros", "empty", lambda n: [n.f(3)], (0, 3), ms.float32)
added("TrilIndices", "square", lambda n: [n.f(2, 6)], row=3, col=3)
added("TrilIndices", "above", lambda n: [n.f(2, 9)], row=4, col=3, offset=1, dtype=ms.int64)
added("TrilIndices", "below", lambda n: [n.f(2, 1)], row=2, col=5, offset=-1)
added("TriuIndices", "square", lambda n: [n.f(2, 6)], row=3, col=3)
added("TriuIndices", "above", lambda n: [n.f(2, 3)], row=4, col=3, offset=1, dtype=ms.int64)
added("TriuIndices", "below", lambda n: [n.f(1)], row=2, col=5, offset=7)
for window in ("BartlettWindow", "BlackmanWindow", "HammingWindow"):
    length = ms.Tensor(7, ms.int32)
    added(window, "periodic", lambda n: [n.f(7)], length if window != "HammingWindow" else ms.Tensor([7], ms.int32))
    added(window, "symmetric", lambda n: [n.f(6)], ms.Tensor(6, ms.int32) if window != "HammingWindow" else ms.Tensor([6], ms.int32), periodic=False)
    added(window, "one", lambda n: [n.f(1)], ms.Tensor(1, ms.int64) if window != "HammingWindow" else ms.Tensor([1], ms.int64))


class FillV2(nn.Cell):
    """FillV2 with a value that is an input."""

    def __init__(self, *shape):
        super().__init__()
        self.op = primitive("FillV2")()
        self.shape = shape

    def construct(self, value):
        return self.op(self.shape, value)


class Fills(nn.Cell):
    """Fills with a value that is an input."""

    def __init__(self):
        super().__init__()
        self.op = primitive("Fills")()

    def construct(self, x, value):
        return self.op(x, value)


CASES.cell("FillV2", "f32", lambda: FillV2(3, 5), lambda n: [np.array(2.5, np.float32)])
CASES.cell("FillV2", "i64", lambda: FillV2(2, 1, 3), lambda n: [np.array(-7, np.int64)])
CASES.cell("FillV2", "one", lambda: FillV2(1), lambda n: [np.array(True)])
CASES.cell("Fills", "f32", Fills, lambda n: [n.f(3, 5), np.array(2.5, np.float32)])
CASES.cell("Fills", "i32", Fills, lambda n: [n.i(0, 9, 7), np.array(3, np.float32)])
CASES.cell("Fills", "f16", Fills, lambda n: [n.f(2, 2, dtype=np.float16), np.array(0.5, np.float32)])
for word, splits, dtype, starts, limits, deltas in (("i32", ms.int64, np.int32, [2, 5, 8], [3, 5, 12], [1, 1, 3]), ("i64_down", ms.int32, np.int64, [9, -3, 4, 0], [2, -9, 7, 5], [-2, -1, -1, 4]),
                                                    ("f32", ms.int64, np.float32, [0.5, -1, 3], [2.25, 1, 3], [0.5, 0.3, 1]), ("f64", ms.int32, np.float64, [1, 0], [-0.7, 3], [-0.25, 0.1]),
                                                    ("scalar", ms.int32, np.int32, 3, 11, 4), ("nothing", ms.int64, np.float32, [1, 2], [1, -5], [1, 1])):
    CASES.add("RaggedRange", word, lambda splits=splits: primitive("RaggedRange")(splits), lambda n, dtype=dtype, values=(starts, limits, deltas): [np.array(value, dtype) for value in values])
