#!/usr/bin/env python3
# From the project's fixture set; only the import of export_networks.py differs.
"""Write the nine full-size reference networks as ONNX, for measuring other runtimes.

    python export_onnx.py --out onnx
    python export_onnx.py --out onnx --nets lenet5 bert_base

For every network NAME the output folder gets
    NAME.onnx   the graph with the weights export_networks.py gives the network for the same seed
    NAME.npz    input_0, ... and output_0, ... computed by MindSpore, to check the ONNX graph against

Three ways lead there:
  * seven networks are written by mindspore.export(..., file_format="ONNX") as they are;
  * MobileNetV3 uses HSwish and HSigmoid, which that exporter does not know. They are replaced by Sin and
    Cos (used nowhere else in the network) for the export, and the nodes are renamed to HardSwish and
    HardSigmoid in the written graph;
  * BERT uses Erf, which the exporter does not know, and would spell layer norm out in small operators.
    Its graph is built here directly at opset 20 with LayerNormalization and Gelu, in the layout the
    runtimes' own fusions recognise, from the parameters of the MindSpore network.

Needs mindspore==2.10.0 (CPU), "numpy<2" and onnx.
"""
import argparse
import collections
import os
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
import mindspore as ms
from mindspore import Tensor, nn, ops

import export_networks as reference


def mindspore_onnx(net, tensors, path):
    ms.export(net, *tensors, file_name=path[:-len(".onnx")], file_format="ONNX")
    os.chmod(path, 0o644)  # export writes it with mode 0400


class StandInSwish(nn.Cell):
    def construct(self, x):
        return ops.sin(x)


class StandInSigmoid(nn.Cell):
    def construct(self, x):
        return ops.cos(x)


def mobilenet_v3_onnx(net, build, tensors, path):
    """Export a copy of `net` with stand-in activations, then rename them in the ONNX graph."""
    swish, sigmoid = nn.HSwish, nn.HSigmoid
    nn.HSwish, nn.HSigmoid = StandInSwish, StandInSigmoid
    try:
        copy = build().set_train(False)
    finally:
        nn.HSwish, nn.HSigmoid = swish, sigmoid
    values = {p.name: p.asnumpy() for p in net.get_parameters()}
    for p in copy.get_parameters():
        p.set_data(Tensor(values[p.name]))
    mindspore_onnx(copy, tensors, path)
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type == "Sin":
            node.op_type = "HardSwish"
        elif node.op_type == "Cos":
            node.op_type = "HardSigmoid"
            node.attribute.extend([helper.make_attribute("alpha", 1 / 6), helper.make_attribute("beta", 0.5)])
    for entry in model.opset_import:
        entry.version = max(entry.version, 14)  # HardSwish; nothing else in this graph changed its meaning
    model.ir_version = max(model.ir_version, 7)
    onnx.save(model, path)


class GraphBuilder:
    def __init__(self):
        self.nodes, self.constants, self.names = [], [], set()

    def const(self, name, value):
        if name not in self.names:
            self.names.add(name)
            self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def op(self, kind, *inputs, out=None, **attributes):
        out = out or "%s_%d" % (kind.lower(), len(self.nodes))
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, **attributes))
        return out


