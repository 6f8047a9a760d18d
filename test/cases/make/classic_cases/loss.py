"""Losses, which files of training networks hold."""
import numpy as np
from mindspore.ops import operations as P

from classic_cases.case import Cases

CASES = Cases()
REDUCTIONS = ("none", "mean", "sum")


def rows(n, *shape):
    """Probabilities that add up to one along the last dimension."""
    p = n.u(0.1, 1, *shape)
    return p / p.sum(-1, keepdims=True)


CASES.add("SoftmaxCrossEntropyWithLogits", "rows", P.SoftmaxCrossEntropyWithLogits, lambda n: [n.f(3, 5), rows(n, 3, 5)])
CASES.add("SoftmaxCrossEntropyWithLogits", "one_hot", P.SoftmaxCrossEntropyWithLogits, lambda n: [n.f(4, 7, scale=20), np.eye(7, dtype=np.float32)[:4]])
CASES.add("SoftmaxCrossEntropyWithLogits", "one", P.SoftmaxCrossEntropyWithLogits, lambda n: [n.f(1, 1), rows(n, 1, 1)])
CASES.add("SparseSoftmaxCrossEntropyWithLogits", "mean", P.SparseSoftmaxCrossEntropyWithLogits, lambda n: [n.f(3, 5), n.i(0, 5, 3)])
CASES.add("SparseSoftmaxCrossEntropyWithLogits", "gradient", lambda: P.SparseSoftmaxCrossEntropyWithLogits(is_grad=True), lambda n: [n.f(3, 5), n.i(0, 5, 3)])
CASES.add("SparseSoftmaxCrossEntropyWithLogits", "i64", P.SparseSoftmaxCrossEntropyWithLogits, lambda n: [n.f(7, 2), n.i(0, 2, 7, dtype=np.int64)])
CASES.add("SigmoidCrossEntropyWithLogits", "f32", P.SigmoidCrossEntropyWithLogits, lambda n: [n.f(3, 5, scale=5), n.u(0, 1, 3, 5)])
CASES.add("SigmoidCrossEntropyWithLogits", "f16", P.SigmoidCrossEntropyWithLogits, lambda n: [n.f(7, dtype=np.float16), n.u(0, 1, 7, dtype=np.float16)], rtol=5e-3, atol=2e-3)
CASES.add("SigmoidCrossEntropyWithLogits", "large", P.SigmoidCrossEntropyWithLogits, lambda n: [n.f(2, 3, 4, scale=100), n.u(0, 1, 2, 3, 4)])
for reduction in REDUCTIONS:
    CASES.add("BCEWithLogitsLoss", reduction, lambda r=reduction: P.BCEWithLogitsLoss(reduction=r),
              lambda n: [n.f(3, 5, scale=3), n.u(0, 1, 3, 5), n.u(0.5, 2, 3, 5), n.u(0.5, 2, 3, 5)])
    CASES.add("BinaryCrossEntropy", reduction, lambda r=reduction: P.BinaryCrossEntropy(reduction=r), lambda n: [n.u(0.05, 0.95, 3, 5), n.u(0, 1, 3, 5), n.u(0.5, 2, 3, 5)])
    CASES.add("KLDivLoss", reduction, lambda r=reduction: P.KLDivLoss(reduction=r), lambda n: [n.f(3, 5), n.u(-0.2, 1, 3, 5)])
    CASES.add("NLLLoss", reduction, lambda r=reduction: P.NLLLoss(reduction=r), lambda n: [n.f(4, 5), n.i(0, 5, 4), n.u(0.5, 2, 5)])
    CASES.add("SmoothL1Loss", reduction, lambda r=reduction: P.SmoothL1Loss(beta=0.7, reduction=r), lambda n: [n.f(3, 5), n.f(3, 5)])
    CASES.add("SoftMarginLoss", reduction, lambda r=reduction: P.SoftMarginLoss(reduction=r), lambda n: [n.f(3, 5), np.sign(n.f(3, 5))])
    CASES.add("MultiMarginLoss", reduction, lambda r=reduction: P.MultiMarginLoss(p=1, margin=0.8, reduction=r), lambda n: [n.f(4, 5), n.i(0, 5, 4, dtype=np.int64), n.u(0.5, 2, 5)])
    CASES.add("TripletMarginLoss", reduction, lambda r=reduction: P.nn_ops.TripletMarginLoss(reduction=r, swap=r == "sum"), lambda n: [n.f(4, 5), n.f(4, 5), n.f(4, 5), np.array(1.0, np.float32)])
CASES.add("BCEWithLogitsLoss", "plain", P.BCEWithLogitsLoss, lambda n: [n.f(3, 5, scale=30), n.u(0, 1, 3, 5)])
CASES.add("BinaryCrossEntropy", "certain", lambda: P.BinaryCrossEntropy(reduction="none"), lambda n: [np.array([0, 1, 0, 1], np.float32), np.array([0, 0, 1, 1], np.float32), np.ones(4, np.float32)])
CASES.add("BinaryCrossEntropy", "unweighted", P.BinaryCrossEntropy, lambda n: [n.u(0.05, 0.95, 7), n.u(0, 1, 7)])
CASES.add("KLDivLoss", "batchmean", lambda: P.KLDivLoss(reduction="batchmean"), lambda n: [n.f(3, 5), n.u(0, 1, 3, 5)])
CASES.add("NLLLoss", "ignored", lambda: P.NLLLoss(reduction="mean", ignore_index=2), lambda n: [n.f(6, 3), np.array([0, 1, 2, 2, 1, 0], np.int32), n.u(0.5, 2, 3)])
CASES.add("SmoothL1Loss", "f16", lambda: P.SmoothL1Loss(), lambda n: [n.f(7, dtype=np.float16), n.f(7, dtype=np.float16)], rtol=5e-3, atol=1e-3)
CASES.add("MultiMarginLoss", "squared", lambda: P.MultiMarginLoss(p=2), lambda n: [n.f(4, 5), n.i(0, 5, 4, dtype=np.int64), n.u(0.5, 2, 5)])
CASES.add("L2Loss", "f32", P.L2Loss, lambda n: [n.f(3, 5, 2)])
CASES.add("L2Loss", "f16", P.L2Loss, lambda n: [n.f(7, dtype=np.float16)], rtol=5e-3, atol=1e-3)
CASES.add("L2Loss", "one", P.L2Loss, lambda n: [n.f(1)])
