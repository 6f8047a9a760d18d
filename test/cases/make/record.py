"""Records what MindSpore computes for model files that have no NAME.npz beside them.

    python record.py FOLDER [NAME ...]

Inputs are random (seed 0): normal floats, integers 0 to 3, bools of both kinds; a dimension that is open becomes 2. Outputs come from reloading
the file with mindspore.load. Where the CPU backend cannot compute a model the archive holds inputs alone, and index.json says so.
"""
import json
import pathlib
import sys

import mindspore as ms
import numpy as np
from mindspore import nn

import schema


def inputs_of(path):
    """Random arrays for the declared inputs of a file."""
    rng = np.random.default_rng(0)
    arrays = []
    for dtype, dims in schema.inputs(path):
        shape = [2 if dim < 0 else dim for dim in dims]
        if dtype == np.bool_:
            arrays.append(rng.integers(0, 2, shape).astype(dtype))
        elif np.issubdtype(dtype, np.floating):
            arrays.append(rng.standard_normal(shape).astype(dtype))
        else:
            arrays.append(rng.integers(0, 4, shape).astype(dtype))
    return arrays


def flatten(value):
    """The tensors of a result, depth first."""
    if isinstance(value, (tuple, list)):
        return [leaf for member in value for leaf in flatten(member)]
    array = value.asnumpy() if isinstance(value, ms.Tensor) else np.asarray(value)
    return [array.astype(np.float32) if str(array.dtype) == "bfloat16" else array]


def record(folder, name):
    """Writes NAME.npz; true when outputs are in it."""
    path = folder / f"{name}.mindir"
    arrays = inputs_of(path)
    data = {f"input_{i}": array for i, array in enumerate(arrays)}
    try:
        outputs = flatten(nn.GraphCell(ms.load(str(path)))(*[ms.Tensor(array) for array in arrays]))
    except Exception as error:  # whatever MindSpore raises, the file has no recording
        print(f"{name}: {str(error).strip().splitlines()[0][:160]}")
        outputs = []
    data.update({f"output_{i}": array for i, array in enumerate(outputs)})
    np.savez(folder / f"{name}.npz", **data)
    return bool(outputs)


def main():
    """Records the models named, or all without an archive."""
    folder = pathlib.Path(sys.argv[1])
    index_path = folder / "index.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    names = sys.argv[2:] or sorted(path.stem for path in folder.glob("*.mindir") if not path.with_suffix(".npz").exists())
    for name in names:
        entry = index.setdefault(name, {"rtol": 1e-3, "atol": 1e-4})
        entry["ops"] = schema.primitives(folder / f"{name}.mindir")
        if not record(folder, name):
            entry["inputs_only"] = True
    schema.write_index(index_path, index)


if __name__ == "__main__":
    main()
