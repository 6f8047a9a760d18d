#!/usr/bin/env python3
"""Times one network in PyTorch: torch_bench.py NETWORK.ir --inputs FILE --modes eager,compile --precision fp16 [--expect FILE]

One line of JSON for each mode, as soon as it is measured. The figures are those of `mindird-builder bench`: a run is from inputs in page-locked
host memory to outputs in host memory, "device" the time between events around the network on the stream, "dispatch" the host's
time until everything is enqueued; the article's rule is the mean of the ten runs after the first two.

What PyTorch is given, so that it is measured at what it can do: inference mode, weights and inputs in the precision asked for, cuDNN's algorithms
chosen by timing them, NCHW or channels last (whichever of the two eager mode is faster in), and torch.compile for these very shapes and as one
graph. That torch.compile makes another graph, or more than one, is an error.

`--expect` is the same network's output elsewhere (raw f32): the cosine similarity to it is reported.
"""
import argparse
import json
import math
import time

import numpy as np
import torch

import torch_graph

SKIPPED, ARTICLE, WARM_UP = 2, 10, 50
# A compiled network is compiled by its first run; one that uses CUDA graphs records them in the second.
PREPARING = 3
LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}
MODES = ("eager", "compile", "compile-graphs", "compile-max")


class Runner:
    """The network with its inputs in host memory, on a device; without a GPU only the host's times are measured."""

    def __init__(self, graph, arrays, precision, device):
        self.gpu = device == "cuda"
        self.device = device
        self.network = torch_graph.module(graph, precision, device)
        self.arrays = [torch.from_numpy(array.copy()) for array in arrays]
        self.arrays = [x.to(self.network.number) if x.is_floating_point() else x for x in self.arrays]
        self.marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)] if self.gpu else []
        self.use("nchw")

    def pinned(self, tensor):
        return tensor.pin_memory() if self.gpu else tensor

    def use(self, layout):
        """Lays out weights and inputs, in host memory too, as a program that wants this layout would keep them."""
        self.layout = layout
        self.network.to(memory_format=LAYOUTS[layout])
        laid = [x.contiguous(memory_format=LAYOUTS[layout]) if x.dim() == 4 else x for x in self.arrays]
        self.host = [self.pinned(x) for x in laid]
        self.given = [x.to(self.device) for x in self.host]
        self.call = self.network
        self.results = None

    def run(self):
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


def summary(values):
    values = sorted(values)
    mean = sum(values) / len(values)
    at = lambda part: values[min(len(values) - 1, int(part * len(values)))]
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return {"mean": mean, "stddev": deviation, "min": values[0], "p50": at(0.5), "p99": at(0.99), "max": values[-1]}


def choose_layout(runner, runs=10):
    """Leaves the runner with the layout in which eager mode is faster; only convolutions care."""
    taken = {}
    for layout in LAYOUTS if any(x.dim() == 4 for x in runner.given) else ():
        runner.use(layout)
        for _ in range(runs // 2):
            runner.run()
        taken[layout] = summary([runner.run()[0] for _ in range(runs)])["p50"]
    if taken:
        runner.use(min(taken, key=taken.get))
    return taken


def options_of(mode):
    """torch.compile's arguments. `compile-max` is all that PyTorch offers for inference: its slowest search, CUDA graphs, and weights as constants."""
    if mode == "compile-graphs":
        return {"mode": "reduce-overhead"}
    if mode == "compile-max":
        return {"options": {**torch._inductor.list_mode_options("max-autotune"), "freezing": True}}
    return {}


def prepare(runner, mode):
    """Compiles, for the modes that do."""
    runner.call = runner.network
    runner.results = None
    if mode == "eager":
        return {}
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    runner.call = torch.compile(runner.network, fullgraph=True, dynamic=False, **options_of(mode))
    begin = time.perf_counter()
    for _ in range(PREPARING):
        runner.run()
    return {"prepare_s": time.perf_counter() - begin}


def measure(runner, mode, runs):
    facts = prepare(runner, mode)
    first = [runner.run()[0] for _ in range(SKIPPED + ARTICLE)]
    for _ in range(min(WARM_UP, runs)):
        runner.run()
    whole, dispatch, device = zip(*(runner.run() for _ in range(runs)))
    if mode != "eager":
        facts["compiled_graphs"] = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        if facts["compiled_graphs"] != 1:
            raise RuntimeError(f"compiled into {facts['compiled_graphs']} graphs, want 1")
    return {**facts, "runs": runs, "article_us": sum(first[SKIPPED:]) / ARTICLE, "run_us": summary(whole),
            "dispatch_us": summary(dispatch), "device_us": summary(device)}


def versions(args):
    gpu = args.device == "cuda"
    return {"torch": torch.__version__, "torch_cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "precision": args.precision,
            "device": torch.cuda.get_device_name() if gpu else "the CPU (no GPU)"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--modes", default="eager,compile", help=f"of {', '.join(MODES)}")
    parser.add_argument("--precision", choices=("fp32", "fp16", "bf16"), default="fp32")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--expect")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    args = parser.parse_args()
    modes = args.modes.split(",")
    if not set(modes) <= set(MODES):
        parser.error(f"--modes is {args.modes}, want some of {', '.join(MODES)}")
    # As TensorRT is set: f32 products stay f32, algorithms are chosen by timing them.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    graph = torch_graph.read(args.network)
    arrays = torch_graph.read_arrays(args.inputs, [(kind.dtype, kind.shape) for kind in graph.inputs.values()])
    runner = Runner(graph, arrays, args.precision, args.device)
    with torch.inference_mode():
        layouts = choose_layout(runner)
        for mode in modes:
            try:
                row = measure(runner, mode, args.runs)
            except Exception as error:  # one mode that fails leaves the others
                row = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
            else:
                if args.expect:
                    got = np.concatenate([y.float().contiguous().numpy().ravel() for y in runner.results])
                    row["cosine"] = torch_graph.cosine(got, np.fromfile(args.expect, np.float32))
            print(json.dumps({"mode": mode, **versions(args), "layout": runner.layout, "layouts_us": layouts, **row}), flush=True)


if __name__ == "__main__":
    main()
