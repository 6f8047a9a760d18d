"""What is done in which order: what the targets need first, since the time at a GPU is short."""
import collections.abc
import dataclasses

import targets

MODES = ("eager", "compile-graphs", "compile", "compile-max")
# Speed is asked for at batch 1 and 32, right outputs at all.
BATCHES = (1, 32, 8)
PRECISIONS = ("fp16", "fp32")


@dataclasses.dataclass(frozen=True)
class Cell:
    """One network at one batch size in one precision, with what is to be measured of it."""
    name: str
    batch: int
    precision: str
    tensorrt: bool
    modes: tuple[str, ...]

    @property
    def stem(self) -> str:
        return f"latency/{self.name}/{self.batch}/{self.precision}"

    @property
    def keys(self) -> list[str]:
        """Of the items it becomes."""
        own = [f"{self.stem}/tensorrt-{mode}" for mode in ("graph", "enqueue")] if self.tensorrt else []
        return own + [f"{self.stem}/torch-{mode}" for mode in self.modes]


def needed(batch: int) -> tuple[str, ...]:
    """PyTorch's modes that a target asks for; at batch 1 the one of torch.compile that is the fastest there."""
    return ("eager", "compile-graphs") if batch == 1 else ("eager",)


def cells(names: collections.abc.Sequence[str] = targets.NETWORKS, batches: collections.abc.Sequence[int] = BATCHES,
          precisions: collections.abc.Sequence[str] = PRECISIONS, modes: collections.abc.Sequence[str] = MODES[:3]) -> list[Cell]:
    """All cells in the order they are measured in: of each precision what the targets need, batch size by batch size, then the other modes."""
    out = []
    for precision in precisions:
        for first in (True, False):
            for batch in batches:
                asked = tuple(mode for mode in MODES if mode in modes and (mode in needed(batch)) == first)
                out += [Cell(name, batch, precision, first, asked) for name in names if first or asked]
    return out
