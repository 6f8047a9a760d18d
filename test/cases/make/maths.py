"""Cases of mathematical primitives: special functions, windows, integers' functions, norms, logic.

    python maths.py FOLDER

Three per primitive where its meaning allows: odd sizes with broadcasting, another element type, values at the edges.
"""
import sys

import mindspore as ms
import numpy as np
from mindspore import nn

from common import Apply, Cases
from primitives import primitive

RNG = np.random.default_rng(20240711)
F32, F64, F16 = np.float32, np.float64, np.float16
EDGES = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0], F32)
FINITE = np.array([0.0, -0.0, np.nan, 100.0, -60.0, 1e-9], F32)
TIGHT = {"rtol": 1e-4, "atol": 1e-6}
EXACT = {"rtol": 0.0, "atol": 0.0}


class Beside(nn.Cell):
    """A primitive of constants, times the input: a model has to have one."""

    def __init__(self, primitive_, *constants):
        super().__init__()
        self.primitive_ = primitive_
        self.constants = constants

    def construct(self, x):
        return x * self.primitive_(*self.constants)


def uniform(low, high, shape, dtype=F32):
    """Random numbers between two bounds."""
    return RNG.uniform(low, high, shape).astype(dtype)


def one_operand(cases):
    """Functions of one tensor: (low, high) is a range without poles, `edges` values at the ends of the definition."""
    both = (-8.0, 8.0)
    positive = (0.05, 9.0)
    table = {"BesselI0": both, "BesselI0e": both, "BesselI1": both, "BesselI1e": both, "BesselJ0": (-20.0, 20.0), "BesselJ1": (-20.0, 20.0),
             "BesselK0": positive, "BesselK0e": positive, "BesselK1": positive, "BesselK1e": positive, "BesselY0": (0.05, 20.0),
             "BesselY1": (0.05, 20.0), "Lgamma": (-4.6, 30.0), "Digamma": (-4.6, 30.0), "Erfinv": (-0.999, 0.999), "Sinc": both, "Trunc": both,
             "NanToNum": both, "Logit": (0.01, 0.99)}
    for name, (low, high) in table.items():
        snake = name.lower()
        arguments = {"NanToNum": (0.5, 3.0, -2.0), "Logit": (0.1,)}.get(name, ())
        function = primitive(name, *arguments)
        cases.add(f"{snake}_f32", name, function, uniform(low, high, (3, 5, 7)), **TIGHT)
        cases.add(f"{snake}_f64", name, function, uniform(low, high, (11,), F64), rtol=1e-6, atol=1e-9)
        edges = EDGES if low < 0 else np.array([0.0, np.inf, np.nan, 1e-8, 40.0], F32)
        if name[:7] in ("BesselI", "BesselJ"):
            edges = FINITE  # MindSpore has NaN at infinity, where the limits exist
        if name[:7] == "BesselY":
            edges = np.array([np.nan, 1e-8, 40.0], F32)
        cases.add(f"{snake}_edges", name, function, edges, **TIGHT)
    cases.add("logit_unclamped", "Logit", primitive("Logit"), np.array([0.0, 1.0, 0.5, -0.5, 1.5, 0.01], F32), **TIGHT)
    cases.add("trunc_i32", "Trunc", primitive("Trunc"), np.array([-3, 0, 7], np.int32))
    cases.add("nantonum_defaults", "NanToNum", primitive("NanToNum"), EDGES)
    cases.add("nantonum_f16", "NanToNum", primitive("NanToNum"), EDGES.astype(F16))
    for p in (1, 3):
        cases.add(f"mvlgamma_p{p}", "Mvlgamma", primitive("Mvlgamma", p), uniform(p, 9, (2, 5)), **TIGHT)
    cases.add("mvlgamma_f64", "Mvlgamma", primitive("Mvlgamma", 2), uniform(1, 20, (7,), F64), rtol=1e-6)
    cases.add("invert_i16", "Invert", primitive("Invert"), np.array([[0, -1, 32767], [-32768, 5, -6]], np.int16))
    cases.add("invert_u8", "Invert", primitive("Invert"), np.array([0, 255, 7], np.uint8))
    cases.add("invert_i64", "Invert", primitive("Invert"), np.array([0, -1, 2**62], np.int64))
    cases.add("populationcount_i16", "PopulationCount", primitive("PopulationCount"), np.array([[0, -1, 32767], [-32768, 5, -6]], np.int16))
    cases.add("populationcount_u8", "PopulationCount", primitive("PopulationCount"), np.array([0, 255, 7], np.uint8))
    cases.add("populationcount_i64", "PopulationCount", primitive("PopulationCount"), np.array([0, -1, 2**62 + 1], np.int64))
    for dtype in (F32, F64, F16):
        cases.add(f"eps_{np.dtype(dtype).name}", "Eps", primitive("Eps"), uniform(0, 1, (2, 3), dtype), **EXACT)


