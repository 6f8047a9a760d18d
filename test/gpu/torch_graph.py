"""Networks of mindird's graph text as PyTorch modules.

A structure (native/ir/structure.h) is read, its constants are made, and its operators become the lines of one Python function that
calls PyTorch's own operators on whole layers: what a person would have written down, without an interpreter between the calls.

    python3 torch_graph.py NETWORK.ir [--precision fp16] [--inputs FILE --outputs FILE]     prints the function, or runs it on the CPU
"""
import argparse
import collections.abc
import dataclasses
import lzma
import math
import re

import numpy as np

DTYPES = {"f32": np.float32, "f16": np.float16, "f64": np.float64, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "bool": np.bool_}


@dataclasses.dataclass
class Tensor:
    """Element type as in the text, shape, and for constants what makes the values: a network has a hundred million of them, not always needed."""
    dtype: str
    shape: tuple
    make: collections.abc.Callable[[], np.ndarray] | None = None


@dataclasses.dataclass
class Node:
    outputs: list
    op: str
    inputs: list
    attributes: dict
    shapes: list


@dataclasses.dataclass
class Graph:
    name: str
    inputs: dict
    outputs: list
    constants: dict
    nodes: list


def split_list(text):
    """Splits at commas outside brackets."""
    return [part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip()]


def parse_type(text):
    dtype, dims = re.fullmatch(r"(\w+)\[([\d,]*)\]", text.strip()).groups()
    return dtype, tuple(int(d) for d in dims.split(",") if d)


def parse_attribute(text):
    if text.startswith("["):
        return [parse_attribute(item) for item in split_list(text[1:-1])]
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def uniform(name, shape, low, high):
    """The values of a constant given as a range: the generator of native/ir/structure.h."""
    seed = 14695981039346656037
    for byte in name.encode():
        seed = ((seed ^ byte) * 1099511628211) & (2**64 - 1)
    count = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float64) * 2.0**-24
    return (low + (high - low) * u).astype(np.float32).reshape(shape)


def parse_constant(name, text):
    kind, _, rest = text.partition(" @uniform(")
    if rest:
        dtype, shape = parse_type(kind)
        low, high = (float(value) for value in rest.rstrip(")").split(","))
        return Tensor(dtype, shape, lambda: uniform(name, shape, low, high))
    kind, _, rest = text.partition(" = ")
    dtype, shape = parse_type(kind)
    given = [float(v) if dtype.startswith("f") else int(v) for v in rest.strip("{} ").split(",")]
    values = np.array(given, DTYPES[dtype]).reshape(shape)
    return Tensor(dtype, shape, lambda: values)


NODE = re.compile(r"(?P<outputs>[^=]+) = (?P<op>\w+)\((?P<inputs>[^)]*)\)(?: \{(?P<attributes>.*?)\})? : (?P<types>\S.*?)(?:  # .*)?")


