#!/usr/bin/env python3
"""Writes the README's GPU table from what run.py measured: table.py result.json [--readme README.md]

With --readme the text between the table's markers is replaced, else the table is printed. Times are milliseconds of one run, from inputs in
host memory to outputs in host memory, p50 of the runs; the article's rule and p99 are in the result file.
"""
import argparse
import json
import pathlib
import sys

MARKERS = "<!-- table:gpu -->", "<!-- /table:gpu -->"
COLUMNS = ("tensorrt-graph", "tensorrt-enqueue", "torch-eager", "torch-compile")
HEAD = ("| network | batch | precision | TensorRT, CUDA graph | p99 | TensorRT, enqueued | PyTorch eager | torch.compile | × eager | × compile | dispatch µs | device ms |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")


def milliseconds(us):
    value = us / 1e3
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def rows(items):
    """(network, batch, precision) -> {column: item without error}, in order."""
    found = {}
    for key, item in items.items():
        parts = key.split("/")
        if parts[0] == "latency" and "error" not in item:
            found.setdefault((parts[1], int(parts[2]), parts[3]), {})[parts[4]] = item
    return dict(sorted(found.items()))


def cells(key, row):
    own = row.get("tensorrt-graph")
    p50 = lambda column: milliseconds(row[column]["run_us"]["p50"]) if column in row else ""
    ratio = lambda column: f"{row[column]['run_us']['p50'] / own['run_us']['p50']:.2f}" if own and column in row else ""
    return [key[0], str(key[1]), key[2], p50("tensorrt-graph"), milliseconds(own["run_us"]["p99"]) if own else "", p50("tensorrt-enqueue"),
            p50("torch-eager"), p50("torch-compile"), ratio("torch-eager"), ratio("torch-compile"),
            f"{own['dispatch_us']['p50']:.1f}" if own else "", milliseconds(own["device_us"]["p50"]) if own else ""]


def checks_text(items):
    """One line about the small networks."""
    found = {key: item for key, item in items.items() if key.startswith("check/")}
    right = sum("error" not in item for item in found.values())
    return f"{right} of {len(found)} small networks are right (fp32 within rtol 1e-3 of MindSpore's outputs, fp16 cosine at least 0.999)."


def table(result):
    items = result["items"]
    body = rows(items)
    lines = [*HEAD, *("| " + " | ".join(cells(key, row)) + " |" for key, row in body.items())]
    machine = result["machine"]
    one = lambda field: sorted({item[field] for row in body.values() for item in row.values() if field in item})
    lines += ["", f"{machine['gpu']}; {machine['cpu']}; {', '.join(one('version'))}, PyTorch {', '.join(one('torch')) or 'not measured'}; "
              f"{machine['date']}; engine only, no server. {checks_text(items)}"]
    devices = one("device")
    if any("test device" in device for device in devices):
        lines.append("No GPU was used: the device is the tests' stand-in, and the times mean nothing.")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--readme", type=pathlib.Path)
    args = parser.parse_args()
    text = table(json.loads(args.result.read_text()))
    if args.readme is None:
        print(text)
        return
    whole = args.readme.read_text()
    begin, end = (whole.find(marker) for marker in MARKERS)
    if begin < 0 or end < begin:
        sys.exit(f"{args.readme}: has no {MARKERS[0]} … {MARKERS[1]}")
    args.readme.write_text(f"{whole[:begin]}{MARKERS[0]}\n{text}\n{whole[end:]}")


if __name__ == "__main__":
    main()
