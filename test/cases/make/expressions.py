"""What the scripts that make cases of single primitives share.

A case is a name, an expression in the inputs x0, x1, … (or statements that end with a return) and their arrays. The expression becomes the `construct` of a cell in a module of its own (graph mode
reads the source), with `P` the primitives of MindSpore, `A` those it generates, `ops`, `mint`, `nn` and `ms`. The outputs are, in this order, what MindSpore's CPU
backend computes for the exported file; what the cell gives in PyNative mode; what MindSpore computes for `same`, an expression of operators that its CPU backend
has; what `reference`, a NumPy function of the arrays, gives. With none of them the case holds inputs alone.
"""
import importlib.util
import json
import pathlib
import sys
import tempfile

import mindspore as ms
import numpy as np
from mindspore import nn

import schema

_HEAD = """import mindspore as ms
from mindspore import Tensor, mint, mutable, nn, ops
from mindspore.ops import auto_generate as A
from mindspore import ops as P


class Net(nn.Cell):
    def construct(self, {arguments}):
        {body}
"""


class Cases:
    """The cases of one folder, written as they are added."""

    def __init__(self, folder, only=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.only = set(only)
        self.scratch = pathlib.Path(tempfile.mkdtemp())
        self.path = self.folder / "index.json"
        self.index = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.sources = {}

    def add(self, name, expression, arrays, *, same=None, reference=None, want=None, dynamic=(), crashes=False, **entry):
        """Exports and records one case. `want` is a primitive that has to be in the file, `dynamic` the positions of inputs whose sizes are left open;
        with `crashes` the file is not run, since MindSpore does not survive it."""
        if self.only and name not in self.only:
            return
        net = self._net(name, expression, len(arrays))
        tensors = [tensor_of(array) for array in arrays]
        declared = [ms.Tensor(shape=[None] * t.ndim, dtype=t.dtype) if i in dynamic else t for i, t in enumerate(tensors)]
        target = self.folder / f"{name}.mindir"
        target.unlink(missing_ok=True)
        try:
            ms.export(net, *declared, file_name=str(target), file_format="MINDIR")
        except Exception as error:  # whatever MindSpore raises, there is no such file
            print(f"{name}: not exported: {first_line(error)}")
            return
        target.chmod(0o644)
        primitives = schema.primitives(target)
        if want and want not in primitives:
            print(f"{name}: {want} is not in the file, which holds {primitives}")
            target.unlink()
            return
        source, outputs = self._outputs(target, net, tensors, arrays, same and self._net(f"{name}_same", same, len(arrays)), reference, crashes)
        self.sources[name] = source
        data = {f"input_{i}": array for i, array in enumerate(arrays)}
        data.update({f"output_{i}": array for i, array in enumerate(outputs)})
        np.savez(self.folder / f"{name}.npz", **data)
        made = {"rtol": 1e-3, "atol": 1e-4, "ops": primitives}
        if source in ("composition", "NumPy"):
            made["recorded"] = source
        if not outputs:
            made["inputs_only"] = True
        self.index[name] = made | entry
        print(f"{name}: {source}; {' '.join(primitives)}", flush=True)

    def close(self):
        """Writes index.json."""
        schema.write_index(self.path, dict(sorted(self.index.items())))

    def _net(self, name, expression, count):
        path = self.scratch / f"case_{name}.py"
        body = expression if "return " in expression else f"return {expression}"
        body = "\n        ".join(body.strip().splitlines())
        path.write_text(_HEAD.format(arguments=", ".join(f"x{i}" for i in range(count)), body=body))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module.Net()

    def _outputs(self, target, net, tensors, arrays, same, reference, crashes):
        failures = []
        for source, compute in (
            ("file", lambda: flatten(nn.GraphCell(ms.load(str(target)))(*tensors))),
            ("PyNative", lambda: in_pynative(net, tensors)),
            ("composition", lambda: in_pynative(same, tensors) if same else []),
            ("NumPy", lambda: [np.asarray(y) for y in as_tuple(reference(*arrays))] if reference else []),
        )[2 if crashes else 0 :]:
            try:
                outputs = compute()
            except Exception as error:  # whatever MindSpore raises, the next source may have the outputs
                failures.append(f"{source}: {first_line(error)}")
                continue
            if outputs:
                return source, outputs
        return "inputs only (" + "; ".join(failures) + ")", []


def in_pynative(net, tensors):
    """The results of a cell run operator by operator."""
    ms.set_context(mode=ms.PYNATIVE_MODE, pynative_synchronize=True)
    try:
        return flatten(net(*tensors))
    finally:
        ms.set_context(mode=ms.GRAPH_MODE)


def tensor_of(array):
    """The array as MindSpore's tensor."""
    return ms.Tensor(array)


def as_tuple(value):
    """Several results or one."""
    return value if isinstance(value, tuple) else (value,)


def flatten(value):
    """The tensors of a result, depth first."""
    if isinstance(value, (tuple, list)):
        return [leaf for member in value for leaf in flatten(member)]
    if isinstance(value, ms.Tensor) and value.dtype == ms.bfloat16:
        value = value.float()
    return [value.asnumpy() if isinstance(value, ms.Tensor) else np.asarray(value)]


def first_line(error):
    """The first line of an error, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if any(letter.isalpha() for letter in line)]
    return next((line for line in lines if "nregistered" in line), lines[0] if lines else type(error).__name__)[:140]
