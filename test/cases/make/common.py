"""What the scripts that make cases share: a function of tensors becomes NAME.mindir, NAME.npz and a line of index.json.

    cases = Cases("test/cases/primitives/indexing")
    cases.add("cum_prod_rows", "CumProd", Apply(ops.cumprod, 1), x)
    cases.write()

Outputs come from reloading the written file. A case is kept when the wanted primitive is in the file; what could not be made is printed, and the others go on.
"""
import pathlib
import tempfile

import mindspore as ms
import numpy as np
from mindspore import nn

import schema
from record import flatten


class Apply(nn.Cell):
    """A function or primitive of the inputs and, behind them, of constants. (MindSpore reads source text, where a lambda must have a line of its own.)"""

    def __init__(self, function, *constants, **named):
        super().__init__()
        self.function = function
        self.constants = constants
        self.named = named

    def construct(self, *inputs):
        return self.function(*inputs, *self.constants, **self.named)


class Cases:
    """One folder of cases and its index."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "index.json"
        self.index = {}

    def add(self, name, want, function, *inputs, reference=True, **entry):
        """`function` is a function, a primitive or a Cell; `inputs` are NumPy arrays; further keys go into index.json.

        Without `reference` the outputs are not recorded: MindSpore's CPU backend cannot compute the primitive.
        """
        cell = function if isinstance(function, nn.Cell) else Apply(function)
        cell.set_train(False)
        try:
            with tempfile.TemporaryDirectory() as scratch:
                written = pathlib.Path(scratch) / f"{name}.mindir"
                ms.export(cell, *[ms.Tensor(x) for x in inputs], file_name=str(written), file_format="MINDIR")
                found = schema.primitives(written)
                if want not in found:
                    raise ValueError(f"no {want} among {found}")
                data = {f"input_{i}": np.asarray(x) for i, x in enumerate(inputs)}
                if reference:
                    outputs = flatten(nn.GraphCell(ms.load(str(written)))(*[ms.Tensor(x) for x in inputs]))
                    data.update({f"output_{i}": x for i, x in enumerate(outputs)})
                written.chmod(0o644)
                (self.folder / written.name).write_bytes(written.read_bytes())
        except Exception as error:  # whatever MindSpore raises, this case cannot be made
            lines = str(error).strip().splitlines() or [repr(error)]
            print(f"{name}: {type(error).__name__}: {lines[0][:200]}", flush=True)
            return
        np.savez(self.folder / f"{name}.npz", **data)
        line = {"rtol": 1e-3, "atol": 1e-4, "ops": found}
        if not reference:
            line["inputs_only"] = True
        self.index[name] = {**line, **entry}

    def write(self):
        """Writes index.json."""
        schema.write_index(self.path, self.index)
