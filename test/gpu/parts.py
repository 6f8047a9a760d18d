"""What is brought home from a machine with a GPU and carried back the next time, in files of a bounded size.

state.tar.zst.000 and so on hold the times of TensorRT's kernels, its outputs where they are few, and what PyTorch compiled; state.json says how many there are and their checksums, so
that a set is whole or not there. Built engines are not among them: the largest network's is half a gigabyte, and the times rebuild it quickly.
"""
import hashlib
import json
import os
import pathlib
import subprocess

PART_BYTES = 16 * 2**20
# Of the eight files that come back, and of the 64 MiB of all of them: the others are small.
MOST_PARTS = 3
LARGEST_OUTPUTS = 2**19
NAME = "state.tar.zst"
INDEX = "state.json"
HERE = pathlib.Path(__file__).resolve().parent


class Damaged(Exception):
    """A part is missing or not what it was."""


def zstd(*options: str) -> list[str]:
    return [str(HERE / "bin" / "zstd"), "-q", "-T0", *options]


def environment() -> dict:
    """zstd came with the libraries it needs."""
    return {**os.environ, "LD_LIBRARY_PATH": str(HERE / "bin" / "zstd-libraries")}


def worth_keeping(work: pathlib.Path) -> list[pathlib.Path]:
    """Files below the work folder, what saves most for its size first: kernel times, outputs of TensorRT that PyTorch's may still have to be compared with,
    then what was compiled, the newest first."""
    times = sorted(work.glob("cache/*.timing"))
    outputs = [path for path in sorted(work.glob("*.tensorrt.outputs")) if path.stat().st_size <= LARGEST_OUTPUTS]
    compiled = [path for path in (work / "inductor").rglob("*") if path.is_file() and not path.is_symlink()]
    return times + outputs + sorted(compiled, key=lambda path: path.stat().st_mtime, reverse=True)


def compress(work: pathlib.Path, files: list[pathlib.Path]) -> bytes:
    names = "\0".join(str(path.relative_to(work)) for path in files)
    tar = subprocess.run(["tar", "-c", "-C", str(work), "--null", "-T", "-"], input=names.encode(), stdout=subprocess.PIPE, check=True).stdout
    return subprocess.run(zstd("-6", "-c"), input=tar, stdout=subprocess.PIPE, env=environment(), check=True).stdout


def pack(work: pathlib.Path, out: pathlib.Path, part_bytes: int = PART_BYTES, most_parts: int = MOST_PARTS) -> dict:
    """Writes the parts and their index into `out`. What does not fit is left out, from the end, and counted."""
    files = worth_keeping(work)
    kept = len(files)
    data = compress(work, files)
    while len(data) > part_bytes * most_parts:
        # A little less than what would fit if all files compressed alike.
        kept = int(kept * min(0.9, part_bytes * most_parts / len(data) * 0.95))
        data = compress(work, files[:kept])
    parts = [data[at:at + part_bytes] for at in range(0, len(data), part_bytes)]
    index = {"sha256": [hashlib.sha256(part).hexdigest() for part in parts], "files": kept, "left_out": len(files) - kept}
    for i, part in enumerate(parts):
        (out / f"{NAME}.{i:03}").write_bytes(part)
    (out / INDEX).write_text(json.dumps(index) + "\n")
    return index


def read(folder: pathlib.Path) -> bytes | None:
    """The archive whose parts lie in a folder; None where there is none."""
    if not (folder / INDEX).exists():
        return None
    data = []
    for i, wanted in enumerate(json.loads((folder / INDEX).read_text())["sha256"]):
        part = folder / f"{NAME}.{i:03}"
        if not part.exists():
            raise Damaged(f"{part}: not there")
        data.append(part.read_bytes())
        if hashlib.sha256(data[-1]).hexdigest() != wanted:
            raise Damaged(f"{part}: is not what it was, by its checksum")
    return b"".join(data)


def restore(folder: pathlib.Path, work: pathlib.Path) -> bool:
    """Unpacks what a folder has into the work folder; false where it has nothing."""
    data = read(folder)
    if data is None:
        return False
    work.mkdir(parents=True, exist_ok=True)
    tar = subprocess.run(zstd("-d", "-c"), input=data, stdout=subprocess.PIPE, env=environment(), check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(work)], input=tar, check=True)
    return True
