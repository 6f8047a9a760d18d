"""Poolings and upsamplings, over windows and sizes given as inputs."""
import numpy as np

from extended.data import f16, f32


def make(c):
    _poolings(c)
    _adaptive(c)
    _upsamplings(c)


def _poolings(c):
    c.add("avg_pool1d", "A.AvgPool1D()(x0, (3,), (2,), (1,), False, True)", [f32(2, 3, 8)], want="AvgPool1D", same="ops.squeeze(ops.avg_pool2d(ops.expand_dims(x0, 2), (1, 3), (1, 2), (0, 0, 1, 1)), 2)")
    c.add("avg_pool1d_plain", "A.AvgPool1D()(x0, (2,), None, (0,), False, True)", [f32(3, 7)], want="AvgPool1D", reference=lambda x: x[:, :6].reshape(3, 3, 2).mean(-1))
    c.add("avg_pool1d_exclude", "A.AvgPool1D()(x0, (3,), (1,), (1,), False, False)", [f32(1, 2, 5)], want="AvgPool1D",
          same="ops.squeeze(ops.avg_pool2d(ops.expand_dims(x0, 2), (1, 3), (1, 1), (0, 0, 1, 1), count_include_pad=False), 2)")
    for name, arguments, keywords in (("plain", "(2, 3), (2, 1), (0, 1), False, True, None", "padding=(0, 0, 1, 1)"), ("exclude", "(2, 3), (2, 1), (1, 1), False, False, None", "padding=(1, 1, 1, 1), count_include_pad=False"),
                                      ("ceil", "(2, 3), (2, 2), (0, 0), True, True, None", "padding=0, ceil_mode=True"), ("divisor", "(2, 3), (2, 1), (0, 0), False, True, 5", "padding=0, divisor_override=5")):
        stride = "(2, 2)" if name == "ceil" else "(2, 1)"
        c.add(f"avg_pool2d_{name}", f"A.AvgPool2D()(x0, {arguments})", [f32(1, 2, 5, 6)], want="AvgPool2D", same=f"ops.avg_pool2d(x0, (2, 3), {stride}, {keywords})")
    for op, low in (("MaxPoolWithIndices", "max_pool_with_indices"), ("MaxPoolWithMask", "max_pool_with_mask")):
        c.add(f"{low}", f"A.{op}((2, 3), (2, 1), (1, 1), (1, 1), False)(x0)[0]", [f32(1, 2, 5, 6)], want=op, same="ops.max_pool2d(x0, (2, 3), (2, 1), (1, 1))")
        c.add(f"{low}_ceil", f"A.{op}((2, 2), (2, 2), (0, 0), (1, 1), True)(x0)[0]", [f32(1, 2, 5, 5)], want=op, same="ops.max_pool2d(x0, (2, 2), (2, 2), 0, ceil_mode=True)")
        c.add(f"{low}_dilation", f"A.{op}((2, 2), (1, 1), (0, 0), (2, 2), False)(x0)[0]", [f32(2, 1, 5, 5)], want=op,
              reference=lambda x: np.maximum.reduce([x[:, :, i : i + 3, j : j + 3] for i in (0, 2) for j in (0, 2)]))


def _adaptive(c):
    c.add("adaptive_avg_pool1d", "A.AdaptiveAvgPool1D()(x0, 3)", [f32(2, 3, 7)], want="AdaptiveAvgPool1D", same="ops.squeeze(ops.adaptive_avg_pool2d(ops.expand_dims(x0, 2), (1, 3)), 2)")
    c.add("adaptive_avg_pool1d_one", "A.AdaptiveAvgPool1D()(x0, 1)", [f32(2, 3, 7)], want="AdaptiveAvgPool1D", reference=lambda x: x.mean(-1, keepdims=True))
    c.add("adaptive_avg_pool2d_ext", "A.AdaptiveAvgPool2DExt()(x0, (2, 3))", [f32(1, 2, 5, 7)], want="AdaptiveAvgPool2DExt", same="ops.adaptive_avg_pool2d(x0, (2, 3))")
    c.add("adaptive_avg_pool2d_ext_one", "A.AdaptiveAvgPool2DExt()(x0, (1, 1))", [f32(2, 5, 7)], want="AdaptiveAvgPool2DExt", reference=lambda x: x.mean((1, 2), keepdims=True))
    c.add("adaptive_avg_pool3d_ext", "A.AdaptiveAvgPool3DExt()(x0, (1, 2, 1))", [f32(1, 2, 3, 4, 5)], want="AdaptiveAvgPool3DExt", reference=lambda x: x.reshape(1, 2, 3, 2, 2, 5).mean((2, 4, 5))[:, :, None, :, None])
    c.add("adaptive_max_pool1d", "A.AdaptiveMaxPool1D()(x0, 2)[0]", [f32(2, 3, 6)], want="AdaptiveMaxPool1D", reference=lambda x: x.reshape(2, 3, 2, 3).max(-1))


