#!/usr/bin/env python3
"""AlexNet, exported from MindSpore in each way that mindird takes: python tools/export/alexnet.py FOLDER

FOLDER becomes a repository: alexnet (batch 1), alexnet_dynamic (batches are combined), alexnet_fp16 and alexnet_encrypted, each with version 1.
The weights are random; load a checkpoint of yours with load_checkpoint and load_param_into_net in their place.
"""

import os
import sys

import mindspore as ms
from mindspore import nn


class AlexNet(nn.Cell):
    """For images of 227 x 227."""

    def __init__(self, classes=1000):
        super().__init__()
        self.features = nn.SequentialCell(
            nn.Conv2d(3, 96, 11, stride=4, pad_mode="valid", has_bias=True), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, pad_mode="same", has_bias=True), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, pad_mode="same", has_bias=True), nn.ReLU(),
            nn.Conv2d(384, 384, 3, pad_mode="same", has_bias=True), nn.ReLU(),
            nn.Conv2d(384, 256, 3, pad_mode="same", has_bias=True), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Flatten())
        self.classifier = nn.SequentialCell(
            nn.Dense(256 * 6 * 6, 4096), nn.ReLU(), nn.Dense(4096, 4096), nn.ReLU(), nn.Dense(4096, classes))

    def construct(self, image):
        return self.classifier(self.features(image))


def export(folder, name, net, image, **more):
    """Writes NAME/1/model.mindir."""
    place = os.path.join(folder, name, "1")
    os.makedirs(place, exist_ok=True)
    ms.export(net, image, file_name=os.path.join(place, "model"), file_format="MINDIR", **more)


def main(folder):
    ms.set_seed(1)
    net = AlexNet()
    net.set_train(False)
    fixed = ms.Tensor(shape=[1, 3, 227, 227], dtype=ms.float32)
    export(folder, "alexnet", net, fixed)
    # Only the first dimension open: rows of several requests are combined.
    export(folder, "alexnet_dynamic", net, ms.Tensor(shape=[None, 3, 227, 227], dtype=ms.float32))
    # The key goes into a file that model.key_file names; 16, 24 or 32 bytes, no line break.
    key = os.urandom(32)
    export(folder, "alexnet_encrypted", net, fixed, enc_key=key, enc_mode="AES-GCM")
    with open(os.open(os.path.join(folder, "alexnet_encrypted.key"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
    with open(os.path.join(folder, "alexnet_encrypted", "servable_config.yaml"), "w", encoding="utf-8") as file:
        file.write("model: {key_file: ../alexnet_encrypted.key}\n")
    # Last, because it changes the weights of the network.
    net.to_float(ms.float16)
    for parameter in net.get_parameters():
        parameter.set_dtype(ms.float16)
    export(folder, "alexnet_fp16", net, ms.Tensor(shape=[1, 3, 227, 227], dtype=ms.float16))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
