"""Functions of one, two and three tensors."""
import numpy as np

from extended.data import f16, f32, f64, flags, i32, i64, positive, unit, wide


def _erf(x):
    from math import erf
    return np.vectorize(erf)(x.astype(np.float64))


def _gelu(x):
    with np.errstate(all="ignore"):
        return (x * 0.5 * (1 + _erf(x / np.sqrt(2.0)))).astype(x.dtype)


def _gelu_tanh(x):
    with np.errstate(all="ignore"):
        return (0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))).astype(x.dtype)


def make(c):
    _activations(c)
    _sums(c)
    _quotients(c)
    _scalars(c)
    _ternary(c)
    _real(c)
    _losses(c)


def _activations(c):
    c.add("gelu_ext", "A.GeluExt()(x0, 'none')", [f32(3, 5)], want="GeluExt", reference=_gelu)
    c.add("gelu_ext_tanh", "A.GeluExt()(x0, 'tanh')", [f32(2, 3, 4)], want="GeluExt", reference=_gelu_tanh)
    c.add("gelu_ext_f16", "A.GeluExt()(x0, 'none')", [f16(7)], want="GeluExt", reference=_gelu)
    c.add("silu_special", "A.SiLU()(x0)", [f32(3, 5)], want="SiLU")
    for name, array in (("f32", f32(3, 5)), ("f16", f16(2, 3)), ("wide", wide())):
        c.add(f"selu_ext_{name}", "A.SeLUExt()(x0)", [array], want="SeLUExt", same="ops.selu(x0)")
        c.add(f"mish_ext_{name}", "A.MishExt()(x0)", [array], want="MishExt", same="ops.mish(x0)")
        c.add(f"elu_ext_{name}", "A.EluExt(0.7)(x0)", [array], want="EluExt", same="ops.select(x0 > 0, x0, 0.7 * ops.expm1(x0))")
        c.add(f"leaky_relu_ext_{name}", "A.LeakyReLUExt()(x0, 0.2)", [array], want="LeakyReLUExt", same="ops.select(x0 > 0, x0, 0.2 * x0)")
        c.add(f"softplus_ext_{name}", "A.SoftplusExt()(x0, 1.5, 10)", [array], want="SoftplusExt",
              same="ops.select(x0 * 1.5 > 10, x0, ops.log1p(ops.exp(x0 * 1.5)) / 1.5)")
        c.add(f"hardtanh_{name}", "A.Hardtanh()(x0, -0.5, 2)", [array], want="Hardtanh", same="ops.clamp(x0, -0.5, 2)")
        c.add(f"threshold_{name}", "A.Threshold()(x0, 0.25, -3)", [array], want="Threshold", same="ops.select(x0 <= 0.25, ops.full_like(x0, -3), x0)")
        c.add(f"log_sigmoid_{name}", "A.LogSigmoid()(x0)[0]", [array], want="LogSigmoid", same="-ops.log1p(ops.exp(-x0))")
    c.add("hardtanh_i32", "A.Hardtanh()(x0, -3, 2)", [i32(3, 5)], want="Hardtanh", reference=lambda x: np.clip(x, -3, 2))
    c.add("glu", "A.GLU(-1)(x0)", [f32(3, 6)], want="GLU", same="ops.split(x0, 3, -1)[0] * ops.sigmoid(ops.split(x0, 3, -1)[1])")
    c.add("glu_axis", "A.GLU(1)(x0)", [f32(2, 4, 3)], want="GLU")
    c.add("glu_f16", "A.GLU(0)(x0)", [f16(2, 3)], want="GLU")
    swiglu = "ops.silu(ops.split(x0, 3, -1)[0]) * ops.split(x0, 3, -1)[1]"
    c.add("swiglu", "A.Swiglu()(x0, -1)", [f32(2, 5, 6)], want="Swiglu", same=swiglu)
    c.add("swiglu_axis", "A.Swiglu()(x0, 1)", [f32(2, 6, 3)], want="Swiglu", same=swiglu.replace("-1", "1"))
    c.add("swiglu_f16", "A.Swiglu()(x0, -1)", [f16(3, 6)], want="Swiglu", same=swiglu)


