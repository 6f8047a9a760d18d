"""PyTorch's side: one process measures all cells one after the other, as its start and that of CUDA take ten seconds."""
import argparse
import json
import pathlib
import sys

import numpy as np

import engine
import machine
import order
import structure
import targets
from order import Cell
from session import Session
from talker import LATE, Talker

HERE = pathlib.Path(__file__).resolve().parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What measuring and compiling ahead have to agree on."""
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="folder for built engines, caches and arrays")
    words = lambda text: [word for word in text.split(",") if word]
    parser.add_argument("--networks", type=words, default=list(targets.NETWORKS))
    parser.add_argument("--batches", type=lambda text: [int(word) for word in words(text)], default=list(order.BATCHES))
    parser.add_argument("--precisions", type=words, default=list(order.PRECISIONS))
    parser.add_argument("--torch-modes", type=words, default=list(order.MODES[:3]), help="of those and compile-max; empty: no PyTorch")
    parser.add_argument("--torch-bench", type=pathlib.Path, default=HERE / "torch_bench.py", help="the program that is PyTorch's side")
    parser.add_argument("--device", default="cuda", help="of PyTorch")


def environment(work: pathlib.Path) -> dict:
    """Where PyTorch keeps what it has compiled."""
    return {"TORCHINDUCTOR_CACHE_DIR": str(work / "inductor"), "TRITON_CACHE_DIR": str(work / "inductor" / "triton")}


def bench(args: argparse.Namespace) -> Talker:
    return Talker([sys.executable, args.torch_bench, "--device", args.device], environment(args.work))


def request(args: argparse.Namespace, cell: Cell, mode: str, **more) -> str:
    text, inputs = engine.files(args, cell)
    return json.dumps({"network": str(text), "inputs": str(inputs), "precision": cell.precision, "mode": mode, **more})


class Torch:
    """Starts the process when a cell first needs it, and again after one that ended it."""

    def __init__(self, args: argparse.Namespace, session: Session):
        self.args, self.session = args, session
        self.talker = None
        self.greeted = False

    def start(self) -> None:
        """Begins to start the process; what it says first is heard when it is needed."""
        if self.talker is None:
            self.talker, self.greeted = bench(self.args), False

    def ask(self, line: str) -> dict:
        """The answer, or {"error": why there is none}."""
        self.start()
        if not self.greeted:
            self.greeted = self.talker.hear(self.session.left()) is not None
        if self.greeted:
            self.talker.tell(line)
            answer = self.talker.hear(self.session.left())
            if answer is not None:
                return answer
        why = self.talker.error() or "PyTorch's process ended"
        self.close()
        return {"error": why}

    def close(self) -> None:
        if self.talker is not None:
            self.talker.close()
        self.talker = None


def compare(args: argparse.Namespace, cell: Cell) -> dict:
    """How PyTorch's outputs stand to TensorRT's in the same precision, where this machine computed both."""
    own, other = (engine.outputs_of(args, cell, side) for side in ("torch", "tensorrt"))
    if not own.exists() or not other.exists():
        return {}
    got, wanted = np.fromfile(own, np.float32), np.fromfile(other, np.float32)
    return {"cosine": structure.cosine(got, wanted) if got.size == wanted.size else 0.0}


def measure(args: argparse.Namespace, session: Session, torch: Torch, cell: Cell) -> None:
    limits = {"warm_up_s": args.warm_up_seconds, "least_s": args.least_seconds, "least_runs": args.least_runs, "runs": args.runs}
    for mode in cell.modes:
        key = f"{cell.stem}/torch-{mode}"
        if not session.wanted(key):
            continue
        load = machine.load()
        row = torch.ask(request(args, cell, mode, limits=limits, outputs=str(engine.outputs_of(args, cell, "torch"))))
        if row.get("error") == LATE:
            session.leave([key])
        elif "error" in row:
            session.put(key, row)
        else:
            session.put(key, {**row, **compare(args, cell), "load": load, "load_after": machine.load()})
