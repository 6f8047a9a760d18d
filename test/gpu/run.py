#!/usr/bin/env python3
"""Checks and measures mindird's TensorRT engine on the GPU of this machine: run.py --result result.json [--seconds 540]

Runs in the folder that unpack.sh made. First the nine small networks against the outputs MindSpore stored for them, several at a time, then the nine
full-size networks one by one, in the order of order.py: TensorRT with a CUDA graph and without in one process, PyTorch eager and compiled in another
that all networks share. What the result file already has is not done again, so it may take any number of calls; something new begins while
--begin-seconds are left, and what does not end within --seconds is cut short and left for another call.

The exit status is 0 when everything is done and right, 1 when something failed, 3 when there is more to do, 4 where TensorRT cannot be used at all.
"""
import argparse
import contextlib
import os
import pathlib
import signal
import sys
import time

import engine
import machine
import order
import torch_side
from session import Session

HERE = pathlib.Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    torch_side.add_arguments(parser)
    parser.add_argument("--result", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--begin-seconds", type=float, default=20, help="something new is begun while so much is left")
    parser.add_argument("--runs", type=int, default=1000, help="the most of each; fewer when both of the least are reached")
    parser.add_argument("--least-runs", type=int, default=200)
    parser.add_argument("--least-seconds", type=float, default=1)
    parser.add_argument("--warm-up-seconds", type=float, default=0.5)
    parser.add_argument("--only-check", action="store_true", help="no latency")
    parser.add_argument("--libraries", type=pathlib.Path, default=HERE / "tensorrt", help="folder of libnvinfer")
    parser.add_argument("--end-first", type=int, metavar="PID", help="leader of processes that are ended before anything is measured: compile_ahead.py")
    return parser.parse_args()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def end(leader: int | None, patience: float = 10) -> None:
    """Ends a group of processes that would disturb a measurement, and waits until its leader is gone."""
    until = time.monotonic() + patience
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        if leader is None or not alive(leader):
            return
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(leader, wanted)
        while alive(leader) and time.monotonic() < until:
            time.sleep(0.02)


def measure_all(args: argparse.Namespace, session: Session) -> None:
    end(args.end_first)
    torch = torch_side.Torch(args, session)
    try:
        for cell in order.cells(args.networks, args.batches, args.precisions, args.torch_modes):
            if cell.tensorrt:
                engine.measure(args, session, cell)
            torch_side.measure(args, session, torch, cell)
    finally:
        torch.close()


def main() -> None:
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    for file in [] if args.only_check else [HERE / "networks" / f"{name}.{batch}.ir" for name in args.networks for batch in args.batches]:
        if not file.exists():
            sys.exit(f"{file}: not there")
    session = Session(args.result, args.seconds, args.begin_seconds)
    session.result["machine"].update(machine.facts())
    try:
        engine.check_all(args, session, args.networks, args.precisions)
        if not args.only_check:
            measure_all(args, session)
    except engine.NoTensorrt as missing:
        print(f"TensorRT cannot be used here: {missing}", file=sys.stderr)
        sys.exit(4)
    failed = sorted(key for key, value in session.items.items() if "error" in value)
    session.save()
    print(f"{len(session.items)} items, {len(failed)} failed, {len(session.left_out)} left for another call")
    for key in failed:
        print(f"failed: {key}: {session.items[key]['error']}")
    sys.exit(1 if failed else 3 if session.left_out else 0)


if __name__ == "__main__":
    main()
