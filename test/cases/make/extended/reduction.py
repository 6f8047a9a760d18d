"""Reductions and norms along axes."""
import numpy as np

from extended.data import f16, f32, flags, i32, i64


def make(c):
    _sums(c)
    _positions(c)
    _moments(c)
    _norms(c)
    _normalisations(c)
    _quantiles(c)


def _sums(c):
    for op, low, function in (("MeanExt", "mean", np.mean), ("ProdExt", "prod", np.prod), ("SumExt", "sum", np.sum)):
        dim = "1" if op == "ProdExt" else "(1,)"
        c.add(f"{low}_axis", f"A.{op}()(x0, {dim}, True, None)", [f32(2, 3, 4)], want=op)
        c.add(f"{low}_all", f"A.{op}()(x0, None, False, None)", [f32(2, 3)], want=op)
        c.add(f"{low}_typed", f"A.{op}()(x0, {dim}, False, ms.float32)", [i32(2, 3)], want=op)
        c.add(f"{low}_f16", f"A.{op}()(x0, {dim}, False, None)", [f16(2, 3)], want=op, rtol=3e-3)
    for op, low in (("Max", "max"), ("Min", "min")):
        c.add(f"{low}_f32", f"A.{op}()(x0)", [f32(2, 3, 4)], want=op, reference=lambda x, m=low: np.asarray(getattr(x, m)()))
        c.add(f"{low}_i32", f"A.{op}()(x0)", [i32(7)], want=op, reference=lambda x, m=low: np.asarray(getattr(x, m)()))
        c.add(f"{low}_f16", f"A.{op}()(x0)", [f16(2, 2)], want=op, reference=lambda x, m=low: np.asarray(getattr(x, m)()))
    with_nan = np.float32([[1, np.nan, 2], [3, 4, np.nan]])
    c.add("nansum_axis", "A.Nansum()(x0, (1,), False, None)", [with_nan], want="Nansum", reference=lambda x: np.nansum(x, 1))
    c.add("nansum_keep", "A.Nansum()(x0, (0,), True, None)", [with_nan], want="Nansum", reference=lambda x: np.nansum(x, 0, keepdims=True))
    c.add("nansum_all", "A.Nansum()(x0, None, False, None)", [with_nan], want="Nansum", reference=lambda x: np.asarray(np.nansum(x)))
    c.add("count_non_zero", "A.CountNonZero()(x0, (1,))", [i32(3, 4, low=-1, high=2)], want="CountNonZero", reference=lambda x: np.count_nonzero(x, 1))
    c.add("count_non_zero_all", "A.CountNonZero()(x0, None)", [np.float32([0, -0.0, 1, 2])], want="CountNonZero", reference=lambda x: np.asarray(np.count_nonzero(x)))
    c.add("count_non_zero_bool", "A.CountNonZero()(x0, (0, -1))", [flags(2, 3)], want="CountNonZero", reference=lambda x: np.asarray(np.count_nonzero(x)))
    top = np.float32([[1, 2, 3], [-np.inf, -np.inf, -np.inf]])
    for name, array, dim, keep in (("axis", f32(2, 3) * 50, "(1,)", False), ("two", f32(2, 3, 4), "(0, 2)", True), ("infinite", top, "(1,)", False)):
        c.add(f"log_sum_exp_{name}", f"A.LogSumExp()(x0, {dim}, {keep})", [array], want="LogSumExp",
              reference=lambda x, d=eval(dim), k=keep: np.log(np.exp(x.astype(np.float64)).sum(d, keepdims=k)).astype(np.float32))


def _positions(c):
    for op, low, arg in (("MaxDim", "max", "argmax"), ("MinDim", "min", "argmin")):
        for name, array, dim, keep in (("first", f32(2, 3), 0, False), ("last", i32(2, 5), -1, True), ("half", f16(2, 2, 3), 1, False)):
            c.add(f"{low}_dim_{name}", f"A.{op}()(x0, {dim}, {keep})", [array], want=op,
                  reference=lambda x, d=dim, k=keep, m=low, a=arg: (getattr(x, m)(d, keepdims=k), getattr(np, a)(x, d, keepdims=k)))
    for op, low in (("ArgMaxExt", "argmax"), ("ArgMinExt", "argmin")):
        for name, array, dim, keep in (("axis", f32(2, 3), 1, False), ("keep", i64(2, 5), 0, True), ("all", f32(2, 3), None, False)):
            c.add(f"{low}_ext_{name}", f"A.{op}()(x0, {dim}, {keep})", [array], want=op, reference=lambda x, d=dim, k=keep, a=low: np.asarray(getattr(np, a)(x, d, keepdims=k)))


