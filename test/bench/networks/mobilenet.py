# From the project's fixture set (export_networks.py), split into one file per family.
"""MobileNetV2 and MobileNetV3-large."""
from mindspore import nn, ops

from layers import bn, scaled


class ConvBNAct(nn.Cell):
    def __init__(self, cin, cout, k, stride=1, group=1, act=None):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, stride, pad_mode="pad", padding=(k - 1) // 2, group=group)
        self.bn = bn(cout)
        self.act = act
        self.has_act = act is not None

    def construct(self, x):
        x = self.bn(self.conv(x))
        if self.has_act:
            x = self.act(x)
        return x


class InvertedResidual(nn.Cell):
    def __init__(self, cin, cout, stride, expand, act, k=3, hidden=None, se=False):
        super().__init__()
        hidden = hidden or cin * expand
        layers = []
        if hidden != cin or expand != 1:
            layers.append(ConvBNAct(cin, hidden, 1, act=act()))
        layers.append(ConvBNAct(hidden, hidden, k, stride, group=hidden, act=act()))
        if se:
            layers.append(SqueezeExcite(hidden))
        layers.append(ConvBNAct(hidden, cout, 1))
        self.block = nn.SequentialCell(layers)
        self.skip = stride == 1 and cin == cout

    def construct(self, x):
        y = self.block(x)
        if self.skip:
            y = x + y
        return y


class MobileNetV2(nn.Cell):
    def __init__(self, width=1, classes=1000):
        super().__init__()
        cin = scaled(32, width)
        layers = [ConvBNAct(3, cin, 3, 2, act=nn.ReLU6())]
        for expand, channels, repeat, stride in (
                (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
            cout = scaled(channels, width)
            for i in range(repeat):
                layers.append(InvertedResidual(cin, cout, stride if i == 0 else 1, expand, nn.ReLU6))
                cin = cout
        last = scaled(1280, width)
        layers.append(ConvBNAct(cin, last, 1, act=nn.ReLU6()))
        self.features = nn.SequentialCell(layers)
        self.mean = ops.ReduceMean(keep_dims=False)
        self.dropout = nn.Dropout(p=0.2)
        self.fc = nn.Dense(last, classes)

    def construct(self, image):
        x = self.mean(self.features(image), (2, 3))
        return self.fc(self.dropout(x))


class SqueezeExcite(nn.Cell):
    def __init__(self, channels, reduction=4):
        super().__init__()
        mid = max(8, int(channels / reduction + 4) // 8 * 8)
        if mid < 0.9 * channels / reduction:
            mid += 8
        self.pool = ops.ReduceMean(keep_dims=False)
        self.fc1 = nn.Dense(channels, mid)
        self.relu = nn.ReLU()
        self.fc2 = nn.Dense(mid, channels)
        self.gate = nn.HSigmoid()
        self.reshape = ops.Reshape()
        self.shape = (-1, channels, 1, 1)

    def construct(self, x):
        s = self.pool(x, (2, 3))
        s = self.gate(self.fc2(self.relu(self.fc1(s))))
        return x * self.reshape(s, self.shape)


class MobileNetV3Large(nn.Cell):
    def __init__(self, width=1, classes=1000):
        super().__init__()
        cin = scaled(16, width)
        layers = [ConvBNAct(3, cin, 3, 2, act=nn.HSwish())]
        re, hs = nn.ReLU, nn.HSwish
        for k, hidden, channels, se, act, stride in (
                (3, 16, 16, False, re, 1), (3, 64, 24, False, re, 2), (3, 72, 24, False, re, 1),
                (5, 72, 40, True, re, 2), (5, 120, 40, True, re, 1), (5, 120, 40, True, re, 1),
                (3, 240, 80, False, hs, 2), (3, 200, 80, False, hs, 1), (3, 184, 80, False, hs, 1),
                (3, 184, 80, False, hs, 1), (3, 480, 112, True, hs, 1), (3, 672, 112, True, hs, 1),
                (5, 672, 160, True, hs, 2), (5, 960, 160, True, hs, 1), (5, 960, 160, True, hs, 1)):
            cout, mid = scaled(channels, width), scaled(hidden, width)
            layers.append(InvertedResidual(cin, cout, stride, 1, act, k, mid, se))
            cin = cout
        last = scaled(960, width)
        layers.append(ConvBNAct(cin, last, 1, act=nn.HSwish()))
        self.features = nn.SequentialCell(layers)
        self.mean = ops.ReduceMean(keep_dims=True)
        self.flatten = nn.Flatten()
        head = scaled(1280, width)
        self.fc1 = nn.Dense(last, head)
        self.act = nn.HSwish()
        self.dropout = nn.Dropout(p=0.2)
        self.fc2 = nn.Dense(head, classes)

    def construct(self, image):
        x = self.flatten(self.mean(self.features(image), (2, 3)))
        return self.fc2(self.dropout(self.act(self.fc1(x))))