def parse(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    name, inputs, outputs = re.fullmatch(r"graph (\w+)\((.*)\) -> \((.*)\) \{", lines[0]).groups()
    graph = Graph(name, {}, split_list(outputs), {}, [])
    for item in split_list(inputs):
        key, kind = item.split(":")
        graph.inputs[key.strip()] = Tensor(*parse_type(kind))
    for line in lines[1:lines.index("}")]:
        constant = re.fullmatch(r"(\S+) = const (.*)", line)
        if constant:
            graph.constants[constant[1]] = parse_constant(constant[1], constant[2])
            continue
        node = NODE.fullmatch(line)
        if node is None:
            raise ValueError(f"not a node: {line}")
        attributes = dict(item.split("=", 1) for item in split_list(node["attributes"] or ""))
        graph.nodes.append(Node(split_list(node["outputs"]), node["op"], split_list(node["inputs"]),
                                {key: parse_attribute(value) for key, value in attributes.items()},
                                [parse_type(kind)[1] for kind in split_list(node["types"])]))
    return graph


def read(path):
    with (lzma.open if str(path).endswith(".xz") else open)(path, "rt") as file:
        return parse(file.read())


def padded(x, a, value):
    """Padding that torch's own arguments cannot say, and the symmetric rest."""
    begin, end = a["pad_begin"], a["pad_end"]
    if begin == end:
        return x, begin
    sides = [side for pair in zip(reversed(begin), reversed(end)) for side in pair]
    return f"F.pad({x}, {sides}, value={value})", [0] * len(begin)


def conv(x, a, _):
    data, pad = padded(x[0], a, 0.0)
    bias = x[2] if len(x) > 2 else None
    return f"F.conv2d({data}, {x[1]}, {bias}, {a['stride']}, {pad}, {a['dilation']}, {a['groups']})"


def pool(x, a, _):
    if a["kind"] == "max":
        data, pad = padded(x[0], a, "-math.inf")
        return f"F.max_pool2d({data}, {a['kernel']}, {a['stride']}, {pad}, {a['dilation']}, {a['ceil_mode']})"
    if a["pad_begin"] != a["pad_end"] or a["divisor_override"]:
        raise NotImplementedError("average pooling with padding on one side")
    return f"F.avg_pool2d({x[0]}, {a['kernel']}, {a['stride']}, {a['pad_begin']}, {a['ceil_mode']}, {a['count_include_pad']})"


def matmul(x, a, _):
    if a["transpose_b"] and not a["transpose_a"] and x[1].startswith("self."):
        return f"F.linear({', '.join(x)})"
    left = f"{x[0]}.mT" if a["transpose_a"] else x[0]
    right = f"{x[1]}.mT" if a["transpose_b"] else x[1]
    return f"torch.matmul({left}, {right})" + (f" + {x[2]}" if len(x) > 2 else "")


UNARY = {"relu": "F.relu({x})", "relu6": "F.relu6({x})", "hard_swish": "F.hardswish({x})", "hard_sigmoid": "F.hardsigmoid({x})",
         "gelu_erf": "F.gelu({x})", "gelu_tanh": "F.gelu({x}, approximate='tanh')", "tanh": "torch.tanh({x})",
         "sigmoid": "torch.sigmoid({x})", "erf": "torch.erf({x})"}
BINARY = {"add": "{x} + {y}", "sub": "{x} - {y}", "mul": "{x} * {y}", "div": "{x} / {y}"}


def gather(x, a, _):
    if a["axis"] != 0 or a["batch_dims"]:
        raise NotImplementedError("gather along an inner axis")
    return f"F.embedding({x[1]}, {x[0]})"


def take(x, a, _):
    ends = [begin + (size - 1) * step + 1 for begin, size, step in zip(a["begin"], a["size"], a["stride"])]
    return f"{x[0]}[{', '.join(f'{b}:{e}:{s}' for b, e, s in zip(a['begin'], ends, a['stride']))}]"


def layer_norm(x, a, shapes):
    return f"F.layer_norm({x[0]}, {list(shapes[0][a['begin_axis']:])}, {x[1]}, {x[2]}, {a['epsilon']})"


def attention(x, a, _):
    mask = x[3] if len(x) > 3 else None
    return f"attend({x[0]}, {x[1]}, {x[2]}, {mask}, {a['scale']})"


OPERATORS = {
    "Conv": conv, "Pool": pool, "MatMul": matmul, "Gather": gather, "Slice": take, "LayerNorm": layer_norm, "Attention": attention,
    "BatchNorm": lambda x, a, _: f"F.batch_norm({x[0]}, {x[3]}, {x[4]}, {x[1]}, {x[2]}, False, 0.0, {a['epsilon']})",
    "Unary": lambda x, a, _: UNARY[a["kind"]].format(x=x[0]),
    "Binary": lambda x, a, _: BINARY[a["kind"]].format(x=x[0], y=x[1]),
    "Reduce": lambda x, a, _: f"torch.{a['kind']}({x[0]}, {a['axes']}, keepdim={a['keep_dims']})",
    "Reshape": lambda x, a, _: f"{x[0]}.reshape({a['shape']})",
    "Transpose": lambda x, a, _: f"{x[0]}.permute({a['perm']})",
    "Concat": lambda x, a, _: f"torch.cat([{', '.join(x)}], {a['axis']})",
    "Softmax": lambda x, a, _: f"torch.{'log_' if a['log'] else ''}softmax({x[0]}, {a['axis']})",
    "Cast": lambda x, a, _: f"{x[0]}.to(self.number)" if a["to"] == "f32" else None,
}


def source(graph):
    """The text of the module's forward(), and the attribute name of every constant."""
    names, lines = {}, []
    for i, key in enumerate(graph.constants):
        names[key] = f"self.c{i}"
    for i, key in enumerate(graph.inputs):
        names[key] = f"x{i}"
    for i, node in enumerate(graph.nodes):
        if node.op not in OPERATORS or len(node.outputs) != 1:
            raise NotImplementedError(f"operator {node.op}")
        line = OPERATORS[node.op]([names[key] for key in node.inputs], node.attributes, node.shapes)
        if line is None:
            raise NotImplementedError(f"{node.op} {node.attributes}")
        names[node.outputs[0]] = f"v{i}"
        lines.append(f"    v{i} = {line}")
    arguments = ", ".join(names[key] for key in graph.inputs)
    lines.append(f"    return {', '.join(names[key] for key in graph.outputs)},")
    return "\n".join([f"def forward(self, {arguments}):", *lines, ""]), {names[key][5:]: key for key in graph.constants}


def torch_type(precision):
    """PyTorch's type for fp32, fp16 or bf16."""
    import torch
    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]


