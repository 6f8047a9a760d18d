#!/usr/bin/env python3
"""Measure mindird against ONNX Runtime on the full-size networks, in turn, on the same pinned cores.

    python ort_ratio.py --mindir full --onnx onnx --threads 1 2 --json ratio.json --markdown ratio.md

For each network and thread count T one mindird process (one model) and one ONNX Runtime process share T
cores. They take turns, A B A B …; the side that is not measured sleeps. Ours is the engine's own time,
the growth of ModelStatistics' compute_infer over the round, theirs the time of InferenceSession.run.
Both sides' outputs are first compared with MindSpore's from NAME.npz.

Exit status: 0 measured, 1 failed, 3 the machine is too noisy for the figures to mean anything.
"""
import argparse
import datetime
import json
import os
import shlex
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tritonclient.utils import InferenceServerException

from ratio import figures, machine
from ratio.peer import Peer
from ratio.server import Server, make_repository

NETS = ("lenet5", "alexnet", "resnet50", "vgg16", "inception_v3", "mobilenet_v2", "mobilenet_v3_large",
        "bert_base", "wide_deep")
REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
RTOL, ATOL = 1e-3, 1e-4
NOISY = 3


def parse_arguments(argv):
    """The command line."""
    defaults = figures.Limits()
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mindir", type=Path, required=True, help="folder with NAME.mindir and NAME.npz")
    p.add_argument("--onnx", type=Path, required=True, help="folder with NAME.onnx of the same weights")
    p.add_argument("--nets", nargs="+", default=list(NETS), metavar="NAME", help="default: all nine")
    p.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="T")
    p.add_argument("--rounds", type=int, default=7, help="of each side (default 7)")
    p.add_argument("--seconds", type=float, default=2, help="of one round of one side (default 2)")
    p.add_argument("--settle", type=float, default=0.3, help="seconds of rest between rounds (default 0.3)")
    p.add_argument("--paced", action=argparse.BooleanOptionalAction, default=True,
                   help="also time ONNX Runtime with rests as long as those between our requests (default)")
    p.add_argument("--max-load", type=float, default=defaults.load, help="1-minute load to start under")
    p.add_argument("--wait-load", type=float, default=0, metavar="S", help="wait up to S seconds for that load")
    p.add_argument("--max-spread", type=float, default=defaults.spread, help="of ONNX Runtime's own rounds")
    p.add_argument("--max-foreign", type=float, default=defaults.foreign, help="share of the cores used by others")
    p.add_argument("--server", type=shlex.split, default=[str(REPOSITORY_ROOT / "bin" / "mindird")],
                   metavar="COMMAND", help="in the place of bin/mindird")
    p.add_argument("--cache", type=Path, help="engine cache (default: a temporary one)")
    p.add_argument("--start-timeout", type=float, default=600, metavar="S", help="for the model to become ready")
    p.add_argument("--json", type=Path, metavar="FILE")
    p.add_argument("--markdown", type=Path, metavar="FILE")
    args = p.parse_args(argv)
    if args.rounds < 5:
        p.error(f"--rounds: {args.rounds}, want at least 5")
    if max(args.threads) > len(os.sched_getaffinity(0)) or min(args.threads) < 1:
        p.error(f"--threads: want 1 to {len(os.sched_getaffinity(0))}, the cores of this process")
    return args


def quiet(limit, patience):
    """True once the 1-minute load is under the limit, within `patience` seconds."""
    deadline = time.monotonic() + patience
    while os.getloadavg()[0] > limit:
        if time.monotonic() >= deadline:
            return False
        time.sleep(min(5, patience))
    return True


def check_outputs(who, outputs, data):
    """Raises unless the outputs are MindSpore's."""
    wanted = [data[f"output_{i}"] for i in range(len(outputs))]
    if f"output_{len(outputs)}" in data:
        raise RuntimeError(f"{who}: {len(outputs)} outputs, MindSpore has more")
    for i, (got, want) in enumerate(zip(outputs, wanted)):
        if got.shape != want.shape or not np.allclose(got, want, rtol=RTOL, atol=ATOL):
            raise RuntimeError(f"{who}: output_{i} differs from MindSpore's")


