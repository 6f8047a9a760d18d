#!/usr/bin/env python3
"""Compares a served model with MindSpore: the same inputs, both outputs, a table of errors.

    bin/mindird serve --repository servables &
    python tools/export/compare.py servables/net/1/model.mindir net [--address 127.0.0.1:5500] [--shape x=8,3,224,224]

Needs a Python with MindSpore and NumPy. Inputs are random numbers of a fixed seed, or those of --inputs (a .npz with input_0, input_1, ...).
Exit status 1 where a value is outside atol + rtol * |MindSpore's|, as numpy.allclose means it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bin", "mindird")
TYPES = {"BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help=".mindir file")
    parser.add_argument("name", help="its name on the server")
    parser.add_argument("--address", default="127.0.0.1:5500")
    parser.add_argument("--shape", action="append", default=[], metavar="INPUT=8,3,32,32",
                        help="of an input with open dimensions, which are 1 else")
    parser.add_argument("--inputs", help=".npz with input_0, input_1, ...")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rtol", type=float, default=1e-3)
    parser.add_argument("--atol", type=float, default=1e-4)
    return parser.parse_args()


def mindird(*words):
    """Standard output of a command of mindird."""
    return subprocess.run([PROGRAM, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def numpy_type(dtype):
    """FP32, INT64, UINT8 ... as NumPy names them."""
    return np.dtype(TYPES.get(dtype) or dtype.lower())


def inputs_for(args):
    """The arrays of --inputs, or random ones of the model's types and shapes."""
    if args.inputs:
        with np.load(args.inputs) as saved:
            return [saved[f"input_{i}"] for i in range(len(saved.files))]
    shapes = dict(text.split("=", 1) for text in args.shape)
    random = np.random.default_rng(args.seed)
    arrays = []
    for one in json.loads(mindird("inspect", args.model, "--stage", "file", "--json"))["inputs"]:
        dims = [int(dim) for dim in shapes.pop(one["name"]).split(",")] if one["name"] in shapes else [max(1, dim) for dim in one["shape"]]
        kind = numpy_type(one["dtype"])
        # Whole numbers are indices more often than not, and small ones are valid in most tables.
        values = random.standard_normal(dims) if kind.kind == "f" else random.integers(0, 2, dims)
        arrays.append(values.astype(kind))
    if shapes:
        sys.exit(f"{args.model} has no input {', '.join(shapes)}")
    return arrays


def by_mindspore(model, arrays):
    """What MindSpore makes of the inputs on the CPU."""
    import mindspore as ms

    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    outputs = ms.nn.GraphCell(ms.load(model))(*[ms.Tensor(array) for array in arrays])
    outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    return [output.asnumpy() for output in outputs]


def by_server(args, arrays):
    """The same of the server: names and arrays."""
    with tempfile.TemporaryDirectory() as folder:
        given, got = os.path.join(folder, "in.npz"), os.path.join(folder, "out.npz")
        np.savez(given, **{f"input_{i}": array for i, array in enumerate(arrays)})
        mindird("infer", args.address, args.name, "--inputs", given, "--output", got)
        with np.load(got) as saved:
            return [(name, saved[name]) for name in saved.files]


def row(name, wanted, found, rtol, atol):
    """One line of the table, and whether the output agrees."""
    if wanted.shape != found.shape or wanted.dtype != found.dtype:
        return [name, f"{found.dtype}{list(found.shape)}", f"MindSpore: {wanted.dtype}{list(wanted.shape)}", "", "NO"], False
    exact = wanted.astype(np.float64)
    error = np.abs(found.astype(np.float64) - exact)
    relative = error / np.maximum(np.abs(exact), np.finfo(np.float64).tiny)
    good = np.allclose(found.astype(np.float64), exact, rtol=rtol, atol=atol, equal_nan=True)
    largest = [f"{np.nanmax(values, initial=0):.3g}" for values in (error, np.where(np.abs(exact) > atol, relative, 0))]
    return [name, f"{found.dtype}{list(found.shape)}", *largest, "yes" if good else "NO"], good


def main():
    args = arguments()
    arrays = inputs_for(args)
    wanted, found = by_mindspore(args.model, arrays), by_server(args, arrays)
    if len(wanted) != len(found):
        sys.exit(f"MindSpore gives {len(wanted)} outputs, the server {len(found)}")
    rows = [row(name, want, have, args.rtol, args.atol) for (name, have), want in zip(found, wanted)]
    table = [["output", "type", "largest error", "largest relative", "agrees"], *[line for line, _ in rows]]
    widths = [max(len(line[i]) for line in table) for i in range(5)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    return 0 if all(good for _, good in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
