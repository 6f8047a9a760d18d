# From the project's fixture set (export_networks.py), split into one file per family.
"""Wide & Deep in the Criteo layout."""
import numpy as np
from mindspore import Parameter, Tensor, nn, ops


class WideDeep(nn.Cell):
    """Criteo layout: 39 fields, each an id and a weight; linear part plus dense tower."""

    def __init__(self, vocab=200000, size=80, fields=39, tower=(1024, 512, 256, 128)):
        super().__init__()
        self.wide_table = Parameter(Tensor(np.zeros((vocab, 1), np.float32)), name="wide.table")
        self.wide_bias = Parameter(Tensor(np.zeros((1,), np.float32)), name="wide.bias")
        self.deep_table = Parameter(Tensor(np.zeros((vocab, size), np.float32)), name="deep.table")
        self.gather = ops.Gather()
        self.expand = ops.ExpandDims()
        self.reduce_sum = ops.ReduceSum(keep_dims=False)
        self.reshape = ops.Reshape()
        self.flat = fields * size
        cells, cin = [], self.flat
        for cout in tower:
            cells += [nn.Dense(cin, cout), nn.ReLU()]
            cin = cout
        cells.append(nn.Dense(cin, 1))
        self.tower = nn.SequentialCell(cells)
        self.sigmoid = nn.Sigmoid()

    def construct(self, ids, weights):
        w = self.expand(weights, 2)
        wide = self.reduce_sum(self.gather(self.wide_table, ids, 0) * w, 1) + self.wide_bias
        deep = self.gather(self.deep_table, ids, 0) * w
        deep = self.tower(self.reshape(deep, (-1, self.flat)))
        logits = wide + deep
        return logits, self.sigmoid(logits)
