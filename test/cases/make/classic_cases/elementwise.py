"""Functions of elements."""
import numpy as np
from mindspore.ops import operations as P

from classic_cases.case import Cases, Tupled, primitive

CASES = Cases()
INF, NAN = np.inf, np.nan


def edges(dtype=np.float32):
    """Numbers where functions are special."""
    return np.array([0, -0.0, 1, -1, INF, -INF, NAN, 0.5, -2.5, 1.5], dtype)


def pairs(dtype=np.float32):
    """Pairs of such numbers."""
    x = np.array([0, -0.0, 1, -1, 3, INF], dtype)
    return [np.repeat(x, 6), np.tile(x, 6)]


for op in ("Mod", "TruncateMod", "TruncateDiv"):
    make = primitive(op)
    CASES.add(op, "f32", make, lambda n: [n.f(3, 5, scale=4), n.u(0.5, 3, 3, 5)])
    CASES.add(op, "i32_broadcast", make, lambda n: [n.i(-20, 20, 3, 1, 5), n.i(1, 6, 7, 1)])
    CASES.add(op, "signs", make, lambda n: [np.array([7, 7, -7, -7, 5.5, -5.5], np.float32), np.array([3, -3, 3, -3, 2, -2], np.float32)])
for op in ("DivNoNan", "MulNoNan", "Xdivy", "Xlogy"):
    make = primitive(op)
    CASES.add(op, "f32_broadcast", make, lambda n: [n.u(0.1, 3, 3, 1, 5), n.u(0.1, 3, 7, 1)])
    CASES.add(op, "f16", make, lambda n: [n.u(0.1, 3, 5, dtype=np.float16), n.u(0.1, 3, 5, dtype=np.float16)], rtol=5e-3, atol=1e-3)
    CASES.add(op, "edge", make, lambda n: pairs(), **({"wrong_reference": "the CPU kernel gives NaN for x = 0 and y = 0, the documentation zero"} if op == "Xlogy" else {}))
for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    make = primitive(op)
    CASES.add(op, "i32_broadcast", make, lambda n: [n.i(-99, 99, 3, 1, 5), n.i(-99, 99, 7, 1)])
    CASES.add(op, "u8", make, lambda n: [n.i(0, 256, 13, dtype=np.uint8), n.i(0, 256, 13, dtype=np.uint8)])
    CASES.add(op, "i64", make, lambda n: [n.i(-2**40, 2**40, 2, 3, dtype=np.int64), n.i(-2**40, 2**40, 2, 3, dtype=np.int64)])
for op in ("LeftShift", "RightShift"):
    make = primitive(op)
    CASES.add(op, "i32", make, lambda n: [n.i(-99, 99, 3, 5), n.i(0, 8, 3, 5)])
    CASES.add(op, "i64_broadcast", make, lambda n: [n.i(-999, 999, 3, 1, dtype=np.int64), n.i(0, 20, 5, dtype=np.int64)])
    CASES.add(op, "u8", make, lambda n: [n.i(0, 256, 13, dtype=np.uint8), n.i(0, 8, 13, dtype=np.uint8)])
CASES.add("Invert", "i16", P.Invert, lambda n: [n.i(-999, 999, 3, 5, dtype=np.int16)])
CASES.add("Invert", "u16", P.Invert, lambda n: [n.i(0, 999, 7, dtype=np.uint16)])
CASES.add("Invert", "i32", P.Invert, lambda n: [n.i(-999, 999, 0, 3)])
for op in ("Rint", "Inv", "Trunc"):
    make = primitive(op)
    CASES.add(op, "f32", make, lambda n: [n.f(3, 5, scale=4)])
    CASES.add(op, "f16", make, lambda n: [n.f(7, dtype=np.float16, scale=4)], rtol=2e-3)
    CASES.add(op, "edge", make, lambda n: [edges()])
for op in ("HShrink", "SoftShrink"):
    make = primitive(op)
    CASES.add(op, "f32", make, lambda n: [n.f(3, 5)])
    CASES.add(op, "lambda", lambda make=make: make(0.75), lambda n: [n.f(2, 3, 5)])
    CASES.add(op, "f16_edge", make, lambda n: [edges(np.float16)])
CASES.add("ApproximateEqual", "f32", lambda: P.ApproximateEqual(0.5), lambda n: [n.f(3, 5), n.f(3, 5)])
CASES.add("ApproximateEqual", "f16", lambda: P.ApproximateEqual(1.0), lambda n: [n.f(13, dtype=np.float16), n.f(13, dtype=np.float16)])
CASES.add("ApproximateEqual", "edge", P.ApproximateEqual, lambda n: pairs())
CASES.add("NanToNum", "defaults", lambda: primitive("NanToNum")(0.0, None, None), lambda n: [edges()])
CASES.add("NanToNum", "values", lambda: primitive("NanToNum")(1.5, 2.5, -3.5), lambda n: [edges()])
CASES.add("NanToNum", "f16", lambda: primitive("NanToNum")(0.0, None, None), lambda n: [edges(np.float16)])
for op, known in (("AddN", True), ("AccumulateNV2", False)):
    make = primitive(op)
    CASES.add(op, "three", lambda make=make: Tupled(make()), lambda n: [n.f(3, 5), n.f(3, 5), n.f(3, 5)], reference=known)
    CASES.add(op, "i32", lambda make=make: Tupled(make()), lambda n: [n.i(-9, 9, 2, 3), n.i(-9, 9, 2, 3)], reference=known)
    CASES.add(op, "empty", lambda make=make: Tupled(make()), lambda n: [n.f(2, 0, 3), n.f(2, 0, 3)], reference=known)
CASES.add("AddV2", "f32", primitive("AddV2"), lambda n: [n.f(3, 5), n.f(3, 5)])
CASES.add("AddV2", "i64", primitive("AddV2"), lambda n: [n.i(-9, 9, 3, dtype=np.int64), n.i(-9, 9, 3, dtype=np.int64)])
CASES.add("AddV2", "empty", primitive("AddV2"), lambda n: [n.f(0, 3), n.f(0, 3)])
CASES.add("SquareSumAll", "f32", P.SquareSumAll, lambda n: [n.f(3, 5), n.f(3, 5)])
CASES.add("SquareSumAll", "one", P.SquareSumAll, lambda n: [n.f(1), n.f(1)])
CASES.add("SquareSumAll", "f16", P.SquareSumAll, lambda n: [n.f(7, dtype=np.float16), n.f(7, dtype=np.float16)], rtol=5e-3)
CASES.add("ReLUV3", "f32", primitive("ReLUV3"), lambda n: [n.f(3, 5)])
CASES.add("ReLUV3", "i32", primitive("ReLUV3"), lambda n: [n.i(-5, 5, 3, 5)])
CASES.add("ReLUV3", "edge", primitive("ReLUV3"), lambda n: [edges()])
CASES.add("IsClose", "f32", lambda: P.IsClose(0.1, 0.2), lambda n: [n.f(3, 5), n.f(3, 5)])
CASES.add("IsClose", "equal_nan", lambda: P.IsClose(1e-5, 1e-8, True), lambda n: [edges(), edges()])
CASES.add("IsClose", "edge", P.IsClose, lambda n: pairs())
