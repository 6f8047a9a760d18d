"""Normalisations."""
import numpy as np
from mindspore import nn

from classic_cases.case import Cases, primitive

CASES = Cases()


CASES.cell("InstanceNorm", "image", lambda: nn.InstanceNorm2d(3), lambda n: [n.f(2, 3, 4, 5)], reference=False)
CASES.cell("InstanceNorm", "epsilon", lambda: nn.InstanceNorm2d(2, eps=0.1), lambda n: [n.f(1, 2, 7, 3)], reference=False)
CASES.cell("InstanceNorm", "volume", lambda: nn.InstanceNorm3d(3), lambda n: [n.f(2, 3, 2, 3, 4)], reference=False)
CASES.add("Renorm", "rows", lambda: primitive("Renorm")(2, 0, 1.5), lambda n: [n.f(3, 5)])
CASES.add("Renorm", "one_norm", lambda: primitive("Renorm")(1, -1, 3.0), lambda n: [n.f(3, 4, 2)])
CASES.add("Renorm", "below", lambda: primitive("Renorm")(2, 1, 1e6), lambda n: [n.f(3, 5)])
CASES.add("ClipByNorm", "all", lambda: primitive("ClipByNorm")(), lambda n: [n.f(3, 5), np.array(1.5, np.float32)])
CASES.add("ClipByNorm", "axis", lambda: primitive("ClipByNorm")(axis=1), lambda n: [n.f(3, 5), np.array(1.0, np.float32)],
          wrong_reference="the CPU kernel takes other norms than those along the axis from the second row on")
CASES.add("ClipByNorm", "below", lambda: primitive("ClipByNorm")(), lambda n: [n.f(4), np.array(100.0, np.float32)])
