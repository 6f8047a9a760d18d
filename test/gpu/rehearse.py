#!/usr/bin/env python3
"""Goes through a quarter of an hour at a GPU without one, on the stand-ins: rehearse.py --work FOLDER [--pieces FOLDER] [options] [-- options of run.py]

Plans the calls (calls.py), makes them to a machine that enforces the limits of a lent one (rehearsal/lent.py), and brings home what they give back; a
limit that is broken ends it with status 1. With what lies in FOLDER/home from the last time it goes on, as the next loan would. Without --pieces
small ones are made of build/release. --scale shortens all times, for tests.
"""
import argparse
import dataclasses
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import time

import calls
from rehearsal import lent

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RELEASE = ROOT / "build" / "release"
PROGRAMS = ("mindird-builder", "libmindird_trt11.so")
LIBRARIES = ("libcuda.so.1", "libnvinfer.so.11")
STAND_IN_TORCH = HERE / "rehearsal" / "stand_in_torch.py"
# As in pack.mjs.
NOT_PACKED = ("open_batch.py", "calls.py", "rehearse.py")
# Of the machine's time.
STARTING, RESERVE, THINKING = 120, 25, 5


def add_program(tar: tarfile.TarFile, networks: list[str]) -> None:
    for path in HERE.glob("*.py"):
        if path.name not in NOT_PACKED and not path.name.endswith("_test.py"):
            tar.add(path, path.name)
    for name in PROGRAMS:
        # As a link, for it is large; on the true machine it is a file.
        link = tarfile.TarInfo(f"bin/{name}")
        link.type, link.linkname = tarfile.SYMTYPE, str(RELEASE / name)
        tar.addfile(link)
    tar.add(shutil.which("zstd"), "bin/zstd")
    tar.add(STAND_IN_TORCH, "rehearsal/stand_in_torch.py")
    tar.add(ROOT / "test" / "networks" / "index.json", "small/index.json")
    for name in networks:
        for kind in ("mindir", "npz"):
            tar.add(ROOT / "test" / "networks" / f"{name}.{kind}", f"small/{name}.{kind}")
        for packed in (HERE / "networks").glob(f"{name}.*.ir.xz"):
            text = subprocess.run(["xz", "-dc", packed], stdout=subprocess.PIPE, check=True).stdout
            entry = tarfile.TarInfo(f"networks/{packed.stem}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))


def make_pieces(out: pathlib.Path, networks: list[str], piece_bytes: int) -> None:
    """What pack.mjs makes, of the stand-ins, for a few networks, and quickly."""
    out.mkdir(parents=True)
    with tarfile.open(out / "program.tar.xz", "w:xz", preset=0) as tar:
        add_program(tar, networks)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as tar:
        for name in LIBRARIES:
            tar.add(RELEASE / "fake_gpu" / name, f"tensorrt/{name}")
    data = subprocess.run(["zstd", "-q", "-1", "-c"], input=packed.getvalue(), stdout=subprocess.PIPE, check=True).stdout
    for at in range(0, len(data), piece_bytes):
        (out / f"tensorrt.tar.zst.{at // piece_bytes:03}").write_bytes(data[at:at + piece_bytes])
    shutil.copyfile(HERE / "unpack.sh", out / "unpack.sh")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(out.iterdir())]
    (out / "SHA256SUMS").write_text("".join(lines))


def options_of(limits: lent.Limits, scale: float, part_bytes: int) -> list[str]:
    """What call.py has to know of the machine."""
    return [f"--total={limits.total_s}", f"--starting={STARTING / scale}", f"--call-limit={limits.call_s}", f"--reserve={RESERVE / scale}",
            f"--part-bytes={part_bytes}"]


@dataclasses.dataclass
class Rehearsal:
    """One loan: the machine, and what is here."""
    work: pathlib.Path
    pieces: pathlib.Path
    machine: lent.Lent
    scale: float = 1
    part_bytes: int = 16 * lent.MIB
    call_bytes: int = 62 * lent.MIB

    @property
    def home(self) -> pathlib.Path:
        return self.work / "home"

    def call(self, planned: dict) -> int:
        begin = time.monotonic()
        reply = self.machine.run(planned["command"], planned["carry"])
        calls.take_home(reply.files, self.home)
        print(reply.output, end="")
        print(f"-- {planned['bytes'] / lent.MIB:.1f} MiB, status {reply.status}, {time.monotonic() - begin:.1f} s, {reply.left_s:.1f} s left", flush=True)
        # What whoever makes the calls takes to read the answer.
        self.machine.idle(THINKING / self.scale)
        return reply.status

    def go(self, rest: list[str]) -> int:
        """All calls of the plan, the last one as long as there is more to do and time allows some of it; the last status."""
        out = self.work / "calls"
        shutil.rmtree(out, ignore_errors=True)
        self.home.mkdir(parents=True, exist_ok=True)
        most = self.call_bytes - self.machine.always_bytes
        planned = calls.plan(self.pieces, self.home, out, most, "calls", options_of(self.machine.limits, self.scale, self.part_bytes), rest)
        for one in planned[:-1]:
            status = self.call(one)
            if status not in (0, 3):
                return status
        # Where the last piece came, measuring has begun.
        before = -1
        while status == 3 and before < self.items() and self.machine.limits.total_s - self.machine.spent > 2 * RESERVE / self.scale:
            before = self.items()
            status = self.call(planned[-1])
        return status

    def items(self) -> int:
        """How many came home."""
        result = self.home / "result.json"
        return len(json.loads(result.read_text())["items"]) if result.exists() else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--pieces", type=pathlib.Path, help="of pack.mjs --libraries build/release/fake_gpu")
    parser.add_argument("--always-mib", type=float, default=0, help="what travels with each call anyway")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("rest", nargs="*")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    pieces = args.pieces or args.work / "pieces"
    if not pieces.exists():
        make_pieces(pieces, ["lenet5"], lent.MIB)
    rest = args.rest or ["--networks", "lenet5", "--torch-bench", "calls/there/rehearsal/stand_in_torch.py"]
    machine = lent.Lent(args.work, lent.Limits().scaled(args.scale), int(args.always_mib * lent.MIB))
    try:
        status = Rehearsal(args.work, pieces, machine, args.scale).go(rest)
    except (lent.Broken, calls.TooLarge) as broken:
        sys.exit(f"broken: {broken}")
    finally:
        machine.close()
    items = json.loads((args.work / "home" / "result.json").read_text())["items"]
    print(f"{machine.calls} calls, {machine.starts} starts, {machine.spent:.0f} of {machine.limits.total_s:.0f} s, {len(items)} items, status {status}")
    sys.exit(status)


if __name__ == "__main__":
    main()
