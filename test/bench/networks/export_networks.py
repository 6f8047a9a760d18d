#!/usr/bin/env python3
# From the project's fixture set; the networks' classes are in the files beside this one.
"""Define nine reference networks with MindSpore, give them fixed random weights,
export each as MindIR and store reference inputs/outputs next to it.

    python export_networks.py --out tiny --scale tiny
    python export_networks.py --out full --scale full --nets resnet50 bert_base

For every network NAME the output folder gets
    NAME.mindir   written by mindspore.export(..., file_format="MINDIR")
    NAME.npz      input_0, input_1, ... and output_0, output_1, ... (in graph order)
and index.json lists the names, shapes and data types.

Reference outputs come from the exported file itself, reloaded with mindspore.load and run
through nn.GraphCell on CPU; they are also compared with the network before export.

'full' is the published size; 'tiny' keeps the structure and shrinks the widths, the
resolution and (BERT) the depth.
"""
import argparse
import json
import os
import time

import mindspore as ms
import numpy as np
from mindspore import Tensor, nn

from bert import BertEncoder
from classic import AlexNet, LeNet5, VGG16
from inception import InceptionV3
from mobilenet import MobileNetV2, MobileNetV3Large
from resnet import ResNet50
from weights import calibrate
from wide_deep import WideDeep


def image(channels, side):
    return lambda rng, batch: [rng.standard_normal((batch, channels, side, side)).astype(np.float32)]


