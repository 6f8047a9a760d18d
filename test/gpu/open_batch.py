#!/usr/bin/env python3
"""Opens the first dimension of an exported network's inputs: open_batch.py FROM.mindir TO.mindir (needs MindSpore for the format).

A network exported with example inputs has their batch size in three places: the inputs, the shape declared at each node, and the constant
shapes of its reshapes. The first becomes unknown, the second are left out, and in the third a leading 1 before the sequence length of BERT becomes -1.
"""
import sys

from mindspore.train import mind_ir_pb2

SEQUENCE = 128


def open_inputs(model):
    for value in [*model.graph.input, *model.graph.output]:
        for tensor in value.tensor:
            if tensor.dims:
                tensor.dims[0] = -1


def open_node(node):
    if node.op_type != "Constant":
        for i in reversed(range(len(node.attribute))):
            if node.attribute[i].name == "shape":
                del node.attribute[i]
        return
    for attribute in node.attribute:
        if [number for value in attribute.values for number in value.ints][:2] == [1, SEQUENCE]:
            attribute.values[0].ints[0] = -1


def main():
    source, target = sys.argv[1:]
    model = mind_ir_pb2.ModelProto()
    with open(source, "rb") as file:
        model.ParseFromString(file.read())
    open_inputs(model)
    for graph in [model.graph, *model.functions]:
        for node in graph.node:
            open_node(node)
    with open(target, "wb") as file:
        file.write(model.SerializeToString())


if __name__ == "__main__":
    main()