def _sums(c):
    c.add("add_ext", "A.AddExt()(x0, x1, 2)", [f32(2, 3), f32(3)], want="AddExt", same="x0 + 2 * x1")
    c.add("add_ext_mixed", "A.AddExt()(x0, x1, 3)", [i32(2, 3), f32(2, 1)], want="AddExt", same="x0 + 3 * x1")
    c.add("add_ext_f16", "A.AddExt()(x0, x1, 0.5)", [f16(2, 3), f16(3)], want="AddExt", same="x0 + 0.5 * x1")
    c.add("sub_ext", "A.SubExt()(x0, x1, 2)", [f32(2, 3), f32(3)], want="SubExt", same="x0 - 2 * x1")
    c.add("sub_ext_i64", "A.SubExt()(x0, x1, 3)", [i64(2, 3), i64(2, 1)], want="SubExt", same="x0 - 3 * x1")
    c.add("sub_ext_plain", "A.SubExt()(x0, x1, 1)", [f16(2, 3), f16(3)], want="SubExt", same="x0 - x1")
    c.add("add_scalar", "A.AddScalar()(x0, 1.5, 2)", [f32(2, 3)], want="AddScalar", same="x0 + 3.0")
    c.add("add_scalar_int", "A.AddScalar()(x0, 2, 3)", [i32(2, 3)], want="AddScalar", same="x0 + 6")
    c.add("add_scalar_promotes", "A.AddScalar()(x0, 1.5, 1)", [i64(2, 3)], want="AddScalar", same="x0 + 1.5")
    c.add("sub_scalar", "A.SubScalar()(x0, 1.5, 2)", [f32(2, 3)], want="SubScalar", same="x0 - 3.0")
    c.add("sub_scalar_f16", "A.SubScalar()(x0, 2, 1)", [f16(2, 3)], want="SubScalar", same="x0 - 2")
    c.add("sub_scalar_int", "A.SubScalar()(x0, 2, 3)", [i64(4)], want="SubScalar", same="x0 - 6")


