"""Arrays with a fixed seed."""
import numpy as np

_RNG = np.random.default_rng(7)


def f32(*shape):
    """Normal numbers."""
    return _RNG.standard_normal(shape).astype(np.float32)


def f16(*shape):
    """Normal numbers in half precision."""
    return f32(*shape).astype(np.float16)


def f64(*shape):
    """Normal numbers in double precision."""
    return _RNG.standard_normal(shape)


def positive(*shape):
    """Numbers from 0.1 to 3."""
    return _RNG.uniform(0.1, 3, shape).astype(np.float32)


def unit(*shape):
    """Numbers from -0.95 to 0.95."""
    return _RNG.uniform(-0.95, 0.95, shape).astype(np.float32)


def i32(*shape, low=-9, high=9):
    """Whole numbers."""
    return _RNG.integers(low, high, shape).astype(np.int32)


def i64(*shape, low=-9, high=9):
    """Whole numbers of 64 bits."""
    return _RNG.integers(low, high, shape).astype(np.int64)


def flags(*shape):
    """Booleans."""
    return _RNG.integers(0, 2, shape).astype(np.bool_)


def wide():
    """Numbers around zero and far from it."""
    return np.array([-88, -25, -20, -3, -1, -0.5, -0.0, 0, 0.25, 0.5, 1, 3, 19, 20, 25], np.float32)
