"""The networks of control.py: name, how it is built, and the sets of inputs it is run with."""
import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, nn, ops

CASES = {}


def f32(*shape, scale=1.0, seed=0):
    """Normal numbers."""
    return (np.random.default_rng(seed + sum(shape)).standard_normal(shape) * scale).astype(np.float32)


def scalar(value, dtype=np.float32):
    """A tensor of rank 0."""
    return np.array(value, dtype)


def case(*sets):
    """Registers a network under its name in snake case."""
    def add(cls):
        name = "".join(("_" if c.isupper() else "") + c.lower() for c in cls.__name__).lstrip("_")
        CASES[name] = (cls, [list(arrays) for arrays in sets])
        return cls
    return add


@case((f32(3, 5), scalar(1.0)), (f32(3, 5), scalar(-1.0)))
class IfElse(nn.Cell):
    def construct(self, x, c):
        if c > 0:
            y = ops.exp(x)
        else:
            y = x - 3.0
        return y * 2.0


@case((f32(2, 3), scalar(5, np.int32)), (f32(2, 3), scalar(1, np.int32)), (f32(2, 3), scalar(0, np.int32)))
class IfElifElse(nn.Cell):
    def construct(self, x, k):
        if k > 3:
            y = x + 1.0
        elif k == 1:
            y = ops.sin(x)
        else:
            y = ops.cos(x) * x
        return y


@case((f32(7), scalar(True, np.bool_)), (f32(7), scalar(False, np.bool_)))
class IfBool(nn.Cell):
    def construct(self, x, c):
        if c:
            x = x * 3.0
        return x


@case((f32(2, 2), scalar(2, np.int64)), (f32(2, 2), scalar(0, np.int64)))
class IfInt(nn.Cell):
    def construct(self, x, c):
        if c:
            return x * 3.0
        return -x


@case((f32(2, 2), np.array([0.5], np.float32)), (f32(2, 2), np.array([0.0], np.float32)))
class IfFloatOne(nn.Cell):
    def construct(self, x, c):
        if c:
            return x * 3.0
        return -x


@case((f32(2, 3, seed=1),), (f32(2, 3, seed=2),))
class IfUnusedOutput(nn.Cell):
    def construct(self, x):
        a = x + 1.0
        b = ops.exp(x)
        if x.sum() > 0:
            a, b = b, a
            r = a
        else:
            r = ops.abs(x)
        return r, a


@case((f32(2, 3, seed=1), scalar(1.0)), (f32(2, 3, seed=1), scalar(-1.0)))
class IfTuple(nn.Cell):
    def construct(self, x, c):
        if c > 0:
            t = (x, (x + 1.0, ops.relu(x)))
        else:
            t = (x * 2.0, (x - 1.0, ops.tanh(x)))
        a, (b, d) = t
        return a, b * d, t


@case((f32(4, 3), scalar(2.5)), (f32(4, 3), scalar(-0.5)), (f32(4, 3), scalar(0.5)))
class EarlyReturn(nn.Cell):
    def construct(self, x, c):
        if c > 2.0:
            return x
        y = ops.relu(x)
        if c < 0.0:
            return y + 10.0
        z = y * x
        return z - c


