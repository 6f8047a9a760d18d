#!/usr/bin/env python3
"""Times networks in PyTorch, one after the other in one process: torch_bench.py [--device cuda] < requests

Each line of standard input asks for one mode of one network, each line of standard output answers, both in JSON; the first line says that PyTorch is there:

    {"network": FILE.ir, "inputs": FILE, "precision": "fp16", "mode": "eager", "outputs": FILE, "limits": {"warm_up_s", "least_s", "least_runs", "runs"}}

Without "limits" the network is compiled, which fills PyTorch's caches, and nothing is measured. The figures are those of `mindird-builder bench`: a
run is from fp32 inputs in page-locked host memory to outputs in host memory, "device" the time between events around the network on the stream,
"dispatch" the host's time until everything is enqueued; the article's rule is the mean of the ten runs after the first two.

What PyTorch is given, so that it is measured at what it can do: inference mode, weights in the precision asked for, cuDNN's algorithms
chosen by timing them, NCHW or channels last (whichever of the two eager mode is faster in), and torch.compile for these very shapes and as one
graph. That torch.compile makes another graph, or more than one, is an error.
"""
import argparse
import json
import math
import sys
import time

import numpy as np
import torch

import structure
import torch_graph

SKIPPED, ARTICLE = 2, 10
# A compiled network is compiled by its first run; one that uses CUDA graphs records them in the second.
PREPARING = 3
LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


