"""Colours, resizing by other rules, and glimpses."""
import mindspore as ms
import numpy as np

from classic_cases.case import Cases, primitive

CASES = Cases()


def number(value, dtype=ms.float32):
    return ms.Tensor(value, dtype)


for word, shape, dtype in (("image", (4, 5, 3), np.float32), ("batch", (2, 3, 2, 3), np.float32), ("half", (3, 4, 3), np.float16)):
    CASES.add("AdjustContrastv2", word, lambda: primitive("AdjustContrastv2")(), lambda n, shape=shape, dtype=dtype: [n.u(0, 1, *shape, dtype=dtype)], number(2.5))
    CASES.add("AdjustHue", word, lambda: primitive("AdjustHue")(), lambda n, shape=shape, dtype=dtype: [n.u(0, 1, *shape, dtype=dtype)], number(0.3))
    CASES.add("AdjustSaturation", word, lambda: primitive("AdjustSaturation")(), lambda n, shape=shape, dtype=dtype: [n.u(0, 1, *shape, dtype=dtype)], number(0.4))
    if dtype != np.float16:  # MindSpore's kernel gives infinite hues in f16
        CASES.add("RGBToHSV", word, lambda: primitive("RGBToHSV")(), lambda n, shape=shape, dtype=dtype: [n.u(0, 1, *shape, dtype=dtype)])
    CASES.add("HSVToRGB", word, lambda: primitive("HSVToRGB")(), lambda n, shape=(1,) * (4 - len(shape)) + shape, dtype=dtype: [n.u(0, 1, *shape, dtype=dtype)])
CASES.add("AdjustContrastv2", "less", lambda: primitive("AdjustContrastv2")(), lambda n: [n.u(0, 1, 2, 2, 3)], number(0.1))
CASES.add("AdjustHue", "back", lambda: primitive("AdjustHue")(), lambda n: [n.u(0, 1, 2, 7, 3)], number(-0.7))
CASES.add("AdjustSaturation", "more", lambda: primitive("AdjustSaturation")(), lambda n: [n.u(0, 1, 2, 7, 3)], number(3.0))
CASES.add("RGBToHSV", "grey", lambda: primitive("RGBToHSV")(), lambda n: [np.repeat(np.array([[0.0], [0.5], [1.0]], np.float32), 3, 1).reshape(1, 3, 3)])
for align in (False, True):
    CASES.add("ResizeArea", f"down_{align}", lambda align=align: primitive("ResizeArea")(align), lambda n: [n.f(2, 7, 5, 3)], ms.Tensor([3, 2], ms.int32))
CASES.add("ResizeArea", "up", lambda: primitive("ResizeArea")(), lambda n: [n.f(1, 3, 2, 1)], ms.Tensor([7, 5], ms.int32))
CASES.add("ResizeArea", "whole", lambda: primitive("ResizeArea")(), lambda n: [n.i(0, 99, 1, 4, 6, 2)], ms.Tensor([2, 3], ms.int32))
for mode, transform in (("nearest", "half_pixel"), ("linear", "half_pixel"), ("linear", "align_corners")):
    CASES.add("ResizeV2", f"{mode}_{transform}", lambda mode=mode, transform=transform: primitive("ResizeV2")(transform, mode), lambda n: [n.f(1, 2, 1, 5)],
              ms.Tensor([0.0], ms.float32), ms.Tensor([0.0], ms.float32), ms.Tensor([1, 2, 1, 8], ms.int64))
for transform in ("half_pixel", "align_corners"):
    for word, shape, size in (("up", (1, 2, 1, 5), (1, 2, 1, 9)), ("down", (2, 1, 1, 9), (2, 1, 1, 4))):
        CASES.add("ResizeV2", f"cubic_{transform}_{word}", lambda t=transform: primitive("ResizeV2")(t, "cubic"), lambda n, shape=shape: [n.f(*shape)],
                  ms.Tensor([0.0], ms.float32), ms.Tensor([0.0], ms.float32), ms.Tensor(list(size), ms.int64))
for word, centered, normalized in (("centre", True, True), ("corner", False, False), ("corner_part", False, True), ("centre_pixels", True, False)):
    CASES.add("ExtractGlimpse", word, lambda c=centered, m=normalized: primitive("ExtractGlimpse")(c, m, False, "zero"), lambda n: [n.f(2, 6, 5, 2)], ms.Tensor([3, 4], ms.int32), ms.Tensor([[0.2, -0.3], [0.9, 0.1]], ms.float32))
for kernel in ("lanczos3", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic", "lanczos1", "lanczos5"):
    CASES.add("ScaleAndTranslate", kernel, lambda kernel=kernel: primitive("ScaleAndTranslate")(kernel, kernel != "box"), lambda n: [n.f(2, 6, 5, 2)], ms.Tensor([4, 7], ms.int32), ms.Tensor([0.7, 1.4], ms.float32), ms.Tensor([0.13, -0.4], ms.float32))
