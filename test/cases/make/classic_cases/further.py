"""Primitives of several families: windows that are filled in again, matrices, sequences, what is added or joined by positions."""
import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, nn, ops
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive

CASES = Cases()


class Writes(nn.Cell):
    """A primitive that writes into a parameter, from zeros on."""

    def __init__(self, op, start):
        super().__init__()
        self.op = op
        self.held = Parameter(Tensor(start), name="held")

    def construct(self, *inputs):
        return self.op(self.held, *inputs)


class First(nn.Cell):
    """The first result; the others are statistics for training."""

    def __init__(self, op):
        super().__init__()
        self.op = op

    def construct(self, *inputs):
        return self.op(*inputs)[0]


def unpooled(n, shape, size, high):
    """Values with positions of their own in each plane."""
    count = int(np.prod(shape[2:]))
    places = np.stack([n.rng.permutation(high)[:count] for _ in range(shape[0] * shape[1])])
    return [n.f(*shape), places.reshape(shape).astype(np.int64)]


for word, shape, kernel, stride, pads, out in (("plain", (1, 2, 2, 3), 2, 2, 0, ()), ("padded", (2, 1, 3, 2), 3, 2, 1, (2, 1, 5, 3)), ("sized", (1, 1, 2, 2), 2, 2, 0, (1, 1, 5, 5))):
    CASES.add("MaxUnpool2D", word, lambda k=kernel, s=stride, p=pads, o=out: primitive("MaxUnpool2D")(k, s, p, o), lambda n, shape=shape: unpooled(n, shape, None, 15))
for word, shape, out in (("plain", (1, 2, 2, 1, 2), ()), ("sized", (2, 1, 1, 2, 2), (2, 1, 3, 5, 4)), ("one", (1, 1, 1, 1, 1), ())):
    CASES.add("MaxUnpool3D", word, lambda o=out: primitive("MaxUnpool3D")(2, 2, 0, o), lambda n, shape=shape: unpooled(n, shape, None, 8))
for word, shape, kernel, size in (("plain", (2, 3, 7, 6), 2, (3, 4)), ("square", (1, 2, 5, 5), 3, (2, 2)), ("one", (1, 1, 4, 4), 2, (1, 1))):
    CASES.add("FractionalMaxPoolWithFixedKsize", word, lambda k=kernel, s=size: primitive("FractionalMaxPoolWithFixedKsize")(k, s), lambda n, shape=shape: [n.f(*shape), n.u(0, 1, *shape[:2], 2)])
for word, shape, kernel, size in (("plain", (1, 3, 7, 6, 5), (2, 2, 2), (3, 4, 2)), ("cube", (2, 1, 5, 5, 5), (3, 3, 3), (2, 2, 2))):
    CASES.add("FractionalMaxPool3DWithFixedKsize", word, lambda k=kernel, s=size: primitive("FractionalMaxPool3DWithFixedKsize")(k, s), lambda n, shape=shape: [n.f(*shape), n.u(0, 1, *shape[:2], 3)])
CASES.cell("InstanceNormV2", "plain", lambda: First(primitive("InstanceNormV2")(False)), lambda n: [n.f(2, 1, 3, 4, 4), *[n.u(0.5, 1.5, 2, 1, 1, 1, 4) for _ in range(4)]])
CASES.cell("InstanceNormV2", "training", lambda: First(primitive("InstanceNormV2")(True, 0.1, 1e-3)), lambda n: [n.f(1, 2, 2, 3, 4), *[n.u(0.5, 1.5, 1, 2, 1, 1, 4) for _ in range(4)]])
CASES.cell("InstanceNormV2", "half", lambda: First(primitive("InstanceNormV2")(False)), lambda n: [n.f(2, 1, 3, 4, 4, dtype=np.float16), *[n.u(0.5, 1.5, 2, 1, 1, 1, 4) for _ in range(4)]])
for mode in ("valid", "same", "full"):
    CASES.add("Correlate", mode, lambda mode=mode: primitive("Correlate")(mode), lambda n: [n.f(7), n.f(3)])
CASES.add("Correlate", "short_first", lambda: primitive("Correlate")("full"), lambda n: [n.f(2), n.f(5)])
for word, size in (("two", 2), ("three", 3), ("long", 5)):
    CASES.add("NoRepeatNGram", word, lambda s=size: primitive("NoRepeatNGram")(s), lambda n: [n.i(0, 4, 2, 3, 9), n.f(2, 3, 4)])
for word, dtype in (("f32", np.float32), ("i32", np.int32), ("f64", np.float64)):
    CASES.cell("IndexAdd", word, lambda dtype=dtype: Writes(primitive("IndexAdd")(1), np.arange(12).reshape(3, 4).astype(dtype)), lambda n, dtype=dtype: [np.array([2, 0, 2], np.int32), n.i(0, 9, 3, 3).astype(dtype)], state="per_request")
    CASES.cell("InplaceIndexAdd", word, lambda dtype=dtype: Writes(primitive("InplaceIndexAdd")(0), np.arange(12).reshape(3, 4).astype(dtype)), lambda n, dtype=dtype: [np.array([2, 0, 2], np.int32), n.i(0, 9, 3, 4).astype(dtype)], state="per_request")
for word, dtype in (("f32", np.float32), ("f16", np.float16), ("f64", np.float64)):
    CASES.add("CheckNumerics", word, lambda: primitive("CheckNumerics")(), lambda n, dtype=dtype: [n.f(3, 4, dtype=dtype)])
    CASES.add("IsInf", word, lambda: P.IsInf(), lambda n, dtype=dtype: [np.array([1, np.inf, -np.inf, np.nan, 0], dtype)])
for word, kernel, stride, pad in (("valid", (2, 2, 2), (1, 1, 1), "VALID"), ("same", (2, 3, 1), (2, 2, 1), "SAME"), ("wide", (1, 2, 2), (1, 2, 1), "VALID")):
    CASES.add("ExtractVolumePatches", word, lambda k=kernel, s=stride, p=pad: primitive("ExtractVolumePatches")([1, 1, *k], [1, 1, *s], p), lambda n: [n.f(2, 2, 3, 4, 3)])
NAN = np.array([[1, np.nan, 3, 2], [np.nan, np.nan, 5, np.nan], [4, 3, 2, 1]], np.float32)
for word, axis, keep in (("rows", 1, False), ("columns", 0, True), ("all_nan", 1, True)):
    CASES.add("Median", f"without_nan_{word}", lambda: ops.nanmedian, lambda n, word=word: [NAN[:, 1:2] if word == "all_nan" else NAN], axis, keep)


class Counts(nn.Cell):
    """A range whose end is computed."""

    def __init__(self):
        super().__init__()
        self.op = P.Range(64)

    def construct(self, x):
        end = x.max().astype(ms.int32) + 1
        return self.op(Tensor(0, ms.int32), end, Tensor(1, ms.int32)) * 2


CASES.add("Range", "given", lambda: P.Range(64), lambda n: [np.array(v, np.int32) for v in (1, 9, 3)])
CASES.add("Range", "float", lambda: P.Range(64), lambda n: [np.array(v, np.float32) for v in (0.5, 2.9, 0.5)])
CASES.add("Range", "back", lambda: P.Range(64), lambda n: [np.array(v, np.int64) for v in (5, -6, -2)])
CASES.cell("Range", "computed", Counts, lambda n: [np.array([1, 3, 2], np.float32)])
CASES.add("Range", "bincount", lambda: ops.bincount, lambda n: [np.array([1, 2, 2, 5, 0], np.int64)])
