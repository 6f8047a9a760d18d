#!/usr/bin/env python3
"""Write the README's performance table from measured files.

    readme_table.py --ratio ratio.json --report report-1.json --report report-2.json [--readme README.md]

`ratio.json` comes from ort_ratio.py, each report from `mindird report --threads T --json FILE` on the same networks. With --readme the
text between the table's markers is replaced, else the table is printed.
"""
import argparse
import json
import pathlib
import re
import sys

MARKERS = "<!-- table:ratio -->", "<!-- /table:ratio -->"
HEAD = ("| network | threads | native ms | engine ms | speed-up | ONNX Runtime ms | ratio | min–max | paced | client ms |",
        "|---|---:|---:|---:|---:|---:|---:|---|---:|---:|")


def native_times(reports):
    """{(network, threads): (native ms, engine ms)}: mean engine times by the article's rule."""
    times = {}
    for report in reports:
        for row in report["models"]:
            means = {run["engine"]: run["article"]["meanEngineMs"] for run in row["runs"] if run["ok"]}
            if "native" in means and "cpu" in means:
                times[row["name"], report["threads"]] = means["native"], means["cpu"]
    return times


def digits(value):
    """Three significant digits, without an exponent."""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def row_text(result, native):
    """One line of the table."""
    own = native.get((result["net"], result["threads"]))
    cells = [result["net"], str(result["threads"]), digits(own[0]) if own else "", digits(result["ours_ms"]),
             f"{own[0] / own[1]:.1f}×" if own else "", digits(result["ort_ms"]), f"{result['ratio']:.2f}",
             f"{result['ratio_min']:.2f}–{result['ratio_max']:.2f}",
             "" if result["ratio_paced"] is None else f"{result['ratio_paced']:.2f}", digits(result["wire_ms"])]
    if result["noise"]:
        cells[0] += " (noisy)"
    return "| " + " | ".join(cells) + " |"


def table(ratio, reports):
    """The table with a line about the machine under it."""
    native = native_times(reports)
    lines = [*HEAD, *(row_text(result, native) for result in ratio["results"])]
    machine = ratio["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    loads = [result["load_before"][0] for result in ratio["results"]]
    lines += ["", "{cpu}, {cores} cores; {versions}; measured {date}, 1-minute load {low:.2f} to {high:.2f} before each row.".format(
        cpu=machine["cpu"], cores=machine["cores"], versions=versions, date=ratio["date"][:10], low=min(loads), high=max(loads))]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratio", required=True, type=pathlib.Path)
    parser.add_argument("--report", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--readme", type=pathlib.Path)
    args = parser.parse_args()
    text = table(json.loads(args.ratio.read_text()), [json.loads(path.read_text()) for path in args.report])
    if not args.readme:
        print(text)
        return 0
    readme = args.readme.read_text()
    pattern = re.compile(re.escape(MARKERS[0]) + ".*?" + re.escape(MARKERS[1]), re.DOTALL)
    if not pattern.search(readme):
        print(f"readme_table: {args.readme}: no {MARKERS[0]} … {MARKERS[1]}", file=sys.stderr)
        return 1
    args.readme.write_text(pattern.sub(lambda _: f"{MARKERS[0]}\n{text}\n{MARKERS[1]}", readme))
    return 0


if __name__ == "__main__":
    sys.exit(main())
