#!/usr/bin/env python3
"""Times one network in PyTorch: torch_bench.py NETWORK.ir --inputs FILE --modes eager,compile --precision fp16 [--expect FILE]

One line of JSON for each mode, as soon as it is measured. The figures are those of `mindird-builder bench`: a run is from inputs in page-locked
host memory to outputs in host memory, "device" the time between events around the network on the stream, "dispatch" the host's
time until everything is enqueued; the article's rule is the mean of the ten runs after the first two.

Modes: eager; compile (torch.compile as it comes); compile-graphs (torch.compile with mode="reduce-overhead", which uses CUDA graphs).
`--expect` is the same network's output elsewhere (raw f32): the cosine similarity to it is reported.
"""
import argparse
import json
import sys
import time

import numpy as np
import torch

import torch_graph

SKIPPED, ARTICLE, WARM_UP = 2, 10, 50


class Runner:
    """The network with its inputs in host memory, on a device; without a GPU only the host's times are measured."""

    def __init__(self, graph, arrays, half, device):
        self.gpu = device == "cuda"
        self.device = device
        self.call = torch_graph.module(graph, half, device)
        self.host = [self.pinned(torch.from_numpy(array.copy())) for array in arrays]
        if half:
            self.host = [self.pinned(x.half()) if x.is_floating_point() else x for x in self.host]
        self.given = [x.to(device) for x in self.host]
        self.results = None
        self.marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)] if self.gpu else []

    def pinned(self, tensor):
        return tensor.pin_memory() if self.gpu else tensor

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
    at = lambda part: values[min(len(values) - 1, int(part * len(values)))]
    return {"mean": sum(values) / len(values), "min": values[0], "p50": at(0.5), "p99": at(0.99)}


def measure(runner, mode, runs):
    begin = time.perf_counter()
    if mode == "compile":
        runner.call = torch.compile(runner.call)
    elif mode == "compile-graphs":
        runner.call = torch.compile(runner.call, mode="reduce-overhead")
    if mode != "eager":
        runner.run()
    prepared = time.perf_counter() - begin
    first = [runner.run()[0] for _ in range(SKIPPED + ARTICLE)]
    for _ in range(min(WARM_UP, runs)):
        runner.run()
    whole, dispatch, device = zip(*(runner.run() for _ in range(runs)))
    return {"prepare_s": prepared, "runs": runs, "article_us": sum(first[SKIPPED:]) / ARTICLE, "run_us": summary(whole),
            "dispatch_us": summary(dispatch), "device_us": summary(device)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--modes", default="eager,compile")
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--expect")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    args = parser.parse_args()
    # As TensorRT is set: f32 products stay f32, algorithms are chosen by timing them.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    graph = torch_graph.read(args.network)
    arrays = torch_graph.read_arrays(args.inputs, [(kind.dtype, kind.shape) for kind in graph.inputs.values()])
    for mode in args.modes.split(","):
        with torch.no_grad():
            runner = Runner(graph, arrays, args.precision == "fp16", args.device)
            try:
                row = measure(runner, mode, args.runs)
            except Exception as error:  # one mode that fails leaves the others
                row = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
            else:
                if args.expect:
                    got = np.concatenate([y.float().numpy().ravel() for y in runner.results])
                    row["cosine"] = torch_graph.cosine(got, np.fromfile(args.expect, np.float32))
        print(json.dumps({"mode": mode, "torch": torch.__version__, **row}), flush=True)
        del runner
    sys.stdout.flush()


if __name__ == "__main__":
    main()
