#!/usr/bin/env python3
"""Checks and measures mindird's TensorRT engine on the GPU of this machine: run.py --result result.json [--seconds 540]

Runs in the folder that unpack.sh made. First the nine small networks against the outputs MindSpore stored for them, then the nine
full-size networks at batch 1, 8 and 32, each with an engine of its own: TensorRT with and without a CUDA graph, PyTorch eager and compiled, fp16
and fp32. What the result file already has is not done again, so it may take any number of calls; with --seconds nothing new begins that may not
end in time.

The exit status is 0 when everything is done and right, 1 when something failed, 3 when there is more to do, 4 where TensorRT cannot be used at all.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

import machine
import targets
import torch_graph

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = targets.NETWORKS
LEAST_COSINE = targets.LEAST_COSINE
NOT_USABLE = "tensorrt is not available: "


class NoTensorrt(Exception):
    """There is no driver, no device or no library: nothing of this can be done here."""


class Session:
    """The result file and the time that is left."""

    def __init__(self, path, seconds):
        self.path = path
        self.end = time.monotonic() + seconds
        self.result = json.loads(path.read_text()) if path.exists() else {"machine": {}, "items": {}}
        self.left_out = 0

    def save(self):
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.result, indent=1, sort_keys=True) + "\n")
        part.replace(self.path)

    def left(self):
        return self.end - time.monotonic()

    def wanted(self, key, seconds):
        """Whether an item is to be done now; `seconds` is what it may take."""
        known = self.result["items"].get(key)
        if known is not None and "error" not in known:
            return False
        if self.left() >= seconds:
            return True
        self.left_out += 1
        return False

    def put(self, key, value):
        self.result["items"][key] = value
        self.save()
        line = value.get("error") or value.get("verdict") or f"run {value['run_us']['p50']:.1f} us, device {value['device_us']['p50']:.1f} us"
        print(f"{key}: {line}", flush=True)


def start(command, session, environment=None):
    """(standard output, error) of a program that may take the time that is left."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=max(1, session.left()),
                              env={**os.environ, **(environment or {})}, check=False)
    except subprocess.TimeoutExpired as late:
        text = late.stdout or b""
        return text if isinstance(text, str) else text.decode(), "took longer than the time that was left"
    if done.returncode == 0:
        return done.stdout, None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    why = (errors or lines or ["no message"])[-1]
    return done.stdout, f"exit status {done.returncode}: {why}"


def builder(args, session, command, network, *options):
    environment = {"LD_LIBRARY_PATH": f"{args.libraries}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
    out, error = start([HERE / "bin" / "mindird-builder", command, network, "--library", args.libraries, "--cache", args.work / "cache", *options],
                       session, environment)
    if error and NOT_USABLE in error:
        raise NoTensorrt(error.split(NOT_USABLE, 1)[1])
    if error:
        return {"error": error}
    facts = json.loads(out.splitlines()[-1])
    if facts["subgraphs"] != 1 or facts["other_nodes"] != 0:
        whys = [partition["fallback"]["why"] for partition in facts["partitions"] if "fallback" in partition]
        return {"error": f"{facts['subgraphs']} TensorRT subgraphs and {facts['other_nodes']} nodes elsewhere, want 1 and 0: {'; '.join(whys)}"}
    used = facts["partitions"][0]["precision"]["used"]
    if used != facts["precision"]:
        return {"error": f"computed in {used}, want {facts['precision']}"}
    return facts


def write_arrays(path, arrays):
    path.write_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))
    return path


def agreement(got, wanted, rtol, atol):
    """How a network's outputs (raw f32 in a row) stand to the stored ones."""
    wanted = np.concatenate([array.astype(np.float32).ravel() for array in wanted])
    if got.size != wanted.size:
        return {"error": f"{got.size} numbers, want {wanted.size}"}
    gap = np.abs(got.astype(np.float64) - wanted)
    outside = int(np.count_nonzero(~(gap <= atol + rtol * np.abs(wanted))))
    return {"numbers": int(wanted.size), "outside": outside, "max_gap": float(gap.max()), "cosine": torch_graph.cosine(got, wanted)}


def check(args, session, name, precision):
    """A small network against what MindSpore computed."""
    key = f"check/{name}/{precision}"
    if not session.wanted(key, 60):
        return
    entry = json.loads((HERE / "small" / "index.json").read_text())[name]
    stored = np.load(HERE / "small" / f"{name}.npz")
    inputs = write_arrays(args.work / "inputs", [stored[f"input_{i}"] for i in range(len(entry["inputs"]))])
    outputs = args.work / "outputs"
    facts = builder(args, session, "run", HERE / "small" / f"{name}.mindir", "--precision", precision, "--inputs", inputs, "--outputs", outputs)
    if "error" not in facts:
        wanted = [stored[f"output_{i}"] for i in range(len(entry["outputs"]))]
        facts.update(agreement(np.fromfile(outputs, np.float32), wanted, entry.get("rtol", 1e-3), entry.get("atol", 1e-4)))
    if "error" not in facts:
        right = facts["outside"] == 0 if precision == "fp32" else facts["cosine"] >= LEAST_COSINE
        facts["verdict"] = f"{facts['outside']} of {facts['numbers']} outside the tolerance, cosine {facts['cosine']:.7f}"
        if not right:
            facts["error"] = facts["verdict"]
    session.put(key, facts)


