"""What the scripts need to know of a MindIR file: its inputs and primitives; and how index.json is written."""
import json

import numpy as np
from mindspore.train.mind_ir_pb2 import ModelProto

# TensorProto.data_type; bfloat16 (16) has no NumPy type.
_DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16,
           11: np.float64, 12: np.uint32, 13: np.uint64, 17: np.float64}
# What every file holds and no count of operators needs.
_PLUMBING = {"Constant", "Load", "UpdateState", "Depend", "MakeTuple", "TupleGetItem", "make_list"}


def read(path):
    """The decoded file."""
    model = ModelProto()
    model.ParseFromString(path.read_bytes())
    return model


def inputs(path):
    """(NumPy type, dims) of every tensor among the inputs."""
    tensors = [value.tensor[0] for value in read(path).graph.input if value.tensor]
    return [(_DTYPES[tensor.data_type], list(tensor.dims)) for tensor in tensors]


def primitives(path):
    """The names of the primitives in a file, sorted."""
    model = read(path)
    names = {primitive.op_type for primitive in model.primitives}
    for graph in [model.graph, *model.functions]:
        names |= {node.op_type for node in graph.node if not node.op_type.startswith("REF::")}
    return sorted(names - _PLUMBING)


def write_index(path, index):
    """One line per case."""
    lines = [f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in index.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