def _moments(c):
    for op, low, root, both in (("Var", "var", False, False), ("Std", "std", True, False), ("VarMean", "var_mean", False, True), ("StdMean", "std_mean", True, True)):
        for name, dim, correction, keep in (("axis", (1,), 1, False), ("keep", (0, 2), 0, True), ("all", None, 2, False)):
            def reference(x, d=dim, c_=correction, k=keep, r=root, b=both):
                spread = np.asarray((np.std if r else np.var)(x, axis=d, ddof=c_, keepdims=k))
                return (spread, np.asarray(x.mean(axis=d, keepdims=k))) if b else spread
            c.add(f"{low}_{name}", f"A.{op}()(x0, {dim}, {correction}, {keep})", [f32(2, 3, 4)], want=op, reference=reference)


def _norms(c):
    for name, order, dim, keep in (("two", 2.0, (1,), False), ("one", 1.0, None, False), ("inf", float("inf"), (0,), True), ("zero", 0.0, (1,), False), ("three", 3.0, (-1,), False)):
        given = "float('inf')" if order == float("inf") else order
        c.add(f"linalg_vector_norm_{name}", f"A.LinalgVectorNorm()(x0, {given}, {dim}, {keep}, None)", [f32(3, 4)], want="LinalgVectorNorm",
              reference=lambda x, o=order, d=dim, k=keep: np.asarray(np.linalg.norm(x.ravel() if d is None else x, o, None if d is None else d[0], k), np.float32))
        c.add(f"norm_{name}", f"A.Norm()(x0, {given}, {dim}, {keep}, None)", [f32(3, 4)], want="Norm",
              reference=lambda x, o=order, d=dim, k=keep: np.asarray(np.linalg.norm(x.ravel() if d is None else x, o, None if d is None else d[0], k), np.float32))
        c.add(f"lp_norm_v2_{name}", f"A.LpNormV2()(x0, {given}, {dim}, {keep}, 0.5)", [f32(3, 4)], want="LpNormV2",
              reference=lambda x, o=order, d=dim, k=keep: np.maximum(np.asarray(np.linalg.norm(x.ravel() if d is None else x, o, None if d is None else d[0], k), np.float32), np.float32(0.5)))


