# From the project's fixture set (export_networks.py), split into one file per family.
"""ResNet-50."""
from mindspore import nn, ops

from layers import bn, scaled


class Bottleneck(nn.Cell):
    """1x1 - 3x3 (strided) - 1x1 with an identity or projected shortcut."""

    def __init__(self, cin, mid, cout, stride, pad_mode):
        super().__init__()
        k3 = dict(pad_mode="same") if pad_mode == "same" else dict(pad_mode="pad", padding=1)
        self.conv1 = nn.Conv2d(cin, mid, 1)
        self.bn1 = bn(mid)
        self.conv2 = nn.Conv2d(mid, mid, 3, stride, **k3)
        self.bn2 = bn(mid)
        self.conv3 = nn.Conv2d(mid, cout, 1)
        self.bn3 = bn(cout)
        self.relu = nn.ReLU()
        self.project = stride != 1 or cin != cout
        if self.project:
            self.down = nn.Conv2d(cin, cout, 1, stride)
            self.down_bn = bn(cout)

    def construct(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        shortcut = x
        if self.project:
            shortcut = self.down_bn(self.down(x))
        return self.relu(y + shortcut)


class ResNet50(nn.Cell):
    def __init__(self, width=1, classes=1000, blocks=(3, 4, 6, 3), pad_mode="same"):
        super().__init__()
        stem = scaled(64, width)
        if pad_mode == "same":
            self.conv1 = nn.Conv2d(3, stem, 7, 2, pad_mode="same")
            self.pool = nn.MaxPool2d(3, 2, pad_mode="same")
        else:
            self.conv1 = nn.Conv2d(3, stem, 7, 2, pad_mode="pad", padding=3)
            self.pool = nn.MaxPool2d(3, 2, pad_mode="pad", padding=1)
        self.bn1 = bn(stem)
        self.relu = nn.ReLU()
        stages, cin = [], stem
        for i, repeat in enumerate(blocks):
            mid = scaled(64 * 2 ** i, width)
            cout = mid * 4
            for j in range(repeat):
                stages.append(Bottleneck(cin, mid, cout, 2 if i > 0 and j == 0 else 1, pad_mode))
                cin = cout
        self.stages = nn.SequentialCell(stages)
        self.mean = ops.ReduceMean(keep_dims=True)
        self.flatten = nn.Flatten()
        self.fc = nn.Dense(cin, classes)

    def construct(self, image):
        x = self.relu(self.bn1(self.conv1(image)))
        x = self.stages(self.pool(x))
        x = self.flatten(self.mean(x, (2, 3)))
        return self.fc(x)
