#!/usr/bin/env python3
"""Writes the README's GPU table from what run.py measured: table.py result.json [--readme README.md] [--strict]

With --readme the text between the table's markers is replaced, else the table is printed. Times are milliseconds of one run, from inputs in
host memory to outputs in host memory: p50 of the runs, p99 where the column says so, and by the article's rule the mean of the ten runs after the
first two. The targets (targets.py) follow. With --strict the exit status is 1 unless all of them are met.
"""
import argparse
import json
import pathlib
import sys

import targets

MARKERS = "<!-- table:gpu -->", "<!-- /table:gpu -->"
HEAD = ("| network | batch | precision | TensorRT, CUDA graph | p99 | article's rule | TensorRT, enqueued | PyTorch eager | article's rule | torch.compile "
        "| × eager | × compile | dispatch µs | device |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")


def milliseconds(us):
    value = us / 1e3
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def stems(items):
    """latency/NETWORK/BATCH/PRECISION of everything measured, in order."""
    parts = {tuple(key.split("/")[1:4]) for key, item in items.items() if key.startswith("latency/") and "error" not in item}
    return [f"latency/{name}/{batch}/{precision}" for name, batch, precision in sorted(parts, key=lambda part: (part[0], int(part[1]), part[2]))]


def cells(items, stem):
    compiled = targets.compiled(items, stem)

    def time(key, field="run_us", at="p50"):
        item = targets.good(items, key) if key else None
        if item is None:
            return ""
        return milliseconds(item[field] if at is None else item[field][at])

    def times(key):
        value = targets.ratio(items, stem, key)
        return "" if value is None else f"{value:.2f}"

    own, eager = f"{stem}/tensorrt-graph", f"{stem}/torch-eager"
    mode = "" if compiled is None or compiled.endswith("/torch-compile") else f" ({compiled.rsplit('compile-', 1)[1]})"
    dispatch = targets.good(items, own)
    return [*stem.split("/")[1:], time(own), time(own, at="p99"), time(own, "article_us", None), time(f"{stem}/tensorrt-enqueue"), time(eager),
            time(eager, "article_us", None), time(compiled) + mode, times(eager), times(compiled),
            f"{dispatch['dispatch_us']['p50']:.1f}" if dispatch else "", time(own, "device_us")]


def distinct(items, field, wanted="latency/"):
    return ", ".join(sorted({str(item[field]) for key, item in items.items() if key.startswith(wanted) and item.get(field) not in (None, "")})) or "not measured"


def spread(items):
    """The widest p99 of runs with a CUDA graph, as a multiple of p50, and the most that the processors had to do meanwhile."""
    own = [item["run_us"] for key, item in items.items() if key.endswith("/tensorrt-graph") and "error" not in item]
    loads = [item["load"]["processors"] for item in items.values() if "load" in item]
    return (f"p99 at most {max(run['p99'] / run['p50'] for run in own):.2f} × p50 with a CUDA graph" if own else "no run with a CUDA graph",
            f"load average at most {max(loads):.1f}" if loads else "load not known")


def source(result):
    """What measured, in words."""
    machine, items = result["machine"], result["items"]
    counts = [item["runs"] for key, item in items.items() if key.startswith("latency/") and "error" not in item]
    runs = "no" if not counts else f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return (f"{distinct(items, 'device')}, driver {machine['driver']} (CUDA {machine['driver_cuda']}); {machine['cpu']}; {distinct(items, 'version')}; "
            f"PyTorch {distinct(items, 'torch')} (CUDA {distinct(items, 'torch_cuda')}, cuDNN {distinct(items, 'cudnn')}); {machine['date']}. "
            f"Milliseconds, p50 of {runs} runs; {'; '.join(spread(items))}. Engine only, no server; one engine for each batch size; PyTorch in the same precision.")


def table(result):
    items = result["items"]
    lines = [*HEAD, *("| " + " | ".join(cells(items, stem)) + " |" for stem in stems(items)), "", source(result), ""]
    lines += ["| target | | figures |", "|---|---|---|"]
    lines += [f"| {verdict.target} | {verdict.state} | {verdict.figures} |" for verdict in targets.judge(items)]
    devices = distinct(items, "device")
    if "test device" in devices or "no GPU" in devices:
        lines += ["", "No GPU was used: what stands for it is the tests' stand-in or the CPU, and neither times nor verdicts mean anything."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--readme", type=pathlib.Path)
    parser.add_argument("--strict", action="store_true", help="exit status 1 unless all targets are met")
    args = parser.parse_args()
    result = json.loads(args.result.read_text())
    text = table(result)
    if args.readme is None:
        print(text)
    else:
        whole = args.readme.read_text()
        begin, end = (whole.find(marker) for marker in MARKERS)
        if begin < 0 or end < begin:
            sys.exit(f"{args.readme}: has no {MARKERS[0]} … {MARKERS[1]}")
        args.readme.write_text(f"{whole[:begin]}{MARKERS[0]}\n{text}\n{whole[end:]}")
    if args.strict and any(verdict.state != targets.MET for verdict in targets.judge(result["items"])):
        sys.exit(1)


if __name__ == "__main__":
    main()
