# From the project's fixture set (export_networks.py), split into one file per family.
"""BERT encoder with a tanh pooler."""
import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, nn, ops


class SelfAttention(nn.Cell):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads = heads
        self.size = hidden // heads
        self.hidden = hidden
        self.query = nn.Dense(hidden, hidden)
        self.key = nn.Dense(hidden, hidden)
        self.value = nn.Dense(hidden, hidden)
        self.out = nn.Dense(hidden, hidden)
        self.scale = 1.0 / float(self.size) ** 0.5
        self.scores = ops.BatchMatMul(transpose_b=True)
        self.mix = ops.BatchMatMul()
        self.softmax = nn.Softmax(axis=-1)
        self.transpose = ops.Transpose()
        self.reshape = ops.Reshape()

    def construct(self, x, mask):
        batch, seq, _ = x.shape
        split = (batch, seq, self.heads, self.size)
        q = self.transpose(self.reshape(self.query(x), split), (0, 2, 1, 3))
        k = self.transpose(self.reshape(self.key(x), split), (0, 2, 1, 3))
        v = self.transpose(self.reshape(self.value(x), split), (0, 2, 1, 3))
        p = self.softmax(self.scores(q, k) * self.scale + mask)
        y = self.transpose(self.mix(p, v), (0, 2, 1, 3))
        return self.out(self.reshape(y, (batch, seq, self.hidden)))


class EncoderLayer(nn.Cell):
    def __init__(self, hidden, heads, inner):
        super().__init__()
        self.attention = SelfAttention(hidden, heads)
        self.norm1 = nn.LayerNorm((hidden,), epsilon=1e-12)
        self.inner = nn.Dense(hidden, inner)
        self.act = nn.GELU(approximate=False)
        self.outer = nn.Dense(inner, hidden)
        self.norm2 = nn.LayerNorm((hidden,), epsilon=1e-12)
        self.dropout = nn.Dropout(p=0.1)

    def construct(self, x, mask):
        x = self.norm1(x + self.dropout(self.attention(x, mask)))
        return self.norm2(x + self.dropout(self.outer(self.act(self.inner(x)))))


class BertEncoder(nn.Cell):
    """BERT: token, segment and position embeddings, encoder stack, tanh pooler."""

    def __init__(self, vocab=30522, hidden=768, layers=12, heads=12, inner=3072, positions=512, seq=128):
        super().__init__()
        self.word = nn.Embedding(vocab, hidden)
        self.segment = nn.Embedding(2, hidden)
        self.position = Parameter(Tensor(np.zeros((positions, hidden), np.float32)), name="position.table")
        self.norm = nn.LayerNorm((hidden,), epsilon=1e-12)
        self.dropout = nn.Dropout(p=0.1)
        self.layers = nn.CellList([EncoderLayer(hidden, heads, inner) for _ in range(layers)])
        self.pooler = nn.Dense(hidden, hidden)
        self.tanh = nn.Tanh()
        self.cast = ops.Cast()
        self.expand = ops.ExpandDims()
        self.gather = ops.Gather()
        self.squeeze = ops.Squeeze(1)
        self.slots = Tensor(np.arange(seq, dtype=np.int32))

    def construct(self, input_ids, token_type_ids, attention_mask):
        x = self.word(input_ids) + self.segment(token_type_ids)
        x = x + self.expand(self.gather(self.position, self.slots, 0), 0)
        x = self.dropout(self.norm(x))
        mask = self.expand(self.expand(self.cast(attention_mask, ms.float32), 1), 1)
        mask = (1.0 - mask) * -10000.0
        for layer in self.layers:
            x = layer(x, mask)
        first = self.squeeze(x[:, 0:1, :])
        return x, self.tanh(self.pooler(first))