def _quotients(c):
    whole = np.where(i32(4, 3) == 0, 5, i32(4, 3))
    whole[whole == 0] = 4
    for mode in ("floor", "trunc", "None"):
        given = mode if mode == "None" else f"'{mode}'"
        same = {"floor": "ops.floor(x0 / x1)", "trunc": "ops.trunc(x0 / x1)", "None": "x0 / x1"}[mode]
        c.add(f"div_mod_{mode.lower()}", f"A.DivMod()(x0, x1, {given})", [f32(4, 3), positive(3)], want="DivMod", same=same)
        c.add(f"div_mods_{mode.lower()}", f"A.DivMods()(x0, 1.7, {given})", [f32(4, 3)], want="DivMods", same=same.replace("x1", "1.7"))
        c.add(f"div_mod_int_{mode.lower()}", f"A.DivMod()(x0, x1, {given})", [i32(4, 3), whole], want="DivMod",
              reference=lambda x, y, m=mode: (x / y).astype(np.float32) if m == "None" else (np.floor(x / y) if m == "floor" else np.trunc(x / y)).astype(np.int32))
        c.add(f"div_mods_int_{mode.lower()}", f"A.DivMods()(x0, -4, {given})", [i64(4, 3)], want="DivMods",
              reference=lambda x, m=mode: (x / -4).astype(np.float32) if m == "None" else (np.floor(x / -4) if m == "floor" else np.trunc(x / -4)).astype(np.int64))
    c.add("floor_div_scalar", "A.FloorDivScalar()(x0, 1.3)", [f32(4, 3)], want="FloorDivScalar", same="ops.floor(x0 / 1.3)")
    c.add("floor_div_scalar_int", "A.FloorDivScalar()(x0, -4)", [i32(4, 3)], want="FloorDivScalar", reference=lambda x: x // -4)
    c.add("floor_div_scalar_f16", "A.FloorDivScalar()(x0, 2)", [f16(4, 3)], want="FloorDivScalar", same="ops.floor(x0 / 2)")
    c.add("remainder_tensor_tensor", "A.RemainderTensorTensor()(x0, x1)", [f32(4, 3), positive(3)], want="RemainderTensorTensor")
    c.add("remainder_tensor_tensor_int", "A.RemainderTensorTensor()(x0, x1)", [i32(4, 3), whole], want="RemainderTensorTensor")
    c.add("remainder_tensor_tensor_mixed", "A.RemainderTensorTensor()(x0, x1)", [i32(4, 3), positive(3)], want="RemainderTensorTensor")
    c.add("remainder_scalar_tensor", "A.RemainderScalarTensor()(5.5, x0)", [positive(3)], want="RemainderScalarTensor")
    c.add("remainder_scalar_tensor_int", "A.RemainderScalarTensor()(-7, x0)", [whole.astype(np.int64)], want="RemainderScalarTensor")
    c.add("remainder_scalar_tensor_f16", "A.RemainderScalarTensor()(3, x0)", [positive(2, 3).astype(np.float16)], want="RemainderScalarTensor")
    c.add("fmod_tensor", "A.FmodTensor()(x0, x1)", [f32(4, 3) * 5, positive(3)], want="FmodTensor", reference=np.fmod)
    c.add("fmod_tensor_int", "A.FmodTensor()(x0, x1)", [i32(4, 3), whole.astype(np.int32)], want="FmodTensor", reference=np.fmod)
    c.add("fmod_tensor_f16", "A.FmodTensor()(x0, x1)", [f16(4, 3), positive(3).astype(np.float16)], want="FmodTensor", reference=np.fmod)
    c.add("fmod_scalar", "A.FmodScalar()(x0, 1.3)", [f32(4, 3) * 5], want="FmodScalar", reference=lambda x: np.fmod(x, np.float32(1.3)))
    c.add("fmod_scalar_int", "A.FmodScalar()(x0, -4)", [i64(4, 3)], want="FmodScalar", reference=lambda x: np.fmod(x, -4))
    c.add("fmod_scalar_promotes", "A.FmodScalar()(x0, 2.5)", [i32(4, 3)], want="FmodScalar", reference=lambda x: np.fmod(x.astype(np.float32), np.float32(2.5)))


def _scalars(c):
    for op, sign in (("EqScalar", "=="), ("LessScalar", "<"), ("GreaterEqualScalar", ">="), ("NeScalar", "!="), ("GreaterScalar", ">"), ("LessEqualScalar", "<=")):
        if op not in ("EqScalar", "LessScalar", "GreaterEqualScalar"):
            continue
        low = {"EqScalar": "eq", "LessScalar": "less", "GreaterEqualScalar": "greater_equal"}[op]
        c.add(f"{low}_scalar_f32", f"A.{op}()(x0, 0.5)", [np.array([[0.5, -1, 2], [0.25, np.nan, 0.5]], np.float32)], want=op)
        c.add(f"{low}_scalar_i32", f"A.{op}()(x0, 2.5)", [i32(3, 5)], want=op, same=f"x0.astype(ms.float32) {sign} 2.5")
        c.add(f"{low}_scalar_i64", f"A.{op}()(x0, 3)", [i64(3, 5)], want=op)
        c.add(f"{low}_scalar_f16", f"A.{op}()(x0, 0.1)", [np.array([0.1, 0.0999, 0.2], np.float16)], want=op)
    c.add("pow_tensor_scalar_half", "A.PowTensorScalar()(x0, 0.5)", [positive(3, 4)], want="PowTensorScalar")
    c.add("pow_tensor_scalar_int", "A.PowTensorScalar()(x0, 3)", [i32(3, 4)], want="PowTensorScalar")
    c.add("pow_tensor_scalar_promotes", "A.PowTensorScalar()(x0, 1.5)", [i64(3, 4, low=1)], want="PowTensorScalar")
    c.add("pow_scalar_tensor", "A.PowScalarTensor()(2.5, x0)", [f32(3, 4)], want="PowScalarTensor")
    c.add("pow_scalar_tensor_int", "A.PowScalarTensor()(3, x0)", [i32(3, 4, low=0, high=6)], want="PowScalarTensor")
    c.add("pow_scalar_tensor_f16", "A.PowScalarTensor()(2, x0)", [f16(3, 4)], want="PowScalarTensor")
    c.add("clamp_scalar_both", "A.ClampScalar()(x0, -0.5, 1)", [f32(3, 4)], want="ClampScalar")
    c.add("clamp_scalar_low", "A.ClampScalar()(x0, 0, None)", [i32(3, 4)], want="ClampScalar")
    c.add("clamp_scalar_high", "A.ClampScalar()(x0, None, 2.0)", [wide()], want="ClampScalar")
    c.add("clamp_tensor_both", "A.ClampTensor()(x0, x1, x2)", [f32(3, 4), -positive(4), positive(3, 1)], want="ClampTensor")
    c.add("clamp_tensor_low", "A.ClampTensor()(x0, x1, None)", [f16(3, 4), f16(4)], want="ClampTensor")
    c.add("clamp_tensor_int", "A.ClampTensor()(x0, x1, x2)", [i64(3, 4), i64(1, 4, low=-5, high=0), i64(3, 1, low=0, high=5)], want="ClampTensor")
    c.add("bool_times_scalar", "x0 * 2.5", [flags(3, 4)])


def _ternary(c):
    for op in ("AddcmulExt", "Addcmul"):
        low = "addcmul_ext" if op == "AddcmulExt" else "addcmul"
        value = "0.5" if op == "AddcmulExt" else "ms.Tensor(0.5, ms.float32)"
        c.add(f"{low}_f32", f"A.{op}()(x0, x1, x2, {value})", [f32(3, 4), f32(4), f32(3, 1)], want=op, same="x0 + 0.5 * x1 * x2")
        c.add(f"{low}_plain", f"A.{op}()(x0, x1, x2, {value})", [f32(5), f32(5), f32(5)], want=op, same="x0 + 0.5 * x1 * x2")
    c.add("addcmul_ext_i32", "A.AddcmulExt()(x0, x1, x2, 2)", [i32(3, 4), i32(4), i32(3, 1)], want="AddcmulExt", same="x0 + 2 * x1 * x2")
    for op in ("AddcdivExt", "Addcdiv"):
        low = "addcdiv_ext" if op == "AddcdivExt" else "addcdiv"
        value = "0.5" if op == "AddcdivExt" else "ms.Tensor(0.5, ms.float32)"
        c.add(f"{low}_f32", f"A.{op}()(x0, x1, x2, {value})", [f32(3, 4), f32(4), positive(3, 1)], want=op, same="x0 + 0.5 * x1 / x2")
        c.add(f"{low}_plain", f"A.{op}()(x0, x1, x2, {value})", [f32(5), f32(5), positive(5)], want=op, same="x0 + 0.5 * x1 / x2")
    c.add("addcdiv_ext_f16", "A.AddcdivExt()(x0, x1, x2, 2)", [f16(3, 4), f16(4), positive(3, 1).astype(np.float16)], want="AddcdivExt", same="x0 + 2 * x1 / x2")
    c.add("addcmul_f16", "A.Addcmul()(x0, x1, x2, ms.Tensor(0.5, ms.float16))", [f16(3, 4), f16(4), f16(3, 1)], want="Addcmul", same="x0 + 0.5 * x1 * x2")
    c.add("addcdiv_f64", "A.Addcdiv()(x0, x1, x2, ms.Tensor(0.5, ms.float64))", [f64(3, 4), f64(4), f64(3, 1)], want="Addcdiv", same="x0 + 0.5 * x1 / x2")
    c.add("lerp_scalar", "A.LerpScalar()(x0, x1, 0.3)", [f32(3, 4), f32(4)], want="LerpScalar", same="x0 + 0.3 * (x1 - x0)")
    c.add("lerp_scalar_outside", "A.LerpScalar()(x0, x1, 2.0)", [f32(3, 4), f32(3, 1)], want="LerpScalar", same="x0 + 2 * (x1 - x0)")
    c.add("lerp_scalar_f16", "A.LerpScalar()(x0, x1, 0.5)", [f16(3), f16(3)], want="LerpScalar", same="x0 + 0.5 * (x1 - x0)")


def _real(c):
    for op, low, function in (("AcosExt", "acos_ext", "ops.acos"), ("AsinExt", "asin_ext", "ops.asin"), ("AtanExt", "atan_ext", "ops.atan"),
                              ("AsinhExt", "asinh_ext", "ops.asinh")):
        c.add(f"{low}_f32", f"A.{op}()(x0)", [unit(3, 5)], want=op, same=f"{function}(x0)")
        c.add(f"{low}_int", f"A.{op}()(x0)", [i32(6, low=-1, high=2)], want=op, same=f"{function}(x0.astype(ms.float32))")
        c.add(f"{low}_f16", f"A.{op}()(x0)", [unit(4).astype(np.float16)], want=op, same=f"{function}(x0)")
    c.add("acosh_ext_f32", "A.AcoshExt()(x0)", [positive(3, 5) + 1], want="AcoshExt", same="ops.acosh(x0)")
    c.add("acosh_ext_int", "A.AcoshExt()(x0)", [i64(6, low=1, high=9)], want="AcoshExt", same="ops.acosh(x0.astype(ms.float32))")
    c.add("acosh_ext_below", "A.AcoshExt()(x0)", [np.array([0.5, 1, 2, np.inf], np.float32)], want="AcoshExt", same="ops.acosh(x0)")
    c.add("atan2_ext_f32", "A.Atan2Ext()(x0, x1)", [f32(3, 4), f32(4)], want="Atan2Ext", same="ops.atan2(x0, x1)")
    c.add("atan2_ext_int", "A.Atan2Ext()(x0, x1)", [i32(3, 4), i32(4)], want="Atan2Ext", same="ops.atan2(x0.astype(ms.float32), x1.astype(ms.float32))")
    c.add("atan2_ext_f16", "A.Atan2Ext()(x0, x1)", [f16(3, 4), f16(3, 1)], want="Atan2Ext", same="ops.atan2(x0.astype(ms.float32), x1.astype(ms.float32)).astype(ms.float16)")


def _losses(c):
    for reduction in ("none", "mean", "sum"):
        c.add(f"mse_loss_ext_{reduction}", f"A.MSELossExt()(x0, x1, '{reduction}')", [f32(3, 5), f32(3, 5)], want="MSELossExt", same=f"ops.mse_loss(x0, x1, '{reduction}')")
    c.add("mse_loss_ext_f16", "A.MSELossExt()(x0, x1, 'mean')", [f16(7), f16(7)], want="MSELossExt", reference=lambda x, y: np.asarray(((x.astype(np.float64) - y) ** 2).mean()).astype(np.float16), rtol=5e-3)
    c.add("mse_loss_ext_broadcast", "A.MSELossExt()(x0, x1, 'none')", [f32(3, 5), f32(5)], want="MSELossExt", reference=lambda x, y: (x - y) ** 2)