def two_operands(cases):
    """Functions of two tensors that broadcast."""
    table = {"Igamma": ((0.2, 12.0), (0.0, 20.0)), "Igammac": ((0.2, 12.0), (0.0, 20.0)), "Zeta": ((1.2, 9.0), (0.3, 9.0)),
             "Hypot": ((-5.0, 5.0), (-5.0, 5.0)), "Heaviside": ((-1.0, 1.0), (-5.0, 5.0)), "Fmax": ((-1.0, 1.0), (-1.0, 1.0)),
             "Fmin": ((-1.0, 1.0), (-1.0, 1.0)), "NextAfter": ((-1.0, 1.0), (-1.0, 1.0)), "Xdivy": ((0.0, 2.0), (0.1, 2.0)), "MulNoNan": ((-2.0, 2.0), (-2.0, 2.0)), "TruncateDiv": ((-9.0, 9.0), (0.5, 3.0)),
             "TruncateMod": ((-9.0, 9.0), (0.5, 3.0)), "AddV2": ((-1.0, 1.0), (-1.0, 1.0))}
    edge = np.array([0.0, np.inf, np.nan, -np.inf, 1.0, -2.0], F32)
    # Where MindSpore has numbers outside of the domain, or NaN for all elements when one is NaN.
    domain = np.array([0.5, 1.0, 150.0], F32), np.array([0.0, 1e-6, 1.0, 149.0, 151.0, 1e4, np.nan, -1.0], F32)
    own = {"Igamma": domain, "Igammac": domain, "Xdivy": (edge[[0, 1, 3, 4, 5]], edge[[0, 1, 3, 4, 5]]), "TruncateDiv": (edge[[0, 4, 5]], np.array([0.3, -7.0], F32))}
    for name, (a, b) in table.items():
        snake = name.lower()
        tolerance = EXACT if name in ("NextAfter", "Fmax", "Fmin", "Heaviside") else TIGHT
        equal = name in ("Zeta", "AddV2", "NextAfter")  # these do not broadcast
        first, second = ((3, 4, 5), (3, 4, 5)) if equal else ((3, 1, 5), (4, 1))
        reference = name != "Fmin"  # without a kernel on the CPU
        if name == "NextAfter":
            tolerance = {**EXACT, "wrong_reference": "the next number of double is taken, which float32 rounds back to the one before"}
        cases.add(f"{snake}_broadcast", name, primitive(name), uniform(*a, first), uniform(*b, second), reference=reference, **tolerance)
        cases.add(f"{snake}_f64", name, primitive(name), uniform(*a, (7,), F64), uniform(*b, (7,), F64), reference=reference, rtol=1e-6, atol=1e-9)
        rows, columns = own.get(name, (edge, edge))
        grid = np.meshgrid(rows, columns) if equal else (rows[:, None], columns[None, :])
        cases.add(f"{snake}_edges", name, primitive(name), *grid, reference=reference, **tolerance)
    cases.add("heaviside_zero", "Heaviside", primitive("Heaviside"), np.array([-1, 0, 2, 0], np.int32), np.array([5, 6, 7, 8], np.int32))
    for name in ("TruncateDiv", "TruncateMod"):
        cases.add(f"{name.lower()}_i32", name, primitive(name), np.array([-7, 7, -7, 7, 0], np.int32), np.array([2, 2, -2, -2, 3], np.int32))
    for dtype, name in ((F32, "f32"), (F64, "f64")):
        cases.add(f"polygamma_{name}", "Polygamma", primitive("Polygamma"), np.array(3, np.int32), uniform(0.3, 9, (3, 5), dtype), **TIGHT)
    for n in (0, 1, 2):
        cases.add(f"polygamma_order_{n}", "Polygamma", primitive("Polygamma"), np.array(n, np.int64), uniform(0.3, 9, (7,)), **TIGHT)


