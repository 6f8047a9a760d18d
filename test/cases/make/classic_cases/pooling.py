"""Poolings."""
import mindspore as ms
import numpy as np
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive

CASES = Cases()
CASES.add("MaxPool3D", "valid", lambda: P.MaxPool3D((2, 3, 2), (1, 2, 2)), lambda n: [n.f(2, 3, 4, 7, 5)])
CASES.add("MaxPool3D", "same", lambda: P.MaxPool3D(3, 2, "SAME"), lambda n: [n.f(1, 2, 5, 4, 7)])
CASES.add("MaxPool3D", "pad_ceil", lambda: P.MaxPool3D(3, 2, "PAD", (1, 1, 1, 0, 0, 1), True), lambda n: [n.f(1, 2, 6, 5, 4)])
CASES.add("MaxPool3DWithArgmax", "valid", lambda: primitive("MaxPool3DWithArgmax")(ksize=(2, 3, 2), strides=(1, 2, 2), pads=0), lambda n: [n.f(2, 3, 4, 7, 5)])
CASES.add("MaxPool3DWithArgmax", "pads", lambda: primitive("MaxPool3DWithArgmax")(ksize=3, strides=2, pads=1), lambda n: [n.f(1, 2, 5, 4, 7)])
CASES.add("MaxPool3DWithArgmax", "equal", lambda: primitive("MaxPool3DWithArgmax")(ksize=3, strides=3, pads=0), lambda n: [n.i(0, 3, 1, 2, 6, 3, 6).astype(np.float32)])
CASES.add("MaxPoolWithArgmax", "valid", lambda: primitive("MaxPoolWithArgmax")((2, 3), (1, 2)), lambda n: [n.f(2, 3, 7, 5)])
CASES.add("MaxPoolWithArgmax", "same", lambda: primitive("MaxPoolWithArgmax")(3, 2, "same"), lambda n: [n.f(2, 3, 5, 8)],
          wrong_reference="the CPU kernel does not pad the first side; documented is an even distribution")
CASES.add("MaxPoolWithArgmax", "equal", lambda: primitive("MaxPoolWithArgmax")(2, 2), lambda n: [n.i(0, 3, 1, 2, 6, 4).astype(np.float32)])
CASES.add("MaxPoolWithArgmaxV2", "plain", lambda: P.MaxPoolWithArgmaxV2((2, 3), (1, 2)), lambda n: [n.f(2, 3, 7, 5)])
CASES.add("MaxPoolWithArgmaxV2", "pads_dilation", lambda: P.MaxPoolWithArgmaxV2(3, 2, (1, 1), (2, 1)), lambda n: [n.f(2, 3, 9, 8)])
CASES.add("MaxPoolWithArgmaxV2", "ceil", lambda: P.MaxPoolWithArgmaxV2(2, 2, ceil_mode=True), lambda n: [n.f(1, 2, 5, 7)])
CASES.add("AdaptiveMaxPool2D", "positions", lambda: primitive("AdaptiveMaxPool2D")((3, 2)), lambda n: [n.f(2, 3, 7, 5)])
CASES.add("AdaptiveMaxPool2D", "one", lambda: primitive("AdaptiveMaxPool2D")((1, 1)), lambda n: [n.f(3, 7, 5)])
CASES.add("AdaptiveMaxPool2D", "equal", lambda: primitive("AdaptiveMaxPool2D")((2, 2)), lambda n: [n.i(0, 3, 1, 2, 6, 4).astype(np.float32)])
CASES.add("AdaptiveAvgPool3D", "f32", lambda: P.AdaptiveAvgPool3D((3, 2, 4)), lambda n: [n.f(2, 3, 7, 5, 6)])
CASES.add("AdaptiveAvgPool3D", "none", lambda: P.AdaptiveAvgPool3D((None, 2, 1)), lambda n: [n.f(3, 2, 5, 6)])
CASES.add("AdaptiveAvgPool3D", "one", lambda: P.AdaptiveAvgPool3D(1), lambda n: [n.f(1, 2, 3, 4, 5)])
CASES.add("AdaptiveMaxPool3D", "f32", primitive("AdaptiveMaxPool3D"), lambda n: [n.f(2, 3, 7, 5, 6)], ms.Tensor([3, 2, 4], ms.int32))
CASES.add("AdaptiveMaxPool3D", "one", primitive("AdaptiveMaxPool3D"), lambda n: [n.f(3, 2, 5, 6)], ms.Tensor([1, 1, 1], ms.int32))
CASES.add("AdaptiveMaxPool3D", "f64", primitive("AdaptiveMaxPool3D"), lambda n: [n.f(1, 1, 3, 3, 3, dtype=np.float64)], ms.Tensor([2, 3, 4], ms.int32))
