"""Images, boxes and grids."""
import mindspore as ms
import numpy as np
from mindspore import Parameter, nn, ops
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


def combined(n, count, classes, own):
    """Boxes of two images for CombinedNonMaxSuppression, one for all classes or one for each, some with their corners the wrong way round."""
    per_class = classes if own else 1
    flat = boxes(n, 2 * count * per_class) / 12.5
    flat[::3] = flat[::3][:, [2, 3, 0, 1]]
    return [(flat - 0.2).astype(np.float32).reshape(2, count, per_class, 4), n.rng.permutation(2 * count * classes).reshape(2, count, classes).astype(np.float32) / (2 * count * classes)]


class Detect(nn.Cell):
    """CombinedNonMaxSuppression with limits that are parameters (constants fail in the exporter): how many of each class, how many in all, overlap and score."""

    def __init__(self, op, limits):
        super().__init__()
        self.op = op
        self.per_class = Parameter(ms.Tensor(limits[0], ms.int32), name="per_class")
        self.total = Parameter(ms.Tensor(limits[1], ms.int32), name="total")
        self.overlap = Parameter(ms.Tensor(limits[2], ms.float32), name="overlap")
        self.score = Parameter(ms.Tensor(limits[3], ms.float32), name="score")

    def construct(self, boxes, scores):
        return self.op(boxes, scores, self.per_class, self.total, self.overlap, self.score)


for word, padded, clipped, count, classes, own, limits in (("clipped", False, True, 13, 3, False, (4, 7, 0.3, 0.2)), ("own_boxes", False, False, 9, 2, True, (3, 5, 0.1, 0.4)),
                                                           ("padded", True, True, 7, 3, True, (2, 50, 0.5, 0.0)), ("cut", True, False, 11, 1, False, (9, 4, 0.2, 0.1)),
                                                           ("nothing", False, True, 5, 2, False, (3, 4, 0.5, 0.99))):
    CASES.cell("CombinedNonMaxSuppression", word, lambda padded=padded, clipped=clipped, limits=limits: Detect(primitive("CombinedNonMaxSuppression")(padded, clipped), limits),
               lambda n, sizes=(count, classes, own): combined(n, *sizes))
CASES.add("CombinedNonMaxSuppression", "given_limits", lambda: primitive("CombinedNonMaxSuppression")(True, False),
          lambda n: [*combined(n, 7, 2, False), np.array(2, np.int32), np.array(9, np.int32), np.array(0.3, np.float32), np.array(0.1, np.float32)])
for word, count, limits in (("plain", 9, (4, 0.5, 0.2)), ("all", 17, (99, 0.7, -1.0)), ("none", 5, (3, 0.5, 2.0))):
    CASES.add("NonMaxSuppressionWithOverlaps", word, lambda: primitive("NonMaxSuppressionWithOverlaps")(),
              lambda n, count=count: [n.u(0, 1, count, count), n.rng.permutation(count).astype(np.float32) / count], ms.Tensor(limits[0], ms.int32),
              ms.Tensor(limits[1], ms.float32), ms.Tensor(limits[2], ms.float32))
CASES.add("NonMaxSuppressionWithOverlaps", "given_limits", lambda: primitive("NonMaxSuppressionWithOverlaps")(),
          lambda n: [n.u(0, 1, 7, 7), n.rng.permutation(7).astype(np.float32), np.array(3, np.int32), np.array(0.6, np.float32), np.array(1.5, np.float32)])


def regions(n, images, size, dtype=np.float32):
    """A region for position-sensitive pooling in each image, [images, 5, 1]: the image, then corners."""
    return np.concatenate([n.i(0, images, images, 1).astype(np.float32), boxes(n, images, size)], 1).reshape(images, 5, 1).astype(dtype)


# One region in each image: the CPU backend takes the last two dimensions the other way round.
for word, shape, scale, group, out, size, dtype in (("plain", (5, 18, 9, 7), 0.5, 3, 2, 16, np.float32), ("half", (2, 12, 8, 8), 1.0, 2, 3, 7, np.float16),
                                                           ("outside", (4, 8, 5, 6), 0.25, 2, 2, 60, np.float32), ("double", (3, 4, 11, 6), 0.7, 2, 1, 14, np.float64),
                                                           ("one", (1, 1, 3, 3), 1.0, 1, 1, 3, np.float32)):
    CASES.add("PSROIPooling", word, lambda scale=scale, group=group, out=out: primitive("PSROIPooling")(scale, group, out),
              lambda n, shape=shape, rois=(shape[0], size), dtype=dtype: [n.f(*shape, dtype=dtype), regions(n, *rois, dtype)])
CASES.add("PSROIPooling", "several", lambda: primitive("PSROIPooling")(0.5, 2, 1), lambda n: [n.f(2, 4, 7, 9), np.concatenate([regions(n, 2, 16) for _ in range(3)], 2)],
          reference=False)
