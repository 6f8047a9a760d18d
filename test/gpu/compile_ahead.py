#!/usr/bin/env python3
"""Fills PyTorch's caches while TensorRT's pieces are still coming: compile_ahead.py --work FOLDER --result result.json [--jobs 4]

Compiles, a few at a time, the cells that the result does not have, in the order in which run.py will measure them. run.py ends it before it measures.
"""
import argparse
import json
import pathlib
import queue
import signal
import sys
import threading
import time

import torch_side
import order

# Longer than any network takes.
MOST_SECONDS = 600


def pending(args: argparse.Namespace) -> list[tuple[order.Cell, str]]:
    """What has to be compiled and is not measured."""
    items = json.loads(args.result.read_text())["items"] if args.result.exists() else {}
    cells = order.cells(args.networks, args.batches, args.precisions, args.torch_modes)
    wanted = [(cell, mode) for cell in cells for mode in cell.modes if mode != "eager"]
    return [(cell, mode) for cell, mode in wanted if "error" in items.get(f"{cell.stem}/torch-{mode}", {"error": ""})]


class Jobs:
    """A few processes that take the next cell when they are done with one."""

    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.waiting: queue.SimpleQueue = queue.SimpleQueue()
        for one in pending(args):
            self.waiting.put(one)
        self.lock = threading.Lock()
        self.log = (args.work / "compiled.jsonl").open("a")
        # Started before the first is spoken with, in the thread that ends them.
        self.talkers = [torch_side.bench(args) for _ in range(min(args.jobs, self.waiting.qsize()))]

    def work(self, talker) -> None:
        if talker.hear(MOST_SECONDS) is None:
            self.tell({"error": talker.error()})
            return
        while True:
            try:
                cell, mode = self.waiting.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            talker.tell(torch_side.request(self.args, cell, mode))
            answer = talker.hear(MOST_SECONDS)
            row = answer if answer is not None else {"error": talker.error() or "PyTorch's process ended"}
            self.tell({"cell": f"{cell.stem}/torch-{mode}", "seconds": time.monotonic() - begin,
                       **{key: row[key] for key in ("error", "prepare_s", "layout", "from_cache") if key in row}})
            if answer is None:
                return

    def tell(self, row: dict) -> None:
        with self.lock:
            self.log.write(json.dumps(row) + "\n")
            self.log.flush()

    def end(self, *_) -> None:
        for talker in self.talkers:
            talker.process.kill()
        sys.exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    torch_side.add_arguments(parser)
    parser.add_argument("--result", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=4)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    jobs = Jobs(args)
    signal.signal(signal.SIGTERM, jobs.end)
    threads = [threading.Thread(target=jobs.work, args=[talker], daemon=True) for talker in jobs.talkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for talker in jobs.talkers:
        talker.close()


if __name__ == "__main__":
    main()