def integers(cases):
    """Functions of integers."""
    a, b = np.array([[12, -18, 0], [7, 0, 100]], np.int32), np.array([18, 12, 5], np.int32)
    for name in ("Gcd", "Lcm"):
        cases.add(f"{name.lower()}_i32", name, primitive(name), a, b)
        cases.add(f"{name.lower()}_i64", name, primitive(name), a.astype(np.int64), b.astype(np.int64)[::-1].copy())
        cases.add(f"{name.lower()}_zeros", name, primitive(name), np.array([0, 0, -4, 9], np.int32), np.array([0, 6, 0, -6], np.int32))
    for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseAndTensor", "BitwiseOrTensor", "BitwiseXorTensor"):
        known = {"reference": not name.endswith("Tensor") or name == "BitwiseAndTensor"}  # the others have no kernel on the CPU
        cases.add(f"{name.lower()}_i32", name, primitive(name), a, b, **known)
        cases.add(f"{name.lower()}_u8", name, primitive(name), RNG.integers(0, 256, (3, 1, 5)).astype(np.uint8), RNG.integers(0, 256, (4, 1)).astype(np.uint8), **known)
        cases.add(f"{name.lower()}_i64", name, primitive(name), np.array([-1, 2**40, -2**62], np.int64), np.array([5, -2**41, 2**62 + 3], np.int64), **known)
    for name in ("BitwiseAndTensor", "BitwiseOrTensor", "BitwiseXorTensor"):
        cases.add(f"{name.lower()}_bool", name, primitive(name), np.array([True, False, True]), np.array([[True], [False]]), reference=name == "BitwiseAndTensor")
    for name in ("BitwiseAndScalar", "BitwiseOrScalar", "BitwiseXorScalar"):
        cases.add(f"{name.lower()}_i32", name, Apply(primitive(name), 6), a, reference=False)
        cases.add(f"{name.lower()}_u8", name, Apply(primitive(name), 170), RNG.integers(0, 256, (3, 5)).astype(np.uint8), reference=False)
        cases.add(f"{name.lower()}_negative", name, Apply(primitive(name), -6), a.astype(np.int64), reference=False)
    for name in ("LeftShift", "RightShift"):
        cases.add(f"{name.lower()}_i32", name, primitive(name), np.array([[1, -1, 9], [-100, 5, 2**30]], np.int32), np.array([0, 1, 3], np.int32))
        cases.add(f"{name.lower()}_u8", name, primitive(name), np.array([1, 255, 9], np.uint8), np.array([7, 1, 3], np.uint8))
        cases.add(f"{name.lower()}_i64", name, primitive(name), np.array([1, -2**40, 9], np.int64), np.array([62, 5, 3], np.int64))