def module(graph, precision="fp32", device="cpu"):
    """The network as a torch.nn.Module on a device: its floating numbers in one type, but for those of batch norms, which stay f32 as cuDNN wants them."""
    import torch
    import torch.nn.functional as F

    def attend(q, k, v, mask, scale):
        return F.scaled_dot_product_attention(q, k, v, mask, scale=scale)

    def attend_in_parts(q, k, v, mask, scale):
        scores = torch.matmul(q, k.transpose(-1, -2)) * scale
        return torch.matmul(torch.softmax(scores if mask is None else scores + mask, -1), v)

    text, constants = source(graph)
    whole = hasattr(F, "scaled_dot_product_attention")
    scope = {"torch": torch, "F": F, "math": math, "attend": attend if whole else attend_in_parts}
    exec(compile(text, f"<{graph.name}>", "exec"), scope)
    made = type(graph.name, (torch.nn.Module,), {"forward": scope["forward"]})()
    made.number = torch_type(precision)
    of_norms = {key for node in graph.nodes if node.op == "BatchNorm" for key in node.inputs[1:]}
    for attribute, key in constants.items():
        values = torch.from_numpy(np.ascontiguousarray(graph.constants[key].make()))
        made.register_buffer(attribute, values.to(made.number) if values.is_floating_point() and key not in of_norms else values)
    return made.to(device).eval()


def integer_range(graph, name):
    """How many values an integer input may have: the rows of the table it selects from, 2 where it is a mask."""
    for node in graph.nodes:
        if name not in node.inputs:
            continue
        if node.op == "Gather" and node.inputs[0] in graph.constants and node.inputs[1] == name:
            return graph.constants[node.inputs[0]].shape[0]
        if node.op == "Reshape":
            return integer_range(graph, node.outputs[0])
    return 2


def make_inputs(graph, seed=7):
    """Arrays for the graph's inputs, the same everywhere."""
    random = np.random.default_rng(seed)
    out = []
    for name, kind in graph.inputs.items():
        if kind.dtype.startswith("f"):
            out.append(random.standard_normal(kind.shape).astype(DTYPES[kind.dtype]))
        else:
            most = integer_range(graph, name)
            ones = most == 2 and not any(node.op == "Gather" and name in node.inputs for node in graph.nodes)
            out.append((np.ones(kind.shape) if ones else random.integers(0, most, kind.shape)).astype(DTYPES[kind.dtype]))
    return out


def read_arrays(path, types):
    """Arrays of raw bytes one after the other; types are (dtype, shape)."""
    data, at, out = open(path, "rb").read(), 0, []
    for dtype, shape in types:
        size = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
        out.append(np.frombuffer(data[at:at + size], DTYPES[dtype]).reshape(shape))
        at += size
    return out


def cosine(a, b):
    """Cosine similarity of two arrays; of zeros alone, whether they are equal."""
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    norm = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / norm) if norm > 0 else float(np.array_equal(a, b))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("--precision", choices=("fp32", "fp16", "bf16"), default="fp32")
    parser.add_argument("--inputs")
    parser.add_argument("--outputs")
    args = parser.parse_args()
    graph = read(args.network)
    if not args.inputs:
        print(source(graph)[0], end="")
        return
    import torch
    made = module(graph, args.precision)
    arrays = read_arrays(args.inputs, [(kind.dtype, kind.shape) for kind in graph.inputs.values()])
    given = [torch.from_numpy(array.copy()) for array in arrays]
    with torch.inference_mode():
        results = made(*[x.to(made.number) if x.is_floating_point() else x for x in given])
    with open(args.outputs, "wb") as file:
        for result in results:
            file.write(result.float().contiguous().numpy().tobytes())


if __name__ == "__main__":
    main()
