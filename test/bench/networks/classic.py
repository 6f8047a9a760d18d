# From the project's fixture set (export_networks.py), split into one file per family.
"""LeNet-5, AlexNet and VGG-16."""
from mindspore import nn

from layers import scaled


class LeNet5(nn.Cell):
    """LeNet-5 on 1x32x32: valid convolutions, ReLU and max pooling."""

    def __init__(self, c1=6, c2=16, f1=120, f2=84, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, c1, 5, pad_mode="valid", has_bias=True)
        self.conv2 = nn.Conv2d(c1, c2, 5, pad_mode="valid", has_bias=True)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Dense(c2 * 5 * 5, f1)
        self.fc2 = nn.Dense(f1, f2)
        self.fc3 = nn.Dense(f2, classes)

    def construct(self, image):
        x = self.pool(self.relu(self.conv1(image)))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.flatten(x)
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return self.fc3(x)


class AlexNet(nn.Cell):
    """The one-tower AlexNet (64-192-384-256-256, two hidden dense layers)."""

    def __init__(self, width=1, hidden=4096, classes=1000, resolution=224, pad_mode="pad"):
        super().__init__()
        c = [scaled(v, width) for v in (64, 192, 384, 256, 256)]

        def conv(cin, cout, k, stride=1, pad=0):
            if pad_mode == "same":
                return nn.Conv2d(cin, cout, k, stride, pad_mode="same", has_bias=True)
            return nn.Conv2d(cin, cout, k, stride, pad_mode="pad", padding=pad, has_bias=True)

        self.conv1 = conv(3, c[0], 11, 4, 2)
        self.conv2 = conv(c[0], c[1], 5, 1, 2)
        self.conv3 = conv(c[1], c[2], 3, 1, 1)
        self.conv4 = conv(c[2], c[3], 3, 1, 1)
        self.conv5 = conv(c[3], c[4], 3, 1, 1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, 2)
        side = -(-resolution // 4) if pad_mode == "same" else (resolution + 4 - 11) // 4 + 1
        for _ in range(3):
            side = (side - 3) // 2 + 1
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(p=0.5)
        self.fc1 = nn.Dense(c[4] * side * side, hidden)
        self.fc2 = nn.Dense(hidden, hidden)
        self.fc3 = nn.Dense(hidden, classes)

    def construct(self, image):
        x = self.pool(self.relu(self.conv1(image)))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = self.pool(self.relu(self.conv5(x)))
        x = self.flatten(x)
        x = self.dropout(self.relu(self.fc1(x)))
        x = self.dropout(self.relu(self.fc2(x)))
        return self.fc3(x)


class VGG16(nn.Cell):
    def __init__(self, width=1, hidden=4096, classes=1000, resolution=224):
        super().__init__()
        layers, cin = [], 3
        for channels, repeat in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            cout = scaled(channels, width)
            for _ in range(repeat):
                layers += [nn.Conv2d(cin, cout, 3, pad_mode="same", has_bias=True), nn.ReLU()]
                cin = cout
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.SequentialCell(layers)
        self.flatten = nn.Flatten()
        side = resolution // 32
        self.classifier = nn.SequentialCell([
            nn.Dense(cin * side * side, hidden), nn.ReLU(), nn.Dropout(p=0.5),
            nn.Dense(hidden, hidden), nn.ReLU(), nn.Dropout(p=0.5),
            nn.Dense(hidden, classes)])

    def construct(self, image):
        return self.classifier(self.flatten(self.features(image)))