@case((f32(2, 4), scalar(3, np.int32)), (f32(2, 4), scalar(0, np.int32)))
class WhileCounter(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            x = x * 0.5 + 1.0
            i = i + 1
        return x, i


@case((f32(3), f32(3, seed=9), scalar(6, np.int64)))
class WhileCarried(nn.Cell):
    def construct(self, a, b, n):
        i = Tensor(0, ms.int64)
        total = ops.zeros_like(a)
        while i < n:
            a, b = b, a + b
            total = total + a * 0.1
            i = i + 1
        return a, b, total


@case((f32(5, scale=3), scalar(10.0)), (f32(5, scale=3), scalar(1000.0)))
class WhileBreak(nn.Cell):
    def construct(self, x, limit):
        i = Tensor(0, ms.int32)
        while i < 20:
            x = x * 1.3
            if ops.abs(x).max() > limit:
                break
            i = i + 1
        return x, i


@case((f32(4), scalar(7, np.int32)))
class WhileContinue(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            i = i + 1
            if i % 2 == 0:
                continue
            x = x + ops.cast(i, ms.float32)
        return x


@case((f32(4), scalar(2.0)), (f32(4), scalar(2000.0)))
class WhileReturn(nn.Cell):
    def construct(self, x, limit):
        i = Tensor(0, ms.int32)
        y = x
        while i < 6:
            y = y * y + 0.5
            if y.sum() > limit:
                return y + 100.0
            i = i + 1
        return y - x


@case((f32(3, 2), scalar(3, np.int32), scalar(4, np.int32)), (f32(3, 2), scalar(2, np.int32), scalar(0, np.int32)))
class WhileNested(nn.Cell):
    def construct(self, x, n, m):
        i = Tensor(0, ms.int32)
        while i < n:
            j = Tensor(0, ms.int32)
            while j < m:
                x = x + ops.cast(i * j, ms.float32) * 0.1
                j = j + 1
            x = x * 0.9
            i = i + 1
        return x


@case((f32(3, 2), scalar(5, np.int32)))
class WhileNestedBreak(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            j = i
            while j < n:
                j = j + 1
                if j == 3:
                    continue
                x = x + ops.cast(j, ms.float32)
                if x.sum() > 30.0:
                    break
            if x.sum() > 60.0:
                return x, i
            i = i + 1
        return x * 2.0, i


@case((f32(3, 2), scalar(1.0)), (f32(3, 2), scalar(-1.0)))
class WhileInIf(nn.Cell):
    def construct(self, x, c):
        if c > 0:
            i = Tensor(0, ms.int32)
            while i < 3:
                x = x * x
                i = i + 1
        else:
            x = x + 5.0
        return x * c


@case((f32(3, 2), scalar(6, np.int32)))
class IfInWhile(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            if x.mean() > 1.0:
                x = x - 2.0
            else:
                x = x + 0.75
            i = i + 1
        return x


@case((f32(2, 3), scalar(4, np.int32)))
class WhileParameters(nn.Cell):
    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, 3)
        self.scale = Parameter(Tensor(np.array([0.5, 1.0, 1.5], np.float32)), name="scale")

    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            x = ops.tanh(self.fc(x)) * self.scale
            i = i + 1
        return x


@case((f32(4, 3),))
class ForTensor(nn.Cell):
    def construct(self, x):
        total = ops.zeros((3,), ms.float32)
        for row in x:
            total = total * 0.5 + row
        return total


@case((f32(3, 4),), (f32(3, 4, seed=3),))
class ForTensorIf(nn.Cell):
    def construct(self, x):
        best = x[0]
        for row in x:
            if row.sum() > best.sum():
                best = row
        return best


@case((f32(4), scalar(3, np.int32)))
class ForRangeBreak(nn.Cell):
    def construct(self, x, n):
        for i in range(5):
            if n == i:
                break
            x = x + float(i)
        return x


def doubled(x):
    """Called from several places."""
    if x.sum() > 0:
        return x * 2.0
    return x - 1.0


@case((f32(2, 3),), (f32(2, 3, seed=5),))
class SharedFunction(nn.Cell):
    def construct(self, x):
        y = doubled(x)
        z = doubled(-x)
        return y + z, doubled(y)


@case((f32(2, 3), scalar(1.0)), (f32(2, 3), scalar(-1.0)))
class Closure(nn.Cell):
    def construct(self, x, c):
        def scaled(y):
            return y * c + x

        def shifted(y):
            return y - x

        f = scaled if c > 0 else shifted
        return f(x * x)


@case((f32(2, 3), scalar(1.0)), (f32(2, 3), scalar(-1.0)))
class ClosureReturned(nn.Cell):
    def choose(self, c):
        def up(y):
            return y + c

        def down(y):
            return y * c

        if c > 0:
            return up
        return down

    def construct(self, x, c):
        f = self.choose(c)
        return f(x) + f(x * 2.0)


@case((f32(2, 3), scalar(0, np.int32)), (f32(2, 3), scalar(2, np.int32)), (f32(2, 3), scalar(-1, np.int32)))
class SwitchLayer(nn.Cell):
    def __init__(self):
        super().__init__()
        self.layers = nn.CellList([nn.ReLU(), nn.Tanh(), nn.Dense(3, 3)])

    def construct(self, x, index):
        return self.layers[index](x) + 1.0


@case((f32(4, 3),))
class ShapeIf(nn.Cell):
    def construct(self, x):
        if x.shape[0] > 2:
            return x[:2] * 2.0
        return x


@case((f32(3, 4),))
class ShapeLoop(nn.Cell):
    def construct(self, x):
        i = 0
        total = ops.zeros((4,), ms.float32)
        while i < x.shape[0]:
            total = total + x[i] * float(i + 1)
            i += 1
        return total


@case((f32(2, 3), scalar(9, np.int32)))
class WhileAnd(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n and x.sum() < 20.0:
            x = x + 1.0
            i = i + 1
        return x, i


@case((f32(2, 3), scalar(4, np.int32)), (f32(2, 3), scalar(0, np.int32)))
class WhileInTuple(nn.Cell):
    def construct(self, x, n):
        state = (x, x * 0.0)
        while n > 0:
            state = (state[0] * 1.5, state[1] + state[0])
            n = n - 1
        return state


@case((f32(2, 3), scalar(3, np.int32)))
class TwoLoops(nn.Cell):
    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            x = x + 1.0
            i = i + 1
        while i > 0:
            x = x * 0.5
            i = i - 1
        return x


@case((np.array([5, 3], np.int32), f32(2, 3)))
class IfPairs(nn.Cell):
    def construct(self, k, x):
        if k[0] > k[1]:
            x = x * 2.0
        if k[1] > 2:
            x = x + 1.0
        if k[0] == k[1]:
            x = x * 0.0
        return x


@case((np.array([48, 36], np.int64),), (np.array([7, 0], np.int64),))
class Gcd(nn.Cell):
    def construct(self, k):
        a = k[0]
        b = k[1]
        while b != 0:
            a, b = b, a % b
        return a


@case((f32(1, 6, 6), scalar(1.0)), (f32(1, 6, 6), scalar(-1.0)))
class IfConv(nn.Cell):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 2, 3, has_bias=True)
        self.b = nn.Conv2d(1, 2, 1)
        self.norm = nn.BatchNorm2d(2)

    def construct(self, x, c):
        x = ops.expand_dims(x, 0)
        if c > 0:
            x = ops.relu(self.norm(self.a(x)))
        else:
            x = self.norm(self.b(x)) * 2.0
        return ops.reduce_mean(x, (2, 3))


@case((f32(5, 3, seed=4),))
class WhileScan(nn.Cell):
    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(f32(3, 3)), name="w")

    def construct(self, x):
        i = Tensor(0, ms.int32)
        h = ops.zeros((1, 3), ms.float32)
        while i < 5:
            row = ops.gather(x, i, 0)
            h = ops.tanh(ops.matmul(h, self.w) + row)
            i = i + 1
        return h


@case((f32(2, 3), scalar(5, np.int32)))
class ForiLoop(nn.Cell):
    def construct(self, x, n):
        def step(i, carried):
            return carried * 0.5 + i
        return ops.ForiLoop()(0, n, step, x)


@case((f32(2, 3), scalar(9.0)))
class WhileLoop(nn.Cell):
    def construct(self, x, limit):
        def again(value):
            return value.sum() < limit

        def step(value):
            return value + 1.0
        return ops.WhileLoop()(again, step, x)


@case((f32(2, 3), f32(4, 2, 3)))
class Scan(nn.Cell):
    def construct(self, x, xs):
        def step(carried, element):
            carried = carried * 0.5 + element
            return carried, carried.sum()
        return ops.Scan()(step, x, [xs[0], xs[1], xs[2]], 3)


def power(x, n):
    """Recursion that is no loop."""
    if n > 0:
        return x * power(x, n - 1)
    return x * 0.0 + 1.0


@case((f32(2, 3), scalar(3, np.int32)))
class Recursion(nn.Cell):
    def construct(self, x, n):
        return power(x, n)


def repeated(x, n):
    """Recursion at the end of a function."""
    if n > 0:
        return repeated(x * 0.5 + 1.0, n - 1)
    return x


@case((f32(2, 3), scalar(3, np.int32)))
class TailRecursion(nn.Cell):
    def construct(self, x, n):
        return repeated(x, n) * 2.0
