#!/usr/bin/env python3
"""The calls to a machine with a GPU that is lent for a quarter of an hour, seen from here.

    calls.py plan --pieces FOLDER --home HOME --out CALLS [--mib 62] [-- options of run.py]
                                   a folder for each call, and a line of JSON: what to carry, what to run
    calls.py home FILES HOME       keeps what a call gave back

The calls follow each other at once: a machine that idles is lost, and one that is new has to be given everything again. The last line of the plan is
repeated, without anything to carry, while its exit status is 3 and time is left. HOME keeps the result and what is carried back the next time.
"""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import sys

import parts

MIB = 2**20
# What has to be there before anything else can be done.
FIRST = ("unpack.sh", "SHA256SUMS", "program.tar.xz")
ALWAYS = ("result.json", "calls.jsonl", "verbose.log", "compiled.jsonl")


class TooLarge(Exception):
    """A file does not fit a call, or the first ones do not together."""


def loads(first: list[pathlib.Path], rest: list[pathlib.Path], most: int) -> list[list[pathlib.Path]]:
    """Files for call after call, in order, in as few calls as hold them; `first` all go with the first call."""
    out, room = [list(first)], most - sum(path.stat().st_size for path in first)
    if room < 0:
        raise TooLarge(f"the first call would carry {most - room} bytes, at most {most} may go at once")
    for path in rest:
        size = path.stat().st_size
        if size > most:
            raise TooLarge(f"{path}: {size} bytes, at most {most} may go at once")
        if size > room:
            out.append([])
            room = most
        out[-1].append(path)
        room -= size
    return out


def state_of(home: pathlib.Path) -> list[pathlib.Path]:
    """What was brought home and is carried back: the result, and the parts where they are whole."""
    found = [home / "result.json"] if (home / "result.json").exists() else []
    return found + (sorted(home.glob(f"{parts.NAME}.*")) + [home / parts.INDEX] if parts.read(home) is not None else [])


def command(folder: str, there: str, options: list[str], rest: list[str], number: int | None) -> str:
    """What one call runs, in the folder that what is carried was laid into."""
    call = f'python3 {there}/call.py --out "$OUT"' + (f" --arrived {folder}/{number:02}" if number is not None else "")
    if number == 0:
        return f"sh {folder}/00/unpack.sh {folder}/00 {there}; {call} {shlex.join([*options, '--', *rest])}"
    new = "echo 'this machine is new: begin with the first call' >&2; exit 5"
    return f"[ -e {there}/call.py ] || {{ {new}; }}; {call} {shlex.join([*options, '--', *rest])}"


def plan(pieces: pathlib.Path, home: pathlib.Path, out: pathlib.Path, most: int, folder: str, options: list[str], rest: list[str]) -> list[dict]:
    """Lays the files of each call into a folder of its own below `out`; {carry, command, bytes} of each. `folder` is what `out` is called in a call."""
    names = {path.name for path in pieces.iterdir()}
    missing = [name for name in FIRST if name not in names]
    if missing:
        raise FileNotFoundError(f"{pieces}: has no {', '.join(missing)}")
    tensorrt = sorted(path for path in pieces.iterdir() if path.name.startswith("tensorrt.tar.zst."))
    made = []
    there = f"{folder}/there"
    for number, files in enumerate(loads([pieces / name for name in FIRST] + state_of(home), tensorrt, most)):
        into = out / f"{number:02}"
        into.mkdir(parents=True)
        for path in files:
            os.link(path, into / path.name)
        made.append({"carry": [f"{folder}/{number:02}"], "command": command(folder, there, options, rest, number),
                     "bytes": sum(path.stat().st_size for path in files)})
    return made + [{"carry": [], "command": command(folder, there, options, rest, None), "bytes": 0}]


def take_home(files: pathlib.Path, home: pathlib.Path) -> list[str]:
    """Keeps what a call gave back; the names. Parts replace those of the last time only when they are whole."""
    home.mkdir(parents=True, exist_ok=True)
    kept = [name for name in ALWAYS if (files / name).exists()]
    # Before the parts, which may be damaged.
    for name in kept:
        shutil.copyfile(files / name, home / name)
    if parts.read(files) is not None:
        for old in [*home.glob(f"{parts.NAME}.*"), *home.glob(parts.INDEX)]:
            old.unlink()
        # The index last: without it there are no parts.
        state = [path.name for path in sorted(files.glob(f"{parts.NAME}.*"))] + [parts.INDEX]
        for name in state:
            shutil.copyfile(files / name, home / name)
        kept += state
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    planning = commands.add_parser("plan")
    planning.add_argument("--pieces", type=pathlib.Path, required=True)
    planning.add_argument("--home", type=pathlib.Path, required=True)
    planning.add_argument("--out", type=pathlib.Path, required=True, help="below the folder that calls start in")
    planning.add_argument("--mib", type=float, default=62, help="what one call may carry, less what travels with it anyway")
    planning.add_argument("rest", nargs="*")
    bringing = commands.add_parser("home")
    bringing.add_argument("files", type=pathlib.Path)
    bringing.add_argument("home", type=pathlib.Path)
    args = parser.parse_args()
    try:
        if args.what == "home":
            print(" ".join(take_home(args.files, args.home)))
        else:
            for call in plan(args.pieces, args.home, args.out, int(args.mib * MIB), os.path.relpath(args.out), [], args.rest):
                print(json.dumps(call))
    except (TooLarge, parts.Damaged, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
