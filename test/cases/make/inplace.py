"""Cases of primitives that write into their first input.

    python inplace.py [CASE ...]

writes test/cases/inplace/primitives. Every network writes into a tensor it has computed and returns what the primitive gives and the tensor under its first name, which are the same.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from expressions import Cases  # noqa: E402
from extended.data import f16, f32, f64, i32, i64, positive, unit  # noqa: E402

import numpy as np  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[1] / "inplace" / "primitives"
WRONG = "the CPU kernel computes the result, but leaves the tensor it should write as it was"
EDGES = np.array([[np.inf, -np.inf, 0.0, -0.0, 0.25, 65504.0]], np.float32)
SPECIAL = np.array([[np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-30, 65504.0]], np.float32)


class Maker:
    """Adds cases of one primitive after the other."""

    def __init__(self, only):
        self.cases = Cases(FOLDER, only)

    def add(self, name, primitive, arguments, *arrays, pure=None, reference=None, **entry):
        """`arguments` follow the tensor written; `pure` is the new value as an expression in t and the inputs, `reference` a NumPy function of the arrays."""
        write = f"t = -x0\ny = A.{primitive}()(t{', ' if arguments else ''}{arguments})\nreturn y, t"
        same = pure and f"t = -x0\ny = {pure}\nreturn y, y"
        twice = reference and (lambda *given: (reference(-given[0], *given[1:]),) * 2)
        self.cases.add(name, write, arrays, want=primitive, same=same, reference=twice, **entry)


def arithmetic(make):
    """Sums, products and quotients with a tensor or a number."""
    for name, primitive, pure in (
        ("add", "InplaceAddExt", "mint.add(t, x1, alpha={alpha})"),
        ("sub", "InplaceSubExt", "mint.sub(t, x1, alpha={alpha})"),
    ):
        make.add(f"{name}_rows", primitive, "x1, 1", f32(3, 5), f32(5), pure=pure.format(alpha=1))
        make.add(f"{name}_alpha", primitive, "x1, 0.5", f32(2, 3, 5), f32(2, 1, 5), pure=pure.format(alpha=0.5))
        make.add(f"{name}_i32", primitive, "x1, 3", i32(7), i32(7), pure=pure.format(alpha=3))
        make.add(f"{name}_f16_f32", primitive, "x1, 1", f16(3, 3), f32(3, 3), pure=f"{pure.format(alpha=1)}.astype(ms.float16)")
        make.add(f"{name}_i64_empty", primitive, "x1, 1", i64(0, 4), i64(1, 4), pure=pure.format(alpha=1))
    for name, primitive, pure in (
        ("adds", "InplaceAddsExt", "mint.add(t, {value}, alpha={alpha})"),
        ("subs", "InplaceSubScalar", "mint.sub(t, {value}, alpha={alpha})"),
    ):
        make.add(f"{name}_float", primitive, "1.5, 1", f32(3, 5), pure=pure.format(value=1.5, alpha=1))
        make.add(f"{name}_i64", primitive, "3, 2", i64(2, 7), pure=pure.format(value=3, alpha=2))
        make.add(f"{name}_special", primitive, "2, 0.25", SPECIAL, pure=pure.format(value=2, alpha=0.25))
    for name, primitive, pure, second in (
        ("mul", "InplaceMul", "t * x1", f32),
        ("div", "InplaceDiv", "t / x1", positive),
        ("floor_divide", "InplaceFloorDivide", "ops.floor_div(t, x1)", positive),
        ("remainder", "InplaceRemainderTensorTensor", "ops.floor_mod(t, x1)", positive),
    ):
        make.add(f"{name}_rows", primitive, "x1", f32(3, 5), second(5), pure=pure)
        make.add(f"{name}_f16", primitive, "x1", f16(7), second(1).astype(np.float16), pure=pure)
        make.add(f"{name}_scalar_shape", primitive, "x1", f64(2, 3, 3), second().astype(np.float64), pure=pure)
    for name, primitive, pure in (
        ("muls", "InplaceMuls", "t * {}"),
        ("divs", "InplaceDivs", "t / {}"),
        ("floor_divides", "InplaceFloorDivides", "ops.floor_div(t, {})"),
        ("remainders", "InplaceRemainderTensorScalar", "t % {}"),
    ):
        make.add(f"{name}_float", primitive, "2.5", f32(3, 5), pure=pure.format(2.5))
        make.add(f"{name}_f16", primitive, "-3", f16(2, 7), pure=pure.format(-3))
        make.add(f"{name}_special", primitive, "0.5", EDGES if name in ("floor_divides", "remainders") else SPECIAL, pure=pure.format(0.5))
    make.add("floor_divides_i32", "InplaceFloorDivides", "3", i32(9), pure="ops.floor_div(t, 3)")
    for mode, word, rounded in (("None", "plain", "{}"), ("'floor'", "floor", "ops.floor({})"), ("'trunc'", "trunc", "ops.trunc({})")):
        make.add(f"div_mod_{word}", "InplaceDivMod", f"x1, {mode}", f32(3, 5), positive(5), pure=rounded.format("(t / x1)"))
        make.add(f"div_mods_{word}", "InplaceDivMods", f"0.75, {mode}", f32(3, 5), pure=rounded.format("(t / 0.75)"))
    make.add("div_mod_i32", "InplaceDivMod", "x1, 'floor'", i32(9), i32(9, low=1), reference=lambda a, b: a // b)
    make.add("div_mod_i64_trunc", "InplaceDivMod", "x1, 'trunc'", i64(9), i64(9, low=1), reference=lambda a, b: np.trunc(a / b).astype(np.int64))


def functions(make):
    """Functions of one tensor."""
    for name, primitive, arguments, pure in (
        ("relu", "InplaceReLU", "", "ops.relu(t)"),
        ("silu", "InplaceSiLU", "", "ops.silu(t)"),
        ("sigmoid", "InplaceSigmoid", "", "ops.sigmoid(t)"),
        ("tanh", "InplaceTanh", "", "ops.tanh(t)"),
        ("exp", "InplaceExp", "", "ops.exp(t)"),
        ("floor", "InplaceFloor", "", "ops.floor(t)"),
        ("sign", "InplaceSign", "", "ops.sign(t)"),
        ("elu", "InplaceElu", "0.7", "ops.where(t > 0, t, 0.7 * ops.expm1(t))"),
        ("hardtanh", "InplaceHardtanh", "-0.5, 0.75", "ops.clamp(t, -0.5, 0.75)"),
        ("threshold", "InplaceThreshold", "0.25, -3.0", "ops.where(t > 0.25, t, ops.full_like(t, -3.0))"),
        ("clamp", "InplaceClampScalar", "-0.5, 0.5", "ops.clamp(t, -0.5, 0.5)"),
    ):
        make.add(f"{name}_odd", primitive, arguments, f32(3, 7), pure=pure)
        make.add(f"{name}_f16", primitive, arguments, f16(2, 3, 3), pure=pure)
        # MindSpore's comparisons treat NaN and denormal numbers each in its way.
        special = EDGES if name in ("sign", "hardtanh", "threshold", "clamp") else SPECIAL
        make.add(f"{name}_special", primitive, arguments, special, pure=pure)
    make.add("log_odd", "InplaceLog", "", -positive(3, 7), pure="ops.log(t)")
    make.add("log_f16", "InplaceLog", "", -positive(5).astype(np.float16), pure="ops.log(t)")
    make.add("log_special", "InplaceLog", "", SPECIAL, pure="ops.log(t)")
    make.add("erfinv_odd", "InplaceErfinv", "", unit(3, 7), pure="ops.erfinv(t)")
    make.add("erfinv_f16", "InplaceErfinv", "", unit(5).astype(np.float16), pure="ops.erfinv(t)")
    make.add("erfinv_edges", "InplaceErfinv", "", np.array([1, -1, 0, 1.5, np.nan], np.float32), pure="ops.erfinv(t)")
    make.add("relu_i32", "InplaceReLU", "", i32(9), reference=lambda a: np.maximum(a, 0))
    make.add("clamp_low", "InplaceClampScalar", "0", i32(9), reference=lambda a: np.maximum(a, 0))
    make.add("clamp_high", "InplaceClampScalar", "None, 0.5", f32(9), reference=lambda a: np.minimum(a, np.float32(0.5)))
    make.add("clamp_tensors", "InplaceClampTensor", "x1, x2", f32(3, 5), -positive(5), positive(3, 1), pure="ops.clamp(t, x1, x2)")
    make.add("clamp_tensor_low", "InplaceClampTensor", "x1", f32(3, 5), f32(1, 5), pure="ops.maximum(t, x1)")
    make.add("clamp_tensors_i64", "InplaceClampTensor", "x1, x2", i64(7), i64(1, low=-5, high=-2), i64(7, low=1), pure="ops.clamp(t, x1, x2)")


def filling(make):
    """Values that do not depend on what was there, or only in part."""
    for name, primitive, arguments, pure in (
        ("zero", "InplaceZero", "", "ops.zeros_like(t)"),
        ("fill_scalar", "InplaceFillScalar", "2.5", "ops.full_like(t, 2.5)"),
    ):
        make.add(f"{name}_odd", primitive, arguments, f32(3, 7), pure=pure)
        make.add(f"{name}_f16", primitive, arguments, f16(2, 3, 3), pure=pure)
        make.add(f"{name}_special", primitive, arguments, SPECIAL, pure=pure)
    make.add("fill_scalar_i64", "InplaceFillScalar", "3", i64(5), pure="ops.full_like(t, 3)")
    make.add("fill_tensor", "InplaceFillTensor", "x1", f32(3, 5), f32(), pure="ops.zeros_like(t) + x1")
    make.add("fill_tensor_i32", "InplaceFillTensor", "x1", i32(5), i32(), pure="ops.zeros_like(t) + x1")
    make.add("fill_tensor_f16", "InplaceFillTensor", "x1", f16(2, 2), f16(), pure="ops.zeros_like(t) + x1")
    make.add("copy_same", "InplaceCopy", "x1", f32(3, 5), f32(3, 5), pure="x1 * 1.0")
    make.add("copy_broadcast", "InplaceCopy", "x1", f32(3, 5), f32(5), pure="ops.zeros_like(t) + x1")
    make.add("copy_cast", "InplaceCopy", "x1", f16(3, 5), f32(3, 1), pure="ops.zeros_like(t) + x1.astype(ms.float16)")
    mask = np.array([[True, False, True, True, False]])
    make.add("masked_fill_scalar", "InplaceMaskedFillScalar", "x1, -1.5", f32(3, 5), mask, pure="ops.masked_fill(t, x1, -1.5)")
    make.add("masked_fill_scalar_f16", "InplaceMaskedFillScalar", "x1, 4", f16(3, 5), mask, pure="ops.masked_fill(t, x1, ms.Tensor(4, ms.float16))")
    make.add("masked_fill_scalar_i64", "InplaceMaskedFillScalar", "x1, 7", i64(5), mask[0], reference=lambda a, m: np.where(m, 7, a))
    make.add("masked_fill_tensor", "InplaceMaskedFillTensor", "x1, x2", f32(3, 5), mask, f32(), pure="ops.masked_fill(t, x1, x2)", wrong_reference=WRONG)
    make.add("masked_fill_tensor_f16", "InplaceMaskedFillTensor", "x1, x2", f16(2, 5), mask, f16(), pure="ops.masked_fill(t, x1, x2)", wrong_reference=WRONG)
    make.add("masked_fill_tensor_i32", "InplaceMaskedFillTensor", "x1, x2", i32(5), mask[0], i32(), reference=lambda a, m, v: np.where(m, v, a), wrong_reference=WRONG)


def products(make):
    """Matrix products added to what was there."""
    make.add("addmm", "InplaceAddmm", "x1, x2, 1, 1", f32(3, 5), f32(3, 4), f32(4, 5), pure="t + ops.matmul(x1, x2)")
    make.add("addmm_factors", "InplaceAddmm", "x1, x2, 0.5, 2", f32(3, 5), f32(3, 4), f32(4, 5), pure="0.5 * t + 2 * ops.matmul(x1, x2)")
    make.add("addmm_f64", "InplaceAddmm", "x1, x2, 1, -1", f64(1, 2), f64(1, 3), f64(3, 2), pure="t - ops.matmul(x1, x2)")


def main():
    """Makes all cases or those named."""
    make = Maker(sys.argv[1:])
    for family in (arithmetic, functions, filling, products):
        family(make)
    make.cases.close()


if __name__ == "__main__":
    main()