def structure(args, name, batch):
    """The network's text, its graph and a file with its inputs."""
    text = HERE / "networks" / f"{name}.{batch}.ir"
    graph = torch_graph.parse(text.read_text())
    return text, graph, write_arrays(args.work / f"{name}.{batch}.inputs", torch_graph.make_inputs(graph))


def measure_tensorrt(args, session, name, batch, precision):
    for mode, options in (("graph", []), ("enqueue", ["--no-graphs"])):
        key = f"latency/{name}/{batch}/{precision}/tensorrt-{mode}"
        if not session.wanted(key, args.build_seconds):
            continue
        text, _, inputs = structure(args, name, batch)
        load = machine.load()
        facts = builder(args, session, "bench", text, "--precision", precision, "--inputs", inputs, "--runs", str(args.runs), *options)
        if "error" not in facts and facts["cuda_graphs"] != (mode == "graph"):
            facts["error"] = "runs were not launches of a CUDA graph" if mode == "graph" else "runs were launches of a CUDA graph"
        session.put(key, {**facts, "load": load})


def torch_modes(args, session, stem):
    """The modes that are still to be measured and fit the time that is left, one after the other."""
    modes, seconds = [], args.eager_seconds
    for mode in args.torch_modes:
        seconds += 0 if mode == "eager" else args.compile_seconds
        if session.wanted(f"{stem}/torch-{mode}", seconds):
            modes.append(mode)
    return modes


def measure_torch(args, session, name, batch, precision):
    stem = f"latency/{name}/{batch}/{precision}"
    modes = torch_modes(args, session, stem)
    if not modes:
        return
    text, _, inputs = structure(args, name, batch)
    expected = args.work / f"{name}.{batch}.outputs"
    facts = builder(args, session, "run", text, "--precision", "fp32", "--inputs", inputs, "--outputs", expected) if args.compare else {"error": ""}
    compare = [] if "error" in facts else ["--expect", expected]
    load = machine.load()
    out, error = start([sys.executable, HERE / "torch_bench.py", text, "--inputs", inputs, "--precision", precision, "--runs", str(args.runs),
                        "--modes", ",".join(modes), "--device", args.device, *compare], session)
    rows = {row["mode"]: row for row in map(json.loads, out.splitlines())}
    for mode in modes:
        session.put(f"{stem}/torch-{mode}", {**rows.get(mode, {"error": error or "no result"}), "load": load})


def numbers(text):
    return [int(number) for number in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--batches", type=numbers, default=[1, 8, 32])
    parser.add_argument("--precisions", default="fp16,fp32")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--torch-modes", default="eager,compile,compile-graphs", help="of those and compile-max; empty: no PyTorch")
    parser.add_argument("--device", default="cuda", help="of PyTorch")
    parser.add_argument("--no-compare", dest="compare", action="store_false", help="do not compare PyTorch's outputs with TensorRT's")
    parser.add_argument("--only-check", action="store_true", help="no latency")
    parser.add_argument("--libraries", type=pathlib.Path, default=HERE / "tensorrt", help="folder of libnvinfer")
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="folder for built engines and arrays")
    parser.add_argument("--build-seconds", type=float, default=120, help="the most one TensorRT item may take")
    parser.add_argument("--eager-seconds", type=float, default=60, help="the most PyTorch's eager item may take, its start included")
    parser.add_argument("--compile-seconds", type=float, default=90, help="the most each compiled item of PyTorch may take")
    args = parser.parse_args()
    args.torch_modes = [mode for mode in args.torch_modes.split(",") if mode]
    return args


def work_through(args, session):
    names, precisions = args.networks.split(","), args.precisions.split(",")
    for precision in precisions:
        for name in names:
            check(args, session, name, precision)
    for batch in [] if args.only_check else args.batches:
        for precision in precisions:
            for name in names:
                measure_tensorrt(args, session, name, batch, precision)
                measure_torch(args, session, name, batch, precision)


def main():
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    for file in [] if args.only_check else [HERE / "networks" / f"{name}.{batch}.ir" for name in args.networks.split(",") for batch in args.batches]:
        if not file.exists():
            sys.exit(f"{file}: not there")
    session = Session(args.result, args.seconds)
    session.result["machine"].update(machine.facts())
    try:
        work_through(args, session)
    except NoTensorrt as missing:
        print(f"TensorRT cannot be used here: {missing}", file=sys.stderr)
        sys.exit(4)
    failed = sorted(key for key, value in session.result["items"].items() if "error" in value)
    session.save()
    print(f"{len(session.result['items'])} items, {len(failed)} failed, {session.left_out} left for another call")
    for key in failed:
        print(f"failed: {key}: {session.result['items'][key]['error']}")
    sys.exit(1 if failed else 3 if session.left_out else 0)


if __name__ == "__main__":
    main()
