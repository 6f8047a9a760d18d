"""How the modules of this folder write their cases down."""
import dataclasses
import zlib
from typing import Callable

import numpy as np
from mindspore import nn
from mindspore.ops import auto_generate, deprecated, operations
import mindspore.ops.operations._inner_ops  # noqa: F401

from common import Apply


class Numbers:
    """Arrays that depend on the name of the case alone."""

    def __init__(self, name):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))

    def f(self, *shape, dtype=np.float32, scale=1.0):
        """Normal numbers."""
        return (self.rng.standard_normal(shape) * scale).astype(dtype)

    def u(self, low, high, *shape, dtype=np.float32):
        """Uniform numbers."""
        return self.rng.uniform(low, high, shape).astype(dtype)

    def i(self, low, high, *shape, dtype=np.int32):
        """Integers from low to high - 1."""
        return self.rng.integers(low, high, shape).astype(dtype)

    def b(self, *shape):
        """Bools."""
        return self.rng.integers(0, 2, shape).astype(np.bool_)


class Nothing(nn.Cell):
    """Stands for an operator that cannot be made with these attributes; fails with the reason when it is used."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def construct(self, *inputs):
        raise self.error


@dataclasses.dataclass
class Case:
    """One case: `network` makes the network, `numbers` its inputs."""

    name: str
    primitive: str
    network: Callable
    numbers: Callable
    entry: dict

    def build(self):
        """The network."""
        try:
            return self.network()
        except Exception as error:  # whatever MindSpore raises
            return Nothing(error)

    def inputs(self):
        """NumPy arrays."""
        return self.numbers(Numbers(self.name))


class Cases(list):
    """The cases of a family; the name of a case is that of its primitive, then a word of its own."""

    def add(self, primitive, word, function, numbers, *constants, **entry):
        """`function` makes the operator, `constants` follow the inputs."""
        self.cell(primitive, word, lambda: Apply(function(), *constants), numbers, **entry)

    def cell(self, primitive, word, network, numbers, **entry):
        """`network` makes a Cell."""
        self.append(Case(f"{snake(primitive)}_{word}", primitive, network, numbers, entry))


def primitive(name):
    """A primitive by name, from whichever module of MindSpore has it."""
    modules = (operations, auto_generate, operations.array_ops, operations.image_ops, operations.math_ops, operations.nn_ops, operations.other_ops,
               operations._inner_ops, deprecated)  # noqa: SLF001
    return next(getattr(module, name) for module in modules if hasattr(module, name))


class Tupled(nn.Cell):
    """Gives an operator its inputs as one tuple."""

    def __init__(self, op):
        super().__init__()
        self.op = op

    def construct(self, *inputs):
        return self.op(inputs)


def snake(name):
    """AddN as add_n, MaxPool3D as max_pool3d."""
    out = ""
    for i, char in enumerate(name):
        starts = char.isupper() and i > 0 and (name[i - 1].islower() or (i + 1 < len(name) and name[i + 1].islower() and name[i - 1] != "_"))
        out += ("_" if starts else "") + char.lower()
    return out
