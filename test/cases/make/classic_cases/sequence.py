"""Recurrent networks and sequences."""
import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive

CASES = Cases()


class Lstm(nn.Cell):
    """The primitive with weights packed as its CPU kernel wants them: one bias."""

    def __init__(self, rng, layers=1, both=False, bias=True, inputs=4, hidden=5):
        super().__init__()
        directions = 2 if both else 1
        gates = 4 * hidden
        count = sum(directions * gates * ((inputs if i == 0 else hidden * directions) + hidden) for i in range(layers))
        count += layers * directions * gates if bias else 0
        self.op = P.LSTM(inputs, hidden, layers, bias, both, 0.0)
        self.weight = ms.Parameter(ms.Tensor((rng.standard_normal((count, 1, 1)) * 0.3).astype(np.float32)), name="weight")

    def construct(self, x, h, c):
        y, last_h, last_c, _, _ = self.op(x, h, c, self.weight)
        return y, last_h, last_c


def lstm(word, time, batch, **options):
    """A case of Lstm."""
    states = options.get("layers", 1) * (2 if options.get("both") else 1)
    CASES.cell("LSTM", word, lambda: Lstm(np.random.default_rng(5), **options),
               lambda n: [n.f(time, batch, options.get("inputs", 4)), n.f(states, batch, options.get("hidden", 5)), n.f(states, batch, options.get("hidden", 5))])


lstm("plain", 3, 2)
lstm("no_bias", 5, 1, bias=False, inputs=3, hidden=2)
lstm("two_layers", 3, 2, layers=2, inputs=5)
lstm("both", 4, 3, both=True)
for op in ("ReverseSequence",):
    CASES.add(op, "rows", lambda: P.ReverseSequence(seq_dim=1), lambda n: [n.f(3, 5), np.array([1, 5, 3], np.int64)])
    CASES.add(op, "batch_last", lambda: P.ReverseSequence(seq_dim=0, batch_dim=1), lambda n: [n.f(4, 3, 2), np.array([4, 1, 2], np.int32)])
    CASES.add(op, "i32_inner", lambda: P.ReverseSequence(seq_dim=2, batch_dim=0), lambda n: [n.i(0, 99, 2, 3, 4), np.array([2, 4], np.int64)])
CASES.add("CTCGreedyDecoder", "merged", lambda: P.CTCGreedyDecoder(), lambda n: [n.f(7, 3, 4), np.array([7, 4, 1], np.int32)])
CASES.add("CTCGreedyDecoder", "repeated", lambda: P.CTCGreedyDecoder(False), lambda n: [n.f(9, 2, 3), np.array([8, 9], np.int32)])
CASES.add("CTCGreedyDecoder", "one", lambda: P.CTCGreedyDecoder(), lambda n: [n.f(1, 5, 3), np.full(5, 1, np.int32)])
