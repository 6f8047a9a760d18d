# From the project's fixture set (export_networks.py), split into one file per family.
"""Inception-v3."""
from mindspore import nn, ops

from layers import bn, scaled


class ConvBN(nn.Cell):
    def __init__(self, cin, cout, k, stride=1, pad_mode="same"):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, stride, pad_mode=pad_mode)
        self.bn = bn(cout, eps=1e-3)
        self.relu = nn.ReLU()

    def construct(self, x):
        return self.relu(self.bn(self.conv(x)))


def chain(*cells):
    return nn.SequentialCell(list(cells))


class MixedGrid(nn.Cell):
    """Four parallel branches on the same grid: 1x1, two conv chains, pooled projection."""

    def __init__(self, branches):
        super().__init__()
        self.branches = nn.CellList(branches)
        self.concat = ops.Concat(axis=1)

    def construct(self, x):
        outs = ()
        for branch in self.branches:
            outs = outs + (branch(x),)
        return self.concat(outs)


class SplitTail(nn.Cell):
    """A chain whose result feeds a 1x3 and a 3x1 convolution, concatenated."""

    def __init__(self, head, cin, cout):
        super().__init__()
        self.head = head
        self.row = ConvBN(cin, cout, (1, 3))
        self.col = ConvBN(cin, cout, (3, 1))
        self.concat = ops.Concat(axis=1)

    def construct(self, x):
        x = self.head(x)
        return self.concat((self.row(x), self.col(x)))


class InceptionV3(nn.Cell):
    def __init__(self, width=1, classes=1000):
        super().__init__()

        def w(c):
            return scaled(c, width)

        def pooled(cin, cout):
            return chain(nn.AvgPool2d(3, 1, pad_mode="same"), ConvBN(cin, cout, 1))

        self.stem = chain(
            ConvBN(3, w(32), 3, 2, "valid"), ConvBN(w(32), w(32), 3, 1, "valid"),
            ConvBN(w(32), w(64), 3), nn.MaxPool2d(3, 2),
            ConvBN(w(64), w(80), 1, 1, "valid"), ConvBN(w(80), w(192), 3, 1, "valid"),
            nn.MaxPool2d(3, 2))
        body, cin = [], w(192)
        for pool_features in (32, 64, 64):  # 35x35
            body.append(MixedGrid([
                ConvBN(cin, w(64), 1),
                chain(ConvBN(cin, w(48), 1), ConvBN(w(48), w(64), 5)),
                chain(ConvBN(cin, w(64), 1), ConvBN(w(64), w(96), 3), ConvBN(w(96), w(96), 3)),
                pooled(cin, w(pool_features))]))
            cin = w(64) + w(64) + w(96) + w(pool_features)
        body.append(MixedGrid([  # 35 -> 17
            ConvBN(cin, w(384), 3, 2, "valid"),
            chain(ConvBN(cin, w(64), 1), ConvBN(w(64), w(96), 3), ConvBN(w(96), w(96), 3, 2, "valid")),
            nn.MaxPool2d(3, 2)]))
        cin = w(384) + w(96) + cin
        for c7 in (128, 160, 160, 192):  # 17x17
            m = w(c7)
            body.append(MixedGrid([
                ConvBN(cin, w(192), 1),
                chain(ConvBN(cin, m, 1), ConvBN(m, m, (1, 7)), ConvBN(m, w(192), (7, 1))),
                chain(ConvBN(cin, m, 1), ConvBN(m, m, (7, 1)), ConvBN(m, m, (1, 7)),
                      ConvBN(m, m, (7, 1)), ConvBN(m, w(192), (1, 7))),
                pooled(cin, w(192))]))
            cin = 4 * w(192)
        body.append(MixedGrid([  # 17 -> 8
            chain(ConvBN(cin, w(192), 1), ConvBN(w(192), w(320), 3, 2, "valid")),
            chain(ConvBN(cin, w(192), 1), ConvBN(w(192), w(192), (1, 7)),
                  ConvBN(w(192), w(192), (7, 1)), ConvBN(w(192), w(192), 3, 2, "valid")),
            nn.MaxPool2d(3, 2)]))
        cin = w(320) + w(192) + cin
        for _ in range(2):  # 8x8
            body.append(MixedGrid([
                ConvBN(cin, w(320), 1),
                SplitTail(ConvBN(cin, w(384), 1), w(384), w(384)),
                SplitTail(chain(ConvBN(cin, w(448), 1), ConvBN(w(448), w(384), 3)), w(384), w(384)),
                pooled(cin, w(192))]))
            cin = w(320) + 4 * w(384) + w(192)
        self.body = nn.SequentialCell(body)
        self.mean = ops.ReduceMean(keep_dims=True)
        self.dropout = nn.Dropout(p=0.2)
        self.flatten = nn.Flatten()
        self.fc = nn.Dense(cin, classes)

    def construct(self, image):
        x = self.body(self.stem(image))
        x = self.flatten(self.mean(x, (2, 3)))
        return self.fc(self.dropout(x))