def _normalisations(c):
    for name, array in (("f32", f32), ("f16", f16)):
        c.add(f"log_softmax_ext_{name}", "A.LogSoftmaxExt()(x0, 1, None)", [array(2, 3)], want="LogSoftmaxExt", same="ops.log_softmax(x0, 1)", rtol=2e-3, atol=2e-3)
    c.add("log_softmax_ext_typed", "A.LogSoftmaxExt()(x0, -1, ms.float32)", [f16(2, 3)], want="LogSoftmaxExt", same="ops.log_softmax(x0.astype(ms.float32), -1)")
    for name, shape, weights in (("last", (2, 3, 4), True),):
        tail = ", x1, x2" if weights else ", None, None"
        given = [f32(*shape), f32(shape[-1]), f32(shape[-1])] if weights else [f32(*shape)]
        c.add(f"layer_norm_ext_{name}", f"A.LayerNormExt()(x0, ({shape[-1]},){tail}, 1e-3)[0]", given, want="LayerNormExt",
              reference=lambda x, g=1, b=0: ((x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3) * g + b).astype(np.float32))
    c.add("layer_norm_ext_two", "A.LayerNormExt()(x0, (3, 4), x1, x2, 1e-5)[0]", [f32(2, 3, 4), f32(3, 4), f32(3, 4)], want="LayerNormExt",
          reference=lambda x, g, b: ((x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5) * g + b).astype(np.float32))
    c.add("layer_norm_v3", "A.LayerNormV3(1, 1, 1e-5)(x0, x1, x2)[0]", [f32(2, 6), f32(6), f32(6)], want="LayerNormV3",
          reference=lambda x, g, b: ((x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b).astype(np.float32))
    for name, array in (("f32", f32), ("f16", f16)):
        c.add(f"rms_norm_{name}", "A.RmsNorm(1e-3)(x0, x1)[0]", [array(2, 3, 4), array(4)], want="RmsNorm", rtol=2e-3, atol=2e-3,
              reference=lambda x, g: (x.astype(np.float32) / np.sqrt((x.astype(np.float32) ** 2).mean(-1, keepdims=True) + 1e-3) * g).astype(x.dtype))
        c.add(f"add_rms_norm_{name}", "A.AddRmsNorm()(x0, x1, x2, 1e-3)[0]", [array(2, 4), array(2, 4), array(4)], want="AddRmsNorm", rtol=4e-3, atol=4e-3,
              reference=lambda x, y, g: ((x + y).astype(np.float32) / np.sqrt(((x + y).astype(np.float32) ** 2).mean(-1, keepdims=True) + 1e-3) * g).astype(x.dtype))
    for name, shape in (("images", (2, 3, 4, 2)), ("rows", (4, 3))):
        c.add(f"batch_norm_ext_{name}", "A.BatchNormExt()(x0, x1, x2, x3, x4, False, 0.1, 1e-3)[0]", [f32(*shape), f32(3), f32(3), f32(3), abs(f32(3))], want="BatchNormExt",
              reference=lambda x, g, b, m, v: ((x - _c(m, x)) / np.sqrt(_c(v, x) + 1e-3) * _c(g, x) + _c(b, x)).astype(np.float32))
    c.add("batch_norm_ext_plain", "A.BatchNormExt()(x0, None, None, x1, x2, False, 0.1, 1e-5)[0]", [f32(2, 3, 4), f32(3), abs(f32(3))], want="BatchNormExt", crashes=True,
          reference=lambda x, m, v: ((x - _c(m, x)) / np.sqrt(_c(v, x) + 1e-5)).astype(np.float32))
    half = "x0 * x1 + ops.concat((-x0[:, :, 2:], x0[:, :, :2]), -1) * x2"
    c.add("rotary_halves", "A.RotaryPositionEmbedding()(x0, x1, x2, 0)", [f32(2, 3, 4), f32(3, 4), f32(3, 4)], want="RotaryPositionEmbedding", same=half)


def _c(v, x):
    return v.reshape((1, -1) + (1,) * (x.ndim - 2))


def _quantiles(c):
    def quantile(x, q, axis=None, keep=False, function=np.quantile):
        return np.asarray(function(x.astype(np.float64), np.asarray(q, np.float64), axis=axis, keepdims=keep)).astype(x.dtype, order="C")

    with_nan = np.float32([[1, np.nan, 2, 5], [3, 4, 7, -6], [np.nan, np.nan, np.nan, np.nan]])
    q = np.float32([0, 0.3, 1])
    c.add("quantile_all", "ops.quantile(x0, 0.3)", [f32(3, 5)], want="Quantile", reference=lambda x: quantile(x, np.float32(0.3)))
    c.add("quantile_all_keep", "ops.quantile(x0, x1, None, True)", [f32(3, 4), q], want="Quantile", reference=lambda x, q: quantile(x, q, None, True))
    c.add("quantile_axis", "ops.quantile(x0, x1, 1)", [f32(2, 7, 3), q], want="Quantile", reference=lambda x, q: quantile(x, q, 1))
    c.add("quantile_axis_keep", "ops.quantile(x0, 0.75, -1, True)", [f32(4, 6).astype(np.float64)], want="Quantile", reference=lambda x: quantile(x, np.float32(0.75), -1, True))
    c.add("quantile_nan", "ops.quantile(x0, 0.5, 1)", [with_nan], want="Quantile", reference=lambda x: quantile(x, 0.5, 1))
    c.add("quantile_infinite", "ops.quantile(x0, x1, 0)", [np.float32([np.inf, 1, -np.inf, 2, np.inf]), np.float32([0, 0.25, 0.5, 1])], want="Quantile",
          reference=lambda x, q: np.float32([-np.inf, 1, 2, np.inf]))
    c.add("nanquantile_axis", "ops.nanquantile(x0, x1, 1)", [with_nan, q], want="Quantile", reference=lambda x, q: quantile(x, q, 1, False, np.nanquantile))
