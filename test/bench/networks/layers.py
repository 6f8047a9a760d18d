# From the project's fixture set (export_networks.py), split into one file per family.
"""Helpers the networks share."""
from mindspore import nn

BN_MOMENTUM = 0.9  # replaced by 0.0 while the running statistics are being calibrated


def bn(channels, eps=1e-5):
    return nn.BatchNorm2d(channels, eps=eps, momentum=BN_MOMENTUM)


def scaled(channels, width, minimum=4, step=4):
    """Channel count after a width multiplier, kept a multiple of `step`."""
    if width == 1:
        return channels
    return max(minimum, int(channels * width / step + 0.5) * step)
