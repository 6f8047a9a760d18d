#!/usr/bin/env python3
"""One call to a machine with a GPU that is lent for a while, run there: call.py --arrived FOLDER --out FOLDER [options] [-- options of run.py]

Takes in what came with the call and logs how long that took. The first call restores what was brought home the last time and begins to compile
PyTorch's networks, in a session of its own that outlives the call. As soon as no piece of TensorRT is missing, run.py works for as long as
the call may take; then what is worth keeping goes into --out, beside the result, which lies there all the while: a call that is killed leaves it.

The exit status is 3 while pieces are missing or there is more to measure, else that of run.py.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

import parts

HERE = pathlib.Path(__file__).resolve().parent
PIECES, WORK, RESULT, LOG, AHEAD = HERE / "pieces", HERE / "work", HERE / "result.json", HERE / "calls.jsonl", HERE / "ahead.pid"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arrived", type=pathlib.Path, help="what came with this call; without it nothing did")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="what lies there afterwards comes home")
    parser.add_argument("--left", type=float, help="for how long the machine is still lent; by default what --total and the first call say")
    parser.add_argument("--total", type=float, default=900, help="for how long it is lent in all")
    parser.add_argument("--starting", type=float, default=120, help="what its start took before the first call")
    parser.add_argument("--call-limit", type=float, default=600, help="what one call may take")
    parser.add_argument("--reserve", type=float, default=25, help="kept for packing and for the way home")
    parser.add_argument("--part-bytes", type=int, default=parts.PART_BYTES)
    parser.add_argument("--only-arrive", action="store_true", help="do not measure, though nothing is missing")
    parser.add_argument("rest", nargs="*", help="for run.py and compile_ahead.py")
    return parser.parse_args()


def entries() -> list[dict]:
    return [json.loads(line) for line in LOG.read_text().splitlines()] if LOG.exists() else []


def note(row: dict) -> None:
    with LOG.open("a") as file:
        file.write(json.dumps(row) + "\n")


def take_in(arrived: pathlib.Path | None) -> int:
    """Moves what came to the pieces; how many bytes."""
    PIECES.mkdir(exist_ok=True)
    files = [path for path in arrived.iterdir() if path.is_file()] if arrived is not None else []
    size = sum(path.stat().st_size for path in files)
    for path in files:
        shutil.move(path, PIECES / path.name)
    return size


def restore() -> None:
    """What the last time left, once."""
    if WORK.exists():
        return
    WORK.mkdir()
    if (PIECES / RESULT.name).exists():
        shutil.copyfile(PIECES / RESULT.name, RESULT)
    try:
        parts.restore(PIECES, WORK)
    except parts.Damaged as damage:
        # Only time is lost.
        print(f"what was brought home the last time is not used: {damage}", flush=True)


def shared(rest: list[str]) -> list[str]:
    """Of the options of run.py those that compile_ahead.py has, too."""
    known = ("--networks", "--batches", "--precisions", "--torch-modes", "--torch-bench", "--device")
    return [word for i, word in enumerate(rest) if word in known or (i > 0 and rest[i - 1] in known)]


def compile_ahead(rest: list[str]) -> None:
    """Begins to compile, once; it goes on when the call is over."""
    if AHEAD.exists():
        return
    with (WORK / "ahead.log").open("w") as log:
        words = [sys.executable, HERE / "compile_ahead.py", "--work", WORK, "--result", RESULT, *shared(rest)]
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    AHEAD.write_text(str(process.pid))


def seconds_left(args: argparse.Namespace, log: list[dict], begin: float) -> float:
    """What run.py may take in this call."""
    left = args.left
    if left is None:
        left = args.total - args.starting - (begin - log[0]["begin"] if log else 0)
    return min(left, args.call_limit) - (time.time() - begin) - args.reserve


def measure(args: argparse.Namespace, seconds: float) -> int:
    result = args.out / RESULT.name
    if RESULT.exists():
        shutil.copyfile(RESULT, result)
    words = [sys.executable, HERE / "run.py", "--work", WORK, "--result", result, "--seconds", seconds, "--end-first", AHEAD.read_text(), *args.rest]
    status = subprocess.run([str(word) for word in words], check=False).returncode
    if result.exists():
        shutil.copyfile(result, RESULT)
    try:
        packed = parts.pack(WORK, args.out, args.part_bytes)
        print(f"brought home: {len(packed['sha256'])} parts with {packed['files']} files, {packed['left_out']} left out")
    except (OSError, subprocess.CalledProcessError) as error:
        # The result is there all the same.
        print(f"nothing is carried back the next time: {error}")
    for name in ("verbose.log", "compiled.jsonl"):
        if (WORK / name).exists():
            # The beginning tells most.
            (args.out / name).write_bytes((WORK / name).read_bytes()[:args.part_bytes])
    return status


def main() -> None:
    begin = time.time()
    args = arguments()
    log = entries()
    size = take_in(args.arrived)
    restore()
    unpacked = subprocess.run(["sh", str(PIECES / "unpack.sh"), str(PIECES), str(HERE)], check=False).returncode
    compile_ahead(args.rest)
    row = {"call": len(log), "begin": begin, "bytes": size, "since_last_s": begin - log[-1]["end"] if log else None}
    status = unpacked
    if unpacked == 0 and not args.only_arrive:
        status = measure(args, seconds_left(args, log, begin))
    note({**row, "end": time.time(), "status": status})
    shutil.copyfile(LOG, args.out / LOG.name)
    since = "first call" if not log else f"{row['since_last_s']:.1f} s since the last call ended"
    print(f"call {len(log)}: {size / 2**20:.1f} MiB came, {since}; {time.time() - begin:.1f} s here; status {status}", flush=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