def several_operands(cases):
    """Functions of three tensors and more, and those with attributes."""
    cases.add("betainc_f32", "Betainc", primitive("Betainc"), uniform(0.3, 9, (3, 5)), uniform(0.3, 9, (3, 5)), uniform(0, 1, (3, 5)), **TIGHT)
    cases.add("betainc_f64", "Betainc", primitive("Betainc"), uniform(0.3, 40, (9,), F64), uniform(0.3, 40, (9,), F64), uniform(0, 1, (9,), F64), rtol=1e-6)
    cases.add("betainc_ends", "Betainc", primitive("Betainc"), np.array([1, 2, 0.5, 3], F32), np.array([1, 0.5, 2, 3], F32), np.array([0, 1, 0.5, 1e-6], F32), rtol=1e-4, atol=1e-10)
    close = np.array([1.0, 1.00001, np.nan, np.inf, 0.0], F32), np.array([1.0, 1.0, np.nan, np.inf, 1e-9], F32)
    cases.add("isclose_default", "IsClose", primitive("IsClose", equal_nan=True), *close)
    cases.add("isclose_strict", "IsClose", primitive("IsClose", 1e-3, 1e-2, True), uniform(0, 1, (3, 5)), uniform(0, 1, (5,)))
    cases.add("isclose_i32", "IsClose", primitive("IsClose", 0.1, 0.0, True), np.array([10, 20, -30], np.int32), np.array([11, 23, -30], np.int32))
    cases.add("isclose_no_nan", "IsClose", primitive("IsClose", 1e-5, 1e-8, False), *close)
    cases.add("approximateequal_f32", "ApproximateEqual", primitive("ApproximateEqual", 0.3), uniform(0, 1, (3, 5)), uniform(0, 1, (3, 5)))
    cases.add("approximateequal_f64", "ApproximateEqual", primitive("ApproximateEqual", 1e-5), np.array([1.0, 2.0], F64), np.array([1.000001, 2.1], F64))
    cases.add("approximateequal_edges", "ApproximateEqual", primitive("ApproximateEqual", 1.0), np.array([1, np.nan, np.inf, 2], F32), np.array([2, np.nan, np.inf, 2.5], F32))
    cases.add("cross_default", "Cross", primitive("Cross", dim=-65530), uniform(-3, 3, (4, 3, 5)), uniform(-3, 3, (4, 3, 5)))
    cases.add("cross_dim", "Cross", primitive("Cross", dim=-1), uniform(-3, 3, (3, 2, 3), F64), uniform(-3, 3, (3, 2, 3), F64), rtol=1e-6)
    cases.add("cross_i32", "Cross", primitive("Cross", dim=0), np.arange(6, dtype=np.int32).reshape(3, 2), np.array([[1, 2], [-3, 4], [5, 6]], np.int32))
    cases.add("ger_f32", "Ger", primitive("Ger"), uniform(-3, 3, (4,)), uniform(-3, 3, (3,)))
    cases.add("ger_f64", "Ger", primitive("Ger"), uniform(-3, 3, (1,), F64), uniform(-3, 3, (5,), F64), rtol=1e-6)
    cases.add("ger_f16", "Ger", primitive("Ger"), uniform(-3, 3, (5,), F16), uniform(-3, 3, (2,), F16))
    for p, dim, norm in ((2, 0, 1.5), (1, 1, 2.0), (3, -1, 0.5)):
        cases.add(f"renorm_p{p}", "Renorm", primitive("Renorm", p, dim, norm), uniform(-1, 1, (3, 4, 5)))
    cases.add("renorm_small_rows", "Renorm", primitive("Renorm", 2, 0, 1.0), np.array([[0, 0], [0.1, 0.2], [3, 4]], F32))
    cases.add("squaresumall_f32", "SquareSumAll", primitive("SquareSumAll"), uniform(-1, 1, (3, 5)), uniform(-1, 1, (3, 5)))
    cases.add("squaresumall_one", "SquareSumAll", primitive("SquareSumAll"), uniform(-1, 1, (1,)), uniform(-1, 1, (1,)))
    cases.add("squaresumall_f16", "SquareSumAll", primitive("SquareSumAll"), uniform(-1, 1, (4,), F16), uniform(-1, 1, (4,), F16))
    cases.add("squaresumall_f32_vector", "SquareSumAll", primitive("SquareSumAll"), uniform(-1, 1, (7,)), uniform(-1, 1, (7,)))
    bits = RNG.integers(-2, 3, (3, 16))
    for dtype in (F32, F64, np.int32):
        cases.add(f"compareandbitpack_{np.dtype(dtype).name}", "CompareAndBitpack", primitive("CompareAndBitpack"), bits.astype(dtype), np.array(0, dtype))
    cases.add("equalcount_i32", "EqualCount", primitive("EqualCount"), np.array([1, 2, 3, 4], np.int32), np.array([1, 5, 3, 4], np.int32))
    cases.add("equalcount_f32", "EqualCount", primitive("EqualCount"), np.array([[1, 2, 3]], F32), np.array([[1, 5, 3]], F32))
    cases.add("equalcount_none", "EqualCount", primitive("EqualCount"), np.array([1, 2, 3], F32), np.array([4, 5, 6], F32))
    cases.add("clipbynorm_all", "ClipByNorm", primitive("ClipByNorm"), uniform(-1, 1, (3, 5)), np.array(1.0, F32))
    cases.add("clipbynorm_axis", "ClipByNorm", primitive("ClipByNorm", 1), uniform(-1, 1, (3, 5)), np.array(1.0, F32),
              wrong_reference="its norms are those of rows, and yet only the first row that is too long is shortened")
    cases.add("clipbynorm_short", "ClipByNorm", primitive("ClipByNorm"), uniform(-0.1, 0.1, (4,)), np.array(1.0, F32))


