# From the project's fixture set (export_networks.py), split into one file per family.
"""Fixed random weights whose batch-norm statistics fit the data."""
import mindspore as ms
import numpy as np
from mindspore import Tensor

import layers


def randomise(net, rng):
    """Fixed random weights: He-scaled kernels, perturbed norms, small biases."""
    for p in net.get_parameters():
        leaf, shape = p.name.split(".")[-1], p.shape
        if leaf == "gamma":
            v = rng.uniform(0.6, 1.4, shape)
        elif leaf == "moving_variance":
            v = rng.uniform(0.5, 1.5, shape)
        elif leaf in ("beta", "moving_mean"):
            v = rng.normal(0, 0.2, shape)
        elif leaf == "bias":
            v = rng.normal(0, 0.1, shape)
        elif leaf in ("embedding_table", "table"):
            v = rng.normal(0, 0.15 if shape[-1] == 1 else 0.5, shape)
        else:
            fan_in = int(np.prod(shape[1:]))
            v = rng.normal(0, np.sqrt(2.0 / fan_in), shape)
        p.set_data(Tensor(v.astype(np.float32)))


def calibrate(build, rng, inputs):
    """Weights whose batch-norm statistics fit the data, then move off it a little.

    Purely random statistics make activations of deep networks explode or vanish, so the network
    is run once in training mode with momentum 0 (running value := batch value).
    """
    layers.BN_MOMENTUM = 0.0
    source = build()
    layers.BN_MOMENTUM = 0.9
    randomise(source, rng)
    if any(p.name.endswith("moving_mean") for p in source.get_parameters()):
        ms.set_context(mode=ms.PYNATIVE_MODE)
        source.set_train(True)
        source(*[Tensor(v) for v in inputs])
        ms.set_context(mode=ms.GRAPH_MODE)
    target = build()
    values = {p.name: p.asnumpy() for p in source.get_parameters()}
    for p in target.get_parameters():
        v = values[p.name]
        if p.name.endswith("moving_mean"):
            std = np.sqrt(values[p.name.replace("moving_mean", "moving_variance")])
            v = v + rng.normal(0, 0.1, v.shape) * std
        elif p.name.endswith("moving_variance"):
            v = v * rng.uniform(0.8, 1.25, v.shape) + 1e-3
        p.set_data(Tensor(v.astype(np.float32)))
    return target.set_train(False)
