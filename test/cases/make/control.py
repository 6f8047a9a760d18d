"""Networks whose control flow depends on data: conditions, loops, functions and closures, as MindSpore's graph mode writes them.

    python control.py FOLDER [NAME ...]

Each case is exported and recorded from the network itself; a network may have several sets of inputs, so that every way through it is taken: they become
cases of their own, NAME_1, NAME_2, …, of the same file.
"""
import json
import pathlib
import sys

import mindspore as ms
import numpy as np
from mindspore import Tensor

import control_networks
import schema


def flatten(value):
    """The tensors of a result, depth first."""
    if isinstance(value, (tuple, list)):
        return [leaf for member in value for leaf in flatten(member)]
    return [value.asnumpy() if isinstance(value, Tensor) else np.asarray(value)]


def make(folder, name, build, sets):
    """Writes the files of one network; the names written."""
    net = build()
    net.set_train(False)
    written = []
    for number, arrays in enumerate(sets):
        case = name if number == 0 else f"{name}_{number}"
        tensors = [Tensor(array) for array in arrays]
        ms.export(net, *tensors, file_name=str(folder / case), file_format="MINDIR")
        data = {f"input_{i}": array for i, array in enumerate(arrays)}
        data.update({f"output_{i}": array for i, array in enumerate(flatten(net(*tensors)))})
        np.savez(folder / f"{case}.npz", **data)
        written.append(case)
    return written


def main():
    """Makes the cases named, or all."""
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    index_path = folder / "index.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    wanted = sys.argv[2:] or list(control_networks.CASES)
    for name in wanted:
        ms.set_seed(1)
        np.random.seed(1)
        try:
            cases = make(folder, name, *control_networks.CASES[name])
        except Exception as error:  # a version may lack what a network needs
            print(f"{name}: {str(error).strip().splitlines()[0][:300]}")
            continue
        for case in cases:
            index.setdefault(case, {"rtol": 1e-4, "atol": 1e-5})["ops"] = schema.primitives(folder / f"{case}.mindir")
    schema.write_index(index_path, index)


if __name__ == "__main__":
    main()