class Case:
    """One network at one thread count, with both processes running."""

    def __init__(self, client, server, peer, cores):
        self.client, self.server, self.peer, self.cores = client, server, peer, cores

    def own_seconds(self):
        """Processor time on the measured cores that is the measurement's own."""
        shared = time.process_time() if os.sched_getaffinity(0) & set(self.cores) else 0
        return shared + sum(machine.session_seconds(side.process.pid) for side in (self.server, self.peer))

    def requests_for(self, seconds):
        """Warms both sides up and says how many runs fill a round."""
        for _ in range(2):
            _, wire = self.client.round(5)
            theirs = self.peer.ask(runs=5)["mean_ms"]
        return max(5, round(seconds * 1e3 / max(wire, theirs)))

    def one_side(self, measure, idle_process):
        """Runs measure() and gives its result, others' share of the cores, and the idle side's share."""
        own, busy = self.own_seconds(), machine.busy_seconds(self.cores)
        idle, begin = machine.session_seconds(idle_process.pid), time.monotonic()
        result = measure()
        room = (time.monotonic() - begin) * len(self.cores)
        idle = machine.session_seconds(idle_process.pid) - idle
        own, busy = self.own_seconds() - own, machine.busy_seconds(self.cores) - busy
        return result, max(0.0, busy - own) / room, idle / room

    def round(self, runs, settle, paced):
        """One round of ours, then one of ONNX Runtime's."""
        time.sleep(settle)
        (ours, wire), foreign, peer_idle = self.one_side(lambda: self.client.round(runs), self.peer.process)
        time.sleep(settle)
        theirs, foreign_too, server_idle = self.one_side(lambda: self.peer.ask(runs=runs)["mean_ms"],
                                                         self.server.process)
        rested = None
        if paced:
            rested = self.peer.ask(runs=runs, pause_s=max(0, wire - ours) / 1e3)["mean_ms"]
        return figures.Round(ours, theirs, wire, max(foreign, foreign_too), server_idle, peer_idle, rested)


def measure_case(args, name, threads, scratch):
    """The figures of one network at one thread count."""
    every = sorted(os.sched_getaffinity(0))
    cores, rest = every[:threads], every[threads:]
    os.sched_setaffinity(0, rest or every)  # this process is the client; it stays off the measured cores if it can
    data = np.load(args.mindir / f"{name}.npz")
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{threads}-", dir=scratch))
    repository = make_repository(folder / "repository", name, args.mindir / f"{name}.mindir")
    peer = Peer((args.onnx / f"{name}.onnx").resolve(), (args.mindir / f"{name}.npz").resolve(), cores)
    try:
        peer.ask(outputs=str(folder / "peer.npz"))
        answers = np.load(folder / "peer.npz")
        check_outputs("ONNX Runtime", [answers[f"output_{i}"] for i in range(peer.ready["outputs"])], data)
        with Server(args.server, repository, args.cache or folder / "cache", folder / "log", cores,
                    args.start_timeout) as server:
            client = server.connect(name)
            client.prepare([data[k] for k in sorted(data.files) if k.startswith("input_")])
            check_outputs("mindird", client.infer(), data)
            case = Case(client, server, peer, cores)
            runs = case.requests_for(args.seconds)
            rounds = [case.round(runs, args.settle, args.paced) for _ in range(args.rounds)]
            client.close()
    finally:
        peer.close()
        os.sched_setaffinity(0, every)
    return {"runs_per_round": runs, **figures.summarise(rounds)}


def measure_all(args, limits, scratch):
    """Yields a result for every network and thread count."""
    for threads in args.threads:
        for name in args.nets:
            before = os.getloadavg()
            result = {"net": name, "threads": threads, "load_before": before,
                      **measure_case(args, name, threads, scratch), "load_after": os.getloadavg()}
            result["noise"] = figures.noise(result, limits)
            print("{net:20} T={threads} ours {ours_ms:9.3f} ms  ort {ort_ms:9.3f} ms  ratio {ratio:5.2f} "
                  "({ratio_min:.2f} to {ratio_max:.2f})  seen by client {wire_ms:9.3f} ms".format(**result), flush=True)
            for reason in result["noise"]:
                print(f"    noisy: {reason}", flush=True)
            yield result


def write_reports(args, report):
    """The JSON and the Markdown file, if asked for."""
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")
    if args.markdown:
        args.markdown.write_text(figures.markdown_rows(report["results"]))


def main(argv=None):
    args = parse_arguments(argv)
    if not quiet(args.max_load, args.wait_load):
        print(f"1-minute load {os.getloadavg()[0]:.2f}, want at most {args.max_load:.2f}", file=sys.stderr)
        return NOISY
    limits = figures.Limits(args.max_load, args.max_spread, args.max_foreign)
    now = datetime.datetime.now(datetime.timezone.utc)
    report = {"date": now.isoformat(timespec="seconds"), "machine": machine.describe(),
              "settings": {k: getattr(args, k) for k in ("rounds", "seconds", "settle", "max_load", "max_spread")},
              "results": []}
    print("{cpu}, {cores} cores, {versions}".format(**report["machine"]), flush=True)
    try:
        beside = args.mindir if os.access(args.mindir, os.W_OK) else None  # hard links do not cross file systems
        with tempfile.TemporaryDirectory(dir=beside) as scratch:
            for result in measure_all(args, limits, scratch):
                report["results"].append(result)
                write_reports(args, report)
    except (RuntimeError, OSError, KeyError, InferenceServerException) as error:
        print(f"ort_ratio: {error}", file=sys.stderr)
        return 1
    noisy = [r for r in report["results"] if r["noise"]]
    if noisy:
        print("too noisy to report: " + ", ".join(f"{r['net']} T={r['threads']}" for r in noisy), file=sys.stderr)
        return NOISY
    return 0


if __name__ == "__main__":
    sys.exit(main())
