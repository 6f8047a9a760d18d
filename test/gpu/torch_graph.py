"""Networks of mindird's graph text as PyTorch modules.

A structure (structure.py) is read, its constants are made, and its operators become the lines of one Python function that
calls PyTorch's own operators on whole layers: what a person would have written down, without an interpreter between the calls.

    python3 torch_graph.py NETWORK.ir [--precision fp16] [--inputs FILE --outputs FILE]     prints the function, or runs it on the CPU
"""
import argparse
import math

import structure


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
    # Inputs come in fp32, as from a client, and are rounded on the device.
    lines[:0] = [f"    {names[key]} = {names[key]}.to(self.number)" for key, kind in graph.inputs.items() if kind.dtype.startswith("f")]
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
        values = graph.constants[key].make(torch, device=device)
        made.register_buffer(attribute, values.to(made.number) if values.is_floating_point() and key not in of_norms else values)
    return made.to(device).eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("--precision", choices=("fp32", "fp16", "bf16"), default="fp32")
    parser.add_argument("--inputs")
    parser.add_argument("--outputs")
    args = parser.parse_args()
    graph = structure.read(args.network)
    if not args.inputs:
        print(source(graph)[0], end="")
        return
    import torch
    made = module(graph, args.precision)
    arrays = structure.read_arrays(args.inputs, [(kind.dtype, kind.shape) for kind in graph.inputs.values()])
    given = [torch.from_numpy(array.copy()) for array in arrays]
    with torch.inference_mode():
        results = made(*given)
    with open(args.outputs, "wb") as file:
        for result in results:
            file.write(result.float().contiguous().numpy().tobytes())


if __name__ == "__main__":
    main()