def bert_onnx(net, tensors, path):
    values = {p.name: p.asnumpy() for p in net.get_parameters()}
    seq, hidden, heads = tensors[0].shape[1], values["norm.gamma"].shape[0], net.layers[0].attention.heads
    size = hidden // heads
    g = GraphBuilder()

    def norm(x, name):
        return g.op("LayerNormalization", x, g.const(name + ".gamma", values[name + ".gamma"]),
                    g.const(name + ".beta", values[name + ".beta"]), axis=-1, epsilon=1e-12)

    def dense(x, name):
        product = g.op("MatMul", x, g.const(name + ".weight", values[name + ".weight"].T))
        return g.op("Add", product, g.const(name + ".bias", values[name + ".bias"]))

    split = g.const("split", np.array([0, 0, heads, size], np.int64))
    merge = g.const("merge", np.array([0, 0, hidden], np.int64))

    def by_head(x, order):
        return g.op("Transpose", g.op("Reshape", x, split), perm=order)

    word = g.op("Gather", g.const("word", values["word.embedding_table"]), "input_ids")
    segment = g.op("Gather", g.const("segment", values["segment.embedding_table"]), "token_type_ids")
    position = g.const("position", values["position.table"][None, :seq])
    x = norm(g.op("Add", g.op("Add", word, segment), position), "norm")
    mask = g.op("Cast", g.op("Unsqueeze", "attention_mask", g.const("axes", np.array([1, 2], np.int64))),
                to=TensorProto.FLOAT)
    mask = g.op("Mul", g.op("Sub", g.const("one", np.float32(1)), mask), g.const("far", np.float32(-10000)))
    for i in range(len(net.layers)):
        cell = "layers.%d." % i
        q = by_head(dense(x, cell + "attention.query"), [0, 2, 1, 3])
        k = by_head(dense(x, cell + "attention.key"), [0, 2, 3, 1])
        v = by_head(dense(x, cell + "attention.value"), [0, 2, 1, 3])
        scores = g.op("Div", g.op("MatMul", q, k), g.const("root", np.float32(size ** 0.5)))
        weights = g.op("Softmax", g.op("Add", scores, mask), axis=-1)
        mixed = g.op("Transpose", g.op("MatMul", weights, v), perm=[0, 2, 1, 3])
        mixed = dense(g.op("Reshape", mixed, merge), cell + "attention.out")
        x = norm(g.op("Add", mixed, x), cell + "norm1")
        inner = g.op("Gelu", dense(x, cell + "inner"))
        x = norm(g.op("Add", dense(inner, cell + "outer"), x), cell + "norm2")
    g.nodes[-1].output[0] = g.nodes[-1].name = x = "sequence"
    first = g.op("Gather", x, g.const("first", np.int64(0)), axis=1)
    pooled = g.op("Tanh", dense(first, "pooler"), out="pooled")
    batch = tensors[0].shape[0]
    graph = helper.make_graph(
        g.nodes, "bert",
        [helper.make_tensor_value_info(n, TensorProto.INT32, [batch, seq])
         for n in ("input_ids", "token_type_ids", "attention_mask")],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [batch, seq, hidden]),
         helper.make_tensor_value_info(pooled, TensorProto.FLOAT, [batch, hidden])], g.constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)


def main():
    available = reference.networks("full")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--nets", nargs="*", choices=list(available), metavar="NAME",
                        help="default: all of " + " ".join(available))
    parser.add_argument("--seed", type=int, default=7, help="weights and inputs; 7 is also export_networks.py's")
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    scratch = tempfile.TemporaryDirectory()
    os.chdir(scratch.name)  # the exporter leaves folders behind where it runs
    ms.set_context(mode=ms.GRAPH_MODE)
    for number, (name, (build, make)) in enumerate(available.items()):
        if args.nets and name not in args.nets:
            continue
        start = time.time()
        ms.set_seed(args.seed)
        rng = np.random.default_rng([args.seed, number])
        net = reference.calibrate(build, rng, make(rng, 4))
        inputs = make(rng, 1)
        tensors = [Tensor(v) for v in inputs]
        path = os.path.join(out, name + ".onnx")
        if os.path.exists(path):
            os.remove(path)
        if name == "mobilenet_v3_large":
            mobilenet_v3_onnx(net, build, tensors, path)
        elif name == "bert_base":
            bert_onnx(net, tensors, path)
        else:
            mindspore_onnx(net, tensors, path)
        model = onnx.load(path)
        onnx.checker.check_model(path)
        outputs = [t.asnumpy() for t in reference.as_tuple(net(*tensors))]
        arrays = {"input_%d" % i: v for i, v in enumerate(inputs)}
        arrays.update({"output_%d" % i: v for i, v in enumerate(outputs)})
        np.savez(path[:-len(".onnx")] + ".npz", **arrays)
        kinds = collections.Counter(node.op_type for node in model.graph.node)
        print("%-20s %10d bytes  opset %d  %.1fs  %s" % (
            name, os.path.getsize(path), model.opset_import[0].version, time.time() - start,
            " ".join("%s:%d" % item for item in kinds.most_common())), flush=True)


if __name__ == "__main__":
    main()