def tokens(vocab, seq):
    def make(rng, batch):
        lengths = rng.integers(max(2, seq // 2), seq + 1, batch)
        mask = (np.arange(seq)[None] < lengths[:, None]).astype(np.int32)
        ids = rng.integers(1, vocab, (batch, seq)).astype(np.int32) * mask
        kinds = (np.arange(seq)[None] >= lengths[:, None] // 2).astype(np.int32) * mask
        return [ids, kinds, mask]
    return make


def clicks(vocab, fields=39):
    def make(rng, batch):
        ids = rng.integers(0, vocab, (batch, fields)).astype(np.int32)
        weights = np.ones((batch, fields), np.float32)
        weights[:, :13] = rng.uniform(0, 1, (batch, 13))  # the numeric Criteo columns
        return [ids, weights]
    return make


def networks(scale):
    """name -> (constructor, input maker) for a scale."""
    if scale == "full":
        return {
            "lenet5": (LeNet5, image(1, 32)),
            "alexnet": (AlexNet, image(3, 224)),
            "resnet50": (ResNet50, image(3, 224)),
            "vgg16": (VGG16, image(3, 224)),
            "inception_v3": (InceptionV3, image(3, 299)),
            "mobilenet_v2": (MobileNetV2, image(3, 224)),
            "mobilenet_v3_large": (MobileNetV3Large, image(3, 224)),
            "bert_base": (BertEncoder, tokens(30522, 128)),
            "wide_deep": (WideDeep, clicks(200000)),
        }
    w = 1 / 16
    return {
        "lenet5": (lambda: LeNet5(4, 6, 32, 24), image(1, 32)),
        "alexnet": (lambda: AlexNet(w, 64, 10, 99), image(3, 99)),
        "resnet50": (lambda: ResNet50(w, 10), image(3, 64)),
        "vgg16": (lambda: VGG16(w, 64, 10, 64), image(3, 64)),
        "inception_v3": (lambda: InceptionV3(w, 10), image(3, 107)),
        "mobilenet_v2": (lambda: MobileNetV2(1 / 8, 10), image(3, 64)),
        "mobilenet_v3_large": (lambda: MobileNetV3Large(1 / 8, 10), image(3, 64)),
        "bert_base": (lambda: BertEncoder(200, 32, 2, 4, 64, 24, 16), tokens(200, 16)),
        "wide_deep": (lambda: WideDeep(1000, 8, 39, (64, 32, 16)), clicks(1000)),
    }


def as_tuple(value):
    """Outputs as a flat tuple, depth first."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return tuple(leaf for item in value for leaf in as_tuple(item))
    return (value,)


def array(t):
    return t.asnumpy() if isinstance(t, Tensor) else np.asarray(t)


def export_case(net, inputs, path, specs=None):
    """Export `net`, reload it, run it; returns the record for index.json.

    `specs` replaces the example inputs at export time (dynamic shapes).
    """
    tensors = [Tensor(v) for v in inputs]
    ms.export(net, *(specs or tensors), file_name=path, file_format="MINDIR")
    os.chmod(path + ".mindir", 0o644)  # export writes it with mode 0400
    direct = [array(t) for t in as_tuple(net(*tensors))]
    source = "reloaded MindIR"
    try:
        loaded = nn.GraphCell(ms.load(path + ".mindir"))
        outputs = [array(t) for t in as_tuple(loaded(*tensors))]
    except Exception as error:  # some graphs export but do not run through GraphCell
        outputs, source = direct, "network before export (%s)" % type(error).__name__
    gap = max([float(np.max(np.abs(a.astype(np.float64) - b.astype(np.float64)), initial=0.0))
               for a, b in zip(outputs, direct)], default=0.0)
    arrays = {"input_%d" % i: v for i, v in enumerate(inputs)}
    arrays.update({"output_%d" % i: v for i, v in enumerate(outputs)})
    np.savez(path + ".npz", **arrays)

    from mindspore.train import mind_ir_pb2
    model = mind_ir_pb2.ModelProto()
    with open(path + ".mindir", "rb") as f:
        model.ParseFromString(f.read())
    names = [v.name for v in model.graph.input]
    return {
        "file": os.path.basename(path) + ".mindir",
        "data": os.path.basename(path) + ".npz",
        "bytes": os.path.getsize(path + ".mindir"),
        "inputs": [{"name": n, "shape": list(v.shape), "dtype": str(v.dtype)} for n, v in zip(names, inputs)],
        "outputs": [{"shape": list(v.shape), "dtype": str(v.dtype)} for v in outputs],
        "reference": source,
        "max_abs_gap_to_network": gap,
        "output_std": [float(np.std(v.astype(np.float64))) for v in outputs],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--scale", choices=("full", "tiny"), default="tiny")
    parser.add_argument("--nets", nargs="*", help="default: all")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dynamic-batch", action="store_true", help="export with an unknown batch size as NAME_dynamic")
    args = parser.parse_args()
    ms.set_context(mode=ms.GRAPH_MODE)
    os.makedirs(args.out, exist_ok=True)
    index_path = os.path.join(args.out, "index.json")
    index = json.load(open(index_path)) if os.path.exists(index_path) else {}
    available = networks(args.scale)
    for number, (name, (build, make)) in enumerate(available.items()):
        if args.nets and name not in args.nets:
            continue
        start = time.time()
        ms.set_seed(args.seed)
        rng = np.random.default_rng([args.seed, number])
        net = calibrate(build, rng, make(rng, 16 if args.scale == "tiny" else 4))
        inputs = make(rng, args.batch)
        specs = None
        if args.dynamic_batch:
            name += "_dynamic"
            specs = [Tensor(shape=[None] + list(v.shape[1:]), dtype=Tensor(v).dtype) for v in inputs]
        record = export_case(net, inputs, os.path.join(args.out, name), specs)
        record["seed"], record["batch"] = args.seed, args.batch
        record["parameters"] = int(sum(np.prod(p.shape) for p in net.get_parameters()))
        index[name] = record
        json.dump(index, open(index_path, "w"), indent=1)
        print("%-20s %10d bytes %10d params  std %s  gap %.2g  %.1fs" % (
            name, record["bytes"], record["parameters"],
            ["%.3g" % s for s in record["output_std"]], record["max_abs_gap_to_network"], time.time() - start), flush=True)


if __name__ == "__main__":
    main()