def _upsamplings(c):
    repeat = lambda *times: (lambda x: _repeat(x, times))
    c.add("nearest1d", "A.UpsampleNearest1D()(x0, (8,), None)", [f32(1, 2, 4)], want="UpsampleNearest1D", reference=repeat(2))
    c.add("nearest1d_scale", "A.UpsampleNearest1D()(x0, None, (3.0,))", [f16(1, 2, 4)], want="UpsampleNearest1D", reference=repeat(3))
    c.add("nearest1d_less", "A.UpsampleNearest1D()(x0, (2,), None)", [f32(1, 2, 5)], want="UpsampleNearest1D", reference=lambda x: x[:, :, [0, 2]])
    c.add("nearest2d", "A.UpsampleNearest2D()(x0, (6, 4), None)", [f32(1, 2, 3, 2)], want="UpsampleNearest2D", reference=repeat(2, 2))
    c.add("nearest2d_scale", "A.UpsampleNearest2D()(x0, None, (3.0, 1.0))", [f32(1, 2, 3, 2)], want="UpsampleNearest2D", reference=repeat(3, 1))
    c.add("nearest2d_uneven", "A.UpsampleNearest2D()(x0, (5, 3), None)", [f32(1, 2, 3, 2)], want="UpsampleNearest2D", reference=lambda x: x[:, :, [0, 0, 1, 1, 2]][:, :, :, [0, 0, 1]])
    c.add("nearest3d", "A.UpsampleNearest3D()(x0, (4, 6, 2), None)", [f32(1, 2, 2, 3, 2)], want="UpsampleNearest3D", reference=repeat(2, 2, 1))
    c.add("nearest3d_scale", "A.UpsampleNearest3D()(x0, None, (1.0, 2.0, 3.0))", [f32(1, 1, 2, 3, 2)], want="UpsampleNearest3D", reference=repeat(1, 2, 3))
    for name, corners in (("half", False), ("corners", True)):
        c.add(f"linear1d_{name}", f"A.UpsampleLinear1D()(x0, (7,), None, {corners})", [f32(1, 2, 4)], want="UpsampleLinear1D", reference=lambda x, a=corners: _linear(x, 2, 7, a))
        c.add(f"bilinear2d_{name}", f"A.UpsampleBilinear2D()(x0, (5, 7), None, {corners})", [f32(1, 2, 3, 4)], want="UpsampleBilinear2D",
              reference=lambda x, a=corners: _linear(_linear(x, 2, 5, a), 3, 7, a))
        c.add(f"trilinear3d_{name}", f"A.UpsampleTrilinear3D({corners})(x0, (3, 5, 4), None)", [f32(1, 2, 2, 3, 4)], want="UpsampleTrilinear3D",
              reference=lambda x, a=corners: _linear(_linear(_linear(x, 2, 3, a), 3, 5, a), 4, 4, a))
        c.add(f"bicubic2d_{name}", f"A.UpsampleBicubic2D()(x0, (5, 7), None, {corners})", [f32(1, 2, 3, 4)], want="UpsampleBicubic2D",
              reference=lambda x, a=corners: _cubic(_cubic(x, 2, 5, a), 3, 7, a))
    c.add("bilinear2d_scale", "A.UpsampleBilinear2D()(x0, None, (2.0, 2.0), False)", [f32(1, 2, 3, 4)], want="UpsampleBilinear2D", reference=lambda x: _linear(_linear(x, 2, 6, False), 3, 8, False))
    c.add("bicubic2d_down", "A.UpsampleBicubic2D()(x0, (3, 4), None, False)", [f32(2, 1, 7, 9)], want="UpsampleBicubic2D", reference=lambda x: _cubic(_cubic(x, 2, 3, False), 3, 4, False))


def _cubic(x, axis, size, corners):
    """The weights of the operator's documentation: coefficient -0.75, the border repeated. (ResizeBicubic with half pixels has others.)"""
    old = x.shape[axis]
    at = np.arange(size) * (old - 1) / max(size - 1, 1) if corners else (np.arange(size) + 0.5) * old / size - 0.5
    below, a, y = np.floor(at).astype(int), -0.75, 0
    shape = [-1 if i == axis else 1 for i in range(x.ndim)]
    for i in range(-1, 3):
        d = np.abs(at - below - i)
        w = np.where(d <= 1, ((a + 2) * d - (a + 3)) * d * d + 1, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a)
        y = y + np.take(x, np.clip(below + i, 0, old - 1), axis).astype(np.float64) * w.reshape(shape)
    return y.astype(x.dtype)


def _repeat(x, times):
    for i, n in enumerate(times):
        x = np.repeat(x, n, 2 + i)
    return x


def _linear(x, axis, size, corners):
    n = x.shape[axis]
    at = np.arange(size)
    at = at * (n - 1) / (size - 1) if corners else np.maximum((at + 0.5) * n / size - 0.5, 0)
    low = np.minimum(np.floor(at).astype(int), n - 1)
    high = np.minimum(low + 1, n - 1)
    shape = [1] * x.ndim
    shape[axis] = size
    weight = (at - low).reshape(shape)
    return (np.take(x, low, axis) * (1 - weight) + np.take(x, high, axis) * weight).astype(np.float32)
