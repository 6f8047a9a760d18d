"""Networks of mindird's graph text without their weights (native/ir/structure.h): reading one, and making its constants and inputs.

Constants are made by numpy or by PyTorch, there on the GPU: the same arithmetic on signed 64-bit integers, which both have, and the same values.
"""
import collections.abc
import dataclasses
import lzma
import math
import re

import numpy as np

DTYPES = {"f32": np.float32, "f16": np.float16, "f64": np.float64, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "bool": np.bool_}


@dataclasses.dataclass
class Tensor:
    """Element type as in the text, shape, and for constants what makes the values, make(library=numpy): a network has a hundred million, not always needed."""
    dtype: str
    shape: tuple
    make: collections.abc.Callable | None = None


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


def uniform(name, shape, low, high, library=np, **where):
    """The values of a constant given as a range: the generator of native/ir/structure.h, in numpy or PyTorch (`where`: its device)."""
    seed = 14695981039346656037
    for byte in name.encode():
        seed = ((seed ^ byte) * 1099511628211) & (2**64 - 1)

    def signed(value):
        return value - 2**64 if value >= 2**63 else value

    def shifted(values, bits):
        return (values >> bits) & (2**(64 - bits) - 1)

    z = library.arange(1, math.prod(shape) + 1, dtype=library.int64, **where) * signed(0x9E3779B97F4A7C15) + signed(seed)
    z = (z ^ shifted(z, 30)) * signed(0xBF58476D1CE4E5B9)
    z = (z ^ shifted(z, 27)) * signed(0x94D049BB133111EB)
    u = library.asarray(shifted(z ^ shifted(z, 31), 40), dtype=library.float64) * 2.0**-24
    return library.asarray(low + (high - low) * u, dtype=library.float32).reshape(shape)


def parse_constant(name, text):
    kind, _, rest = text.partition(" @uniform(")
    if rest:
        dtype, shape = parse_type(kind)
        low, high = (float(value) for value in rest.rstrip(")").split(","))
        return Tensor(dtype, shape, lambda library=np, **where: uniform(name, shape, low, high, library, **where))
    kind, _, rest = text.partition(" = ")
    dtype, shape = parse_type(kind)
    given = [float(v) if dtype.startswith("f") else int(v) for v in rest.strip("{} ").split(",")]
    values = np.array(given, DTYPES[dtype]).reshape(shape)
    return Tensor(dtype, shape, lambda library=np, **where: library.asarray(values, **where))


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
