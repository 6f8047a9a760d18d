"""Images, boxes and grids."""
import mindspore as ms
import numpy as np
from mindspore import ops
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive

CASES = Cases()


def boxes(n, count, size=20.0):
    """Boxes x1, y1, x2, y2 with a positive extent."""
    start = n.u(0, size / 2, count, 2)
    return np.concatenate([start, start + n.u(1, size / 2, count, 2)], 1)


CASES.add("BoundingBoxEncode", "plain", P.BoundingBoxEncode, lambda n: [boxes(n, 5), boxes(n, 5)])
CASES.add("BoundingBoxEncode", "scaled", lambda: P.BoundingBoxEncode((0.1, -0.2, 0.3, 0.0), (0.5, 2.0, 0.25, 1.5)), lambda n: [boxes(n, 3), boxes(n, 3)])
CASES.add("BoundingBoxEncode", "one", P.BoundingBoxEncode, lambda n: [boxes(n, 1), boxes(n, 1)])
CASES.add("BoundingBoxDecode", "plain", lambda: P.BoundingBoxDecode((18, 12)), lambda n: [boxes(n, 5), n.f(5, 4, scale=0.3)])
CASES.add("BoundingBoxDecode", "scaled", lambda: P.BoundingBoxDecode((30, 30), (0.1, -0.2, 0.3, 0.0), (0.5, 2.0, 0.25, 1.5)), lambda n: [boxes(n, 3), n.f(3, 4)])
CASES.add("BoundingBoxDecode", "clipped", lambda: P.BoundingBoxDecode((8, 8), wh_ratio_clip=0.1), lambda n: [boxes(n, 4), n.f(4, 4, scale=9)])
for mode in ("iou", "iof"):
    CASES.add("IOU", mode, lambda mode=mode: P.IOU(mode), lambda n: [boxes(n, 4), boxes(n, 3)])
CASES.add("IOU", "apart", P.IOU, lambda n: [boxes(n, 2), boxes(n, 2) + 100])
CASES.add("CheckValid", "f32", P.CheckValid, lambda n: [n.u(-2, 20, 6, 4), np.array([16, 16, 1], np.float32)])
CASES.add("CheckValid", "f16", P.CheckValid, lambda n: [n.u(-2, 20, 5, 4, dtype=np.float16), np.array([18, 12, 1], np.float16)])
CASES.add("CheckValid", "ratio", P.CheckValid, lambda n: [n.u(0, 20, 7, 4), np.array([10, 12, 1.5], np.float32)])
CASES.add("AffineGrid", "plain", lambda: P.AffineGrid(), lambda n: [n.f(2, 2, 3)], (2, 3, 4, 5))
CASES.add("AffineGrid", "aligned", lambda: P.AffineGrid(align_corners=True), lambda n: [n.f(1, 2, 3)], (1, 1, 3, 2))
CASES.add("AffineGrid", "volume", lambda: P.AffineGrid(), lambda n: [n.f(2, 3, 4)], (2, 1, 2, 3, 4))
for mode in ("align_corners", "half_pixel"):
    CASES.add("ResizeLinear1D", mode, lambda mode=mode: primitive("ResizeLinear1D")(mode), lambda n: [n.f(2, 3, 7)], ms.Tensor([5], ms.int32))
CASES.add("ResizeLinear1D", "up", lambda: primitive("ResizeLinear1D")("half_pixel"), lambda n: [n.f(1, 1, 3)], ms.Tensor([10], ms.int64))
CASES.add("CropAndResize", "plain", lambda: P.CropAndResize(), lambda n: [n.f(2, 7, 6, 3), n.u(0, 1, 4, 4), n.i(0, 2, 4)], (3, 5))
CASES.add("CropAndResize", "outside", lambda: P.CropAndResize(extrapolation_value=0.5), lambda n: [n.f(1, 5, 5, 2), n.u(-0.5, 1.5, 3, 4), n.i(0, 1, 3)], (4, 3))
CASES.add("CropAndResize", "one", lambda: P.CropAndResize(), lambda n: [n.f(1, 4, 4, 1), n.u(0, 1, 2, 4), n.i(0, 1, 2)], (1, 1))
for end in (0, 1):
    CASES.add("ROIAlign", f"end_{end}", lambda end=end: P.ROIAlign(3, 2, 0.5, 2, end), lambda n: [n.f(2, 3, 8, 7), np.concatenate([n.i(0, 2, 4, 1).astype(np.float32), boxes(n, 4, 14)], 1)])
CASES.add("ROIAlign", "outside", lambda: P.ROIAlign(2, 2, 1.0, 3), lambda n: [n.f(1, 2, 6, 6), np.concatenate([np.zeros((3, 1), np.float32), boxes(n, 3, 12) - 3], 1)])
for mode, padding, align in (("bilinear", "border", True), ("bilinear", "border", False), ("bilinear", "reflection", True), ("bilinear", "reflection", False),
                             ("nearest", "zeros", True), ("nearest", "border", False), ("nearest", "reflection", False), ("bilinear", "zeros", True)):
    CASES.add("GridSampler2D", f"{mode}_{padding}_{'corners' if align else 'edges'}", lambda: ops.grid_sample, lambda n: [n.f(2, 3, 5, 7), n.u(-3, 3, 2, 4, 3, 2)], mode, padding, align)
# Positions halfway between elements, on the corners and far outside.
CASES.add("GridSampler2D", "nearest_halves", lambda: ops.grid_sample, lambda n: [n.f(1, 1, 4, 4), np.array([-1, -0.75, -0.5, 0, 0.25, 0.5, 1, 1.25, 9, -9], np.float32).reshape(1, 1, 5, 2)], "nearest", "zeros", False)
for mode, padding, align in (("bilinear", "zeros", False), ("bilinear", "border", True), ("bilinear", "reflection", True), ("nearest", "zeros", False), ("nearest", "reflection", False)):
    CASES.add("GridSampler3D", f"{mode}_{padding}_{'corners' if align else 'edges'}", lambda: ops.grid_sample, lambda n: [n.f(2, 3, 3, 5, 4), n.u(-2, 2, 2, 2, 3, 1, 3)], mode, padding, align)
CASES.add("GridSampler3D", "one", lambda: ops.grid_sample, lambda n: [n.f(1, 1, 1, 1, 1), n.u(-2, 2, 1, 1, 1, 4, 3)], "bilinear", "border", True)
for word, count, threshold in (("few", 7, 0.3), ("many", 41, 0.1), ("one", 1, 0.5)):
    CASES.add("NMSWithMask", word, lambda threshold=threshold: P.NMSWithMask(threshold), lambda n, count=count: [np.concatenate([boxes(n, count), n.rng.permutation(count).reshape(-1, 1) / count], 1).astype(np.float32)])
CASES.add("DeformableOffsets", "plain", lambda: primitive("DeformableOffsets")((1, 1, 1, 1), (1, 1, 1, 1), (3, 3)), lambda n: [n.f(2, 3, 5, 6), n.f(2, 27, 5, 6)])
CASES.add("DeformableOffsets", "strides", lambda: primitive("DeformableOffsets")((1, 1, 2, 2), (0, 1, 1, 0), (3, 2)), lambda n: [n.f(1, 2, 7, 6), n.f(1, 18, 3, 3, scale=2.0)])
CASES.add("DeformableOffsets", "groups", lambda: primitive("DeformableOffsets")((1, 1, 1, 1), (2, 2, 2, 2), (3, 3), (1, 1, 2, 2), "NCHW", 2), lambda n: [n.f(1, 4, 5, 5), n.f(1, 54, 5, 5)])
