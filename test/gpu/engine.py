"""The TensorRT engine's side: mindird-builder, on small networks that are checked and on full-size ones that are measured."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import threading

import numpy as np

import machine
import structure
import targets
from order import Cell
from session import Session
from talker import LATE, Talker, start

HERE = pathlib.Path(__file__).resolve().parent
NOT_USABLE = "tensorrt is not available: "
# How many small networks are built at one time. Nothing is measured meanwhile.
CHECKS_AT_ONCE = 8


class NoTensorrt(Exception):
    """There is no driver, no device or no library: nothing of this can be done here."""


def command(args: argparse.Namespace, name: str, network: pathlib.Path, *options) -> tuple[list, dict]:
    """(words, environment) of mindird-builder."""
    environment = {"LD_LIBRARY_PATH": f"{args.libraries}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
    return [HERE / "bin" / "mindird-builder", name, network, "--library", args.libraries, *options], environment


def kept(args: argparse.Namespace) -> list:
    """The option that keeps built engines and the times of kernels."""
    return ["--cache", args.work / "cache"]


def judged(facts: dict) -> dict:
    """The facts of a network that was compiled, with an error unless all of it is one TensorRT engine in the precision asked for."""
    if facts["subgraphs"] != 1 or facts["other_nodes"] != 0:
        whys = [partition["fallback"]["why"] for partition in facts["partitions"] if "fallback" in partition]
        return {"error": f"{facts['subgraphs']} TensorRT subgraphs and {facts['other_nodes']} nodes elsewhere, want 1 and 0: {'; '.join(whys)}"}
    used = facts["partitions"][0]["precision"]["used"]
    return facts if used == facts["precision"] else {"error": f"computed in {used}, want {facts['precision']}"}


def refuse(error: str) -> dict:
    """The item of a run that failed."""
    if NOT_USABLE in error:
        raise NoTensorrt(error.split(NOT_USABLE, 1)[1])
    return {"error": error}


def write_arrays(path: pathlib.Path, arrays: list) -> pathlib.Path:
    path.write_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))
    return path


def agreement(got: np.ndarray, wanted: list, rtol: float, atol: float) -> dict:
    """How a network's outputs (raw f32 in a row) stand to the stored ones."""
    wanted = np.concatenate([array.astype(np.float32).ravel() for array in wanted])
    if got.size != wanted.size:
        return {"error": f"{got.size} numbers, want {wanted.size}"}
    gap = np.abs(got.astype(np.float64) - wanted)
    outside = int(np.count_nonzero(~(gap <= atol + rtol * np.abs(wanted))))
    return {"numbers": int(wanted.size), "outside": outside, "max_gap": float(gap.max()), "cosine": structure.cosine(got, wanted)}


def check(args: argparse.Namespace, session: Session, name: str, precision: str, verbose: bool = False) -> None:
    """A small network against what MindSpore computed; `verbose` keeps all that TensorRT told."""
    key = f"check/{name}/{precision}"
    if not session.wanted(key):
        return
    entry = json.loads((HERE / "small" / "index.json").read_text())[name]
    stored = np.load(HERE / "small" / f"{name}.npz")
    inputs = write_arrays(args.work / f"check.{name}.{precision}.inputs", [stored[f"input_{i}"] for i in range(len(entry["inputs"]))])
    outputs = args.work / f"check.{name}.{precision}.outputs"
    words, environment = command(args, "run", HERE / "small" / f"{name}.mindir", "--precision", precision, "--inputs", inputs, "--outputs", outputs)
    # What an engine is built like is told when it is built.
    words += ["--verbose"] if verbose else kept(args)
    out, error = start(words, session.left(), environment, args.work / "verbose.log" if verbose else None)
    if error == LATE:
        session.leave([key])
        return
    facts = judged(json.loads(out.splitlines()[-1])) if error is None else refuse(error)
    if "error" not in facts:
        wanted = [stored[f"output_{i}"] for i in range(len(entry["outputs"]))]
        facts.update(agreement(np.fromfile(outputs, np.float32), wanted, entry.get("rtol", 1e-3), entry.get("atol", 1e-4)))
    if "error" not in facts:
        right = facts["outside"] == 0 if precision == "fp32" else facts["cosine"] >= targets.LEAST_COSINE
        facts["verdict"] = f"{facts['outside']} of {facts['numbers']} outside the tolerance, cosine {facts['cosine']:.7f}"
        if not right:
            facts["error"] = facts["verdict"]
    session.put(key, facts)


def check_all(args: argparse.Namespace, session: Session, names: list[str], precisions: list[str]) -> None:
    """LeNet alone first: where TensorRT cannot be used at all, that says so, and its log tells how far the library gets."""
    first = ("lenet5", "fp32")
    all_of_them = [(name, precision) for precision in precisions for name in names]
    if first in all_of_them:
        check(args, session, *first, verbose=True)
        all_of_them.remove(first)
    with concurrent.futures.ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        list(pool.map(lambda one: check(args, session, *one), all_of_them))


def files(args: argparse.Namespace, cell: Cell) -> tuple[pathlib.Path, pathlib.Path]:
    """The network's text and a file with its inputs."""
    text = HERE / "networks" / f"{cell.name}.{cell.batch}.ir"
    inputs = args.work / f"{cell.name}.{cell.batch}.inputs"
    if not inputs.exists():
        # Several processes may want them at one time.
        part = inputs.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        write_arrays(part, structure.make_inputs(structure.read(text))).replace(inputs)
    return text, inputs


def outputs_of(args: argparse.Namespace, cell: Cell, side: str) -> pathlib.Path:
    """The file of what one side ("tensorrt", "torch") computed for a cell: f32, the outputs in a row."""
    return args.work / f"{cell.name}.{cell.batch}.{cell.precision}.{side}.outputs"


def measure(args: argparse.Namespace, session: Session, cell: Cell) -> None:
    """One process builds the engine, then is timed with a CUDA graph and enqueued, with the machine's clocks read around each."""
    keys = {mode: f"{cell.stem}/tensorrt-{mode}" for mode in ("graph", "enqueue")}
    modes = [mode for mode, key in keys.items() if session.wanted(key)]
    if not modes:
        return
    text, inputs = files(args, cell)
    words, environment = command(args, "bench", text, *kept(args), "--precision", cell.precision, "--inputs", inputs, "--modes", ",".join(modes), "--paced",
                                 "--outputs", outputs_of(args, cell, "tensorrt"), "--runs", args.runs, "--least-runs", args.least_runs,
                                 "--least-ms", round(args.least_seconds * 1e3), "--warm-up-ms", round(args.warm_up_seconds * 1e3))
    builder = Talker(words, environment)
    try:
        for mode in list(modes):
            if builder.hear(session.left()) is None:
                break
            load = machine.load()
            builder.tell()
            facts = builder.hear(session.left())
            if facts is None:
                break
            facts = judged(facts)
            if "error" not in facts and facts["cuda_graphs"] != (mode == "graph"):
                facts["error"] = "runs were not launches of a CUDA graph" if mode == "graph" else "runs were launches of a CUDA graph"
            session.put(keys[mode], {**facts, "load": load, "load_after": machine.load()})
            modes.remove(mode)
        error = builder.error()
    finally:
        builder.close()
    if error == LATE:
        session.leave([keys[mode] for mode in modes])
    elif modes:
        failed = refuse(error or "ended before all was measured")
        for mode in modes:
            session.put(keys[mode], failed)