class Runner:
    """The network with its inputs in host memory, on a device; without a GPU only the host's times are measured."""

    def __init__(self, graph: structure.Graph, arrays: list[np.ndarray], precision: str, device: str):
        self.gpu = device == "cuda"
        self.device = device
        self.network = torch_graph.module(graph, precision, device)
        self.arrays = [torch.from_numpy(array.copy()) for array in arrays]
        self.marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)] if self.gpu else []
        self.use("nchw")

    def pinned(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.pin_memory() if self.gpu else tensor

    def use(self, layout: str) -> None:
        """Lays out weights and inputs, in host memory too, as a program that wants this layout would keep them."""
        self.layout = layout
        self.network.to(memory_format=LAYOUTS[layout])
        laid = [x.contiguous(memory_format=LAYOUTS[layout]) if x.dim() == 4 else x for x in self.arrays]
        self.host = [self.pinned(x) for x in laid]
        self.given = [x.to(self.device) for x in self.host]
        self.call = self.network
        self.results = None

    def run(self) -> tuple[float, float, float]:
        """(whole, dispatch, device) in microseconds."""
        begin = time.perf_counter_ns()
        for to, host in zip(self.given, self.host):
            to.copy_(host, non_blocking=True)
        if self.gpu:
            self.marks[0].record()
        outputs = self.call(*self.given)
        if self.gpu:
            self.marks[1].record()
        if self.results is None:
            self.results = [self.pinned(torch.empty_like(y, device="cpu")) for y in outputs]
        for to, y in zip(self.results, outputs):
            to.copy_(y, non_blocking=True)
        dispatched = time.perf_counter_ns()
        if self.gpu:
            torch.cuda.synchronize()
        end = time.perf_counter_ns()
        device = self.marks[0].elapsed_time(self.marks[1]) * 1e3 if self.gpu else 0.0
        return (end - begin) / 1e3, (dispatched - begin) / 1e3, device

    def runs(self, least_runs: int, least_s: float, most_runs: float) -> list[tuple[float, float, float]]:
        """The times of runs until both of the least are reached, or the most."""
        out = []
        start = time.perf_counter()
        while len(out) < most_runs and (len(out) < least_runs or time.perf_counter() - start < least_s):
            out.append(self.run())
        return out


def summary(values) -> dict:
    values = sorted(values)
    mean = sum(values) / len(values)
    at = lambda part: values[min(len(values) - 1, int(part * len(values)))]
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return {"mean": mean, "stddev": deviation, "min": values[0], "p50": at(0.5), "p99": at(0.99), "max": values[-1]}


def choose_layout(runner: Runner, runs: int = 20) -> dict:
    """Leaves the runner with the layout in which eager mode is faster; only convolutions care. By the least of some runs, which says the same
    while others compile as when they are gone: what is compiled for one layout is of no use in the other."""
    taken = {}
    for layout in LAYOUTS if any(x.dim() == 4 for x in runner.given) else ():
        runner.use(layout)
        runner.runs(runs // 2, 0, runs // 2)
        taken[layout] = summary([whole for whole, _, _ in runner.runs(runs, 0, runs)])["min"]
    if taken:
        runner.use(min(taken, key=taken.get))
    return taken


def options_of(mode: str) -> dict:
    """torch.compile's arguments. `compile-max` is all that PyTorch offers for inference: its slowest search, CUDA graphs, and weights as constants."""
    if mode == "compile-graphs":
        return {"mode": "reduce-overhead"}
    if mode == "compile-max":
        return {"options": {**torch._inductor.list_mode_options("max-autotune"), "freezing": True}}
    return {}


def prepare(runner: Runner, mode: str) -> dict:
    """Compiles, for the modes that do."""
    runner.call = runner.network
    runner.results = None
    if mode == "eager":
        return {}
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    runner.call = torch.compile(runner.network, fullgraph=True, dynamic=False, **options_of(mode))
    begin = time.perf_counter()
    runner.runs(PREPARING, 0, PREPARING)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    if graphs != 1:
        raise RuntimeError(f"compiled into {graphs} graphs, want 1")
    from_cache = torch._dynamo.utils.counters["inductor"]["fxgraph_cache_hit"] > 0
    return {"prepare_s": time.perf_counter() - begin, "compiled_graphs": graphs, "from_cache": from_cache}


def measure(runner: Runner, limits: dict) -> dict:
    first = [whole for whole, _, _ in runner.runs(SKIPPED + ARTICLE, 0, SKIPPED + ARTICLE)]
    warm_up = runner.runs(1, limits["warm_up_s"], math.inf)
    whole, dispatch, device = zip(*runner.runs(limits["least_runs"], limits["least_s"], limits["runs"]))
    return {"runs": len(whole), "warm_up_runs": len(warm_up), "article_us": sum(first[SKIPPED:]) / ARTICLE, "run_us": summary(whole),
            "dispatch_us": summary(dispatch), "device_us": summary(device)}


class Bench:
    """Keeps the network of the last request, so that its next mode finds it on the device."""

    def __init__(self, device: str):
        self.device = device
        self.cell = None
        self.runner = None
        self.layouts = {}

    def versions(self) -> dict:
        gpu = self.device == "cuda"
        return {"torch": torch.__version__, "torch_cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
                "device": torch.cuda.get_device_name() if gpu else "the CPU (no GPU)"}

    def open(self, network: str, inputs: str, precision: str) -> None:
        if self.cell == (network, precision):
            return
        self.forget()
        graph = structure.read(network)
        arrays = structure.read_arrays(inputs, [(kind.dtype, kind.shape) for kind in graph.inputs.values()])
        self.runner = Runner(graph, arrays, precision, self.device)
        self.layouts = choose_layout(self.runner)
        self.cell = network, precision

    def forget(self) -> None:
        """Gives the device's memory back, for it is another side's turn."""
        self.cell = self.runner = None
        torch._dynamo.reset()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def answer(self, asked: dict) -> dict:
        self.open(asked["network"], asked["inputs"], asked["precision"])
        row = {"precision": asked["precision"], "layout": self.runner.layout, "layouts_us": self.layouts, **self.versions(),
               **prepare(self.runner, asked["mode"])}
        if "limits" in asked:
            row.update(measure(self.runner, asked["limits"]))
        if "outputs" in asked:
            np.concatenate([y.float().contiguous().numpy().ravel() for y in self.runner.results]).tofile(asked["outputs"])
        return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    args = parser.parse_args()
    # As TensorRT is set: f32 products stay f32, algorithms are chosen by timing them.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    bench = Bench(args.device)
    print(json.dumps(bench.versions()), flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            try:
                row = bench.answer(json.loads(line))
            except Exception as error:  # one mode that fails leaves the others
                row = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
                bench.forget()
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
