"""Recurrent networks and sequences."""
import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.ops import operations as P

from classic_cases.case import Cases, primitive
from common import Apply

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


class First(nn.Cell):
    """The first result; the second holds sums along the way."""

    def __init__(self, op):
        super().__init__()
        self.op = op

    def construct(self, *inputs):
        return self.op(*inputs)[0]


def log_probabilities(n, *shape, dtype=np.float32):
    """Logarithms of probabilities along the last dimension."""
    scores = n.f(*shape, dtype=np.float64)
    return (scores - np.log(np.exp(scores).sum(-1, keepdims=True))).astype(dtype)


def ctc_v2(word, steps, classes, targets, lengths, counts, dtype=np.float32, kind=np.int32, blank=0, zero_infinity=False, **entry):
    """A case of CTCLossV2."""
    CASES.add("CTCLossV2", word, lambda: P.nn_ops.CTCLossV2(blank, "none", zero_infinity),
              lambda n: [log_probabilities(n, steps, len(targets), classes, dtype=dtype), np.array(targets, kind), np.array(lengths, kind), np.array(counts, kind)], **entry)


ctc_v2("plain", 7, 5, [[1, 2, 2], [4, 3, 1], [1, 1, 1]], [7, 5, 6], [3, 2, 1])
ctc_v2("double_blank", 5, 4, [[0, 1], [2, 2]], [5, 4], [2, 2], np.float64, np.int64, 3)
ctc_v2("impossible", 3, 3, [[1, 1, 1], [1, 2, 1]], [3, 3], [3, 3])
ctc_v2("impossible_zero", 3, 3, [[1, 1, 1], [2, 1, 2]], [3, 3], [3, 2], zero_infinity=True,
       wrong_reference="the CPU backend does not look at zero_infinity, which by its documentation makes infinite losses 0")
ctc_v2("one", 1, 2, [[1]], [1], [1])
CASES.cell("CTCLossV2", "no_targets", lambda: First(P.nn_ops.CTCLossV2(2)), lambda n: [log_probabilities(n, 4, 2, 3), np.array([[0, 1], [1, 1]], np.int32), np.array([4, 3], np.int32), np.array([0, 2], np.int32)])


def ctc(word, steps, batch, classes, labels, lengths, dtype=np.float32, alone=False, entry=None, **options):
    """A case of CTCLoss; `labels` of each sequence. The loss `alone` where sequences end before the last step: the CPU backend leaves their gradients there as they are."""
    indices = np.array([(b, t) for b, row in enumerate(labels) for t in range(len(row))], np.int64).reshape(-1, 2)
    network = (lambda: First(P.nn_ops.CTCLoss(**options))) if alone else lambda: Apply(P.nn_ops.CTCLoss(**options))
    CASES.cell("CTCLoss", word, network, lambda n: [n.f(steps, batch, classes, dtype=dtype), indices, np.concatenate(labels).astype(np.int32), np.array(lengths, np.int32)], **(entry or {}))


ctc("plain", 6, 3, 5, [[1, 2, 2], [3], [0, 1]], [6, 6, 6])
ctc("shorter", 6, 3, 5, [[1, 2, 2], [3], [0, 1]], [6, 4, 5], alone=True)
ctc("half", 5, 2, 4, [[0, 2], [1]], [5, 5], np.float16, entry={"rtol": 2e-2, "atol": 4e-3})
ctc("collapsed", 5, 2, 4, [[1, 1, 2, 2], [0, 0, 0]], [5, 5], preprocess_collapse_repeated=True)
ctc("unmerged", 6, 2, 4, [[1, 1, 2], [2, 0]], [6, 6], ctc_merge_repeated=False)
ctc("longer", 4, 2, 3, [[0, 1, 0, 1, 0], [1, 1, 1]], [4, 4], ignore_longer_outputs_than_inputs=True)
ctc("no_labels", 2, 1, 3, [[]], [2], entry={"wrong_reference": "the CPU backend starts two steps from the end for a sequence without labels, which has one alignment"})