def constants(cases):
    """Windows and spaces, whose inputs are mostly constants of the file."""
    x = np.full(1, 2, F32)
    for name in ("BartlettWindow", "BlackmanWindow", "HammingWindow"):
        snake = name.lower()
        for length, periodic, dtype in ((10, True, ms.float32), (7, False, ms.float32), (1, True, ms.float64)):
            size = ms.Tensor([length] if name == "HammingWindow" else length, ms.int64)
            cases.add(f"{snake}_{length}", name, Beside(primitive(name, periodic=periodic, dtype=dtype), size), x, **TIGHT)
    for name in ("FFTFreq", "RFFTFreq"):
        cases.add(f"{name.lower()}_odd", name, Beside(primitive(name), 5, 0.5, None), x, **TIGHT)
        cases.add(f"{name.lower()}_even", name, Beside(primitive(name), 8, 1.0, ms.float64), x, **TIGHT)
        cases.add(f"{name.lower()}_one", name, Beside(primitive(name), 1, 3.0, None), x, **TIGHT)
    cases.add("logspace", "LogSpace", primitive("LogSpace", 7, 10), np.array(0.0, F32), np.array(2.0, F32), **TIGHT)
    cases.add("logspace_base2", "LogSpace", primitive("LogSpace", 5, 2), np.array(-1.0, F32), np.array(3.0, F32), **TIGHT)
    cases.add("logspace_one", "LogSpace", primitive("LogSpace", 1, 3), np.array(1.0, F32), np.array(3.0, F32), **TIGHT)
    for name in ("Real", "Imag", "Conj"):
        cases.add(f"{name.lower()}_f32", name, primitive(name), uniform(-1, 1, (3, 5)))
        cases.add(f"{name.lower()}_f64", name, primitive(name), uniform(-1, 1, (7,), F64))
        cases.add(f"{name.lower()}_edges", name, primitive(name), EDGES)
    for dtype in (F32, F64, np.int32):
        cases.add(f"conjugatetranspose_{np.dtype(dtype).name}", "ConjugateTranspose", Apply(primitive("ConjugateTranspose"), (2, 0, 1)), uniform(-9, 9, (2, 3, 4), dtype))
    for name in ("FFTShift", "IFFTShift"):
        cases.add(f"{name.lower()}_all", name, Apply(primitive(name), None), uniform(-1, 1, (3, 4, 5)))
        cases.add(f"{name.lower()}_dim", name, Apply(primitive(name), (-1,)), uniform(-1, 1, (3, 5), F64))
        cases.add(f"{name.lower()}_i32", name, Apply(primitive(name), (0,)), np.arange(7, dtype=np.int32))
    for name in ("DCT", "IDCT"):
        cases.add(f"{name.lower()}_plain", name, Apply(primitive(name), 2, None, -1, None), uniform(-1, 1, (3, 7)), **TIGHT)
        cases.add(f"{name.lower()}_ortho", name, Apply(primitive(name), 2, None, 0, "ortho"), uniform(-1, 1, (5, 2), F64), rtol=1e-6)
        cases.add(f"{name.lower()}_cut", name, Apply(primitive(name), 2, 4, -1, "ortho"), uniform(-1, 1, (2, 6)), **TIGHT)
        cases.add(f"{name.lower()}_padded", name, Apply(primitive(name), 2, 8, 1, "ortho"), uniform(-1, 1, (2, 6)), **TIGHT)
    for name in ("DCTN", "IDCTN"):
        cases.add(f"{name.lower()}_plain", name, Apply(primitive(name), 2, None, None, None), uniform(-1, 1, (3, 7)), **TIGHT)
        cases.add(f"{name.lower()}_ortho", name, Apply(primitive(name), 2, None, (0, 2), "ortho"), uniform(-1, 1, (5, 2, 3), F64), rtol=1e-6)
        cases.add(f"{name.lower()}_sizes", name, Apply(primitive(name), 2, (4, 6), (0, 1), "ortho"), uniform(-1, 1, (5, 5)), **TIGHT)
    cases.add("dataformatdimmap", "DataFormatDimMap", primitive("DataFormatDimMap"), np.array([0, 1, 2, 3, -1, -4], np.int32))
    cases.add("dataformatdimmap_back", "DataFormatDimMap", primitive("DataFormatDimMap", "NCHW", "NHWC"), np.array([[0, 1], [2, 3]], np.int32))
    cases.add("dataformatdimmap_one", "DataFormatDimMap", primitive("DataFormatDimMap", "NHWC", "NCHW"), np.array([2], np.int32))
    cases.add("dataformatvecpermute", "DataFormatVecPermute", primitive("DataFormatVecPermute", "NHWC", "NCHW"), np.array([1, 2, 3, 4], np.int32))
    cases.add("dataformatvecpermute_pairs", "DataFormatVecPermute", primitive("DataFormatVecPermute", "NHWC", "NCHW"), np.arange(8, dtype=np.int64).reshape(4, 2))
    cases.add("dataformatvecpermute_back", "DataFormatVecPermute", primitive("DataFormatVecPermute", "NCHW", "NHWC"), np.array([1, 2, 3, 4], np.int64))


def main():
    """Makes all cases in the folder named."""
    cases = Cases(sys.argv[1])
    for family in (one_operand, two_operands, integers, several_operands, constants):
        family(cases)
    cases.write()


if __name__ == "__main__":
    main()
