"""A machine as it is lent, made of a folder of this one: what a call may bring, run and give back, and for how long, is enforced.

Whatever breaks a limit raises Broken, as the true machine would refuse it, cut it off or leave it out without a word. Time is what commands take by the
clock and, added to it, what starting, transfers and idling would take; limits in seconds may be scaled down for tests.
"""
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MIB = 2**20
# What the image has besides Python; neither Node nor anything that fetches.
PROGRAMS = ("sh", "bash", "env", "tar", "sed", "grep", "cat", "mkdir", "touch", "sha256sum", "rm", "mv", "cp", "ls", "readlink", "dirname", "basename", "sleep",
            "head", "tail", "tr", "setsid")
# With which PyTorch compiles, where this machine has them.
COMPILERS = ("cc", "gcc", "g++", "c++", "as", "ld", "openssl", "uname", "ldconfig", "lscpu")
NAME = re.compile(r"[A-Za-z0-9._-]+")
# Loaded by every Python there: connecting to anything but a process of the machine is refused, and told.
GUARD = '''import os, sys
FORBIDDEN = {"node", "npm", "npx", "curl", "wget", "pip", "pip3"}
def guard(event, args):
    outside = event == "socket.getaddrinfo" or (event in ("socket.connect", "socket.sendto") and not isinstance(args[1], (str, bytes)))
    if outside or (event == "subprocess.Popen" and os.path.basename(os.fsdecode(args[0])) in FORBIDDEN):
        with open(os.environ["LENT_BREACHES"], "a") as file:
            file.write(f"{event} {args[:2]}\\n")
        raise OSError("there is no network, and no Node")
sys.addaudithook(guard)
'''


class Broken(Exception):
    """A limit of the machine was broken."""


@dataclasses.dataclass(frozen=True)
class Limits:
    total_s: float = 900
    call_s: float = 600
    idle_s: float = 30
    start_s: float = 90
    start_needs_s: float = 240
    per_call_s: float = 3
    mib_per_s: float = 20
    in_bytes: int = 64 * MIB
    out_files: int = 8
    out_bytes: int = 16 * MIB
    out_total: int = 64 * MIB
    carried: int = 8
    command: int = 2000

    def scaled(self, factor: float) -> "Limits":
        """The same in a time that is shorter by a factor."""
        seconds = {key: value / factor for key, value in dataclasses.asdict(self).items() if key.endswith("_s") and key != "mib_per_s"}
        return dataclasses.replace(self, **seconds, mib_per_s=self.mib_per_s * factor)


@dataclasses.dataclass
class Reply:
    status: int
    output: str
    files: pathlib.Path
    left_s: float


class Lent:
    """`home` is the folder that calls are sent from, `always_bytes` what else of it travels each time; `python` runs as python3 there."""

    def __init__(self, home: pathlib.Path, limits: Limits = Limits(), always_bytes: int = 0, python: str = sys.executable):
        self.home, self.limits, self.always_bytes, self.python = home, limits, always_bytes, python
        self.spent = self.idled = 0.0
        self.root: pathlib.Path | None = None
        self.starts = self.calls = 0
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="mindird-lent-"))

    def processes(self) -> dict[int, int]:
        """{process: its session} of what runs on the machine."""
        mark, out = f"LENT_MACHINE={self.root}\0".encode(), {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if mark in (stat.parent / "environ").read_bytes() and (state := stat.read_text().rpartition(")")[2].split())[0] != "Z":
                    out[int(stat.parent.name)] = int(state[3])
            except OSError:
                continue  # it has ended meanwhile, or is another user's
        return out

    def end_processes(self, session: int | None = None) -> None:
        """Those of a session, or all, until none is left."""
        while found := [pid for pid, its in self.processes().items() if session in (None, its)]:
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.005)

    def idle(self, seconds: float) -> None:
        """Time that passes between calls."""
        self.idled += seconds

    def give_back(self) -> None:
        """The machine is lost, with all that was on it."""
        if self.root is not None:
            self.end_processes()
            shutil.rmtree(self.root)
        self.root = None

    def close(self) -> None:
        self.give_back()
        shutil.rmtree(self.scratch)

    def begin(self) -> None:
        """The machine that this call finds: the one of the last call, or a bare one."""
        if self.root is not None:
            self.spent += min(self.idled, self.limits.idle_s)
            if self.idled > self.limits.idle_s:
                self.give_back()
        self.idled = 0
        if self.root is not None:
            return
        if self.limits.total_s - self.spent < self.limits.start_needs_s:
            raise Broken(f"{self.limits.total_s - self.spent:.1f} s are left, too little to start a machine")
        self.root = self.scratch / f"machine-{self.starts}"
        self.starts += 1
        self.spent += self.limits.start_s
        programs, guard = self.root / ".bin", self.root / ".guard"
        for folder in (programs, guard):
            folder.mkdir(parents=True)
        for name in PROGRAMS + COMPILERS:
            if name in PROGRAMS or shutil.which(name):
                (programs / name).symlink_to(shutil.which(name))
        (programs / "python3").write_text(f'#!/bin/sh\nexec "{self.python}" "$@"\n')
        (programs / "python3").chmod(0o755)
        (guard / "sitecustomize.py").write_text(GUARD)

    def bring(self, carry: list[str]) -> None:
        if len(carry) > self.limits.carried:
            raise Broken(f"{len(carry)} paths are carried, at most {self.limits.carried} may be")
        files = [path for name in carry for path in ([self.home / name] if (self.home / name).is_file() else (self.home / name).rglob("*")) if path.is_file()]
        size = self.always_bytes + sum(path.stat().st_size for path in files)
        if size > self.limits.in_bytes:
            raise Broken(f"{size} bytes come with a call, at most {self.limits.in_bytes} may")
        for name in carry:
            shutil.rmtree(self.root / name, ignore_errors=True)
        for path in files:
            to = self.root / path.relative_to(self.home)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
        self.spent += self.limits.per_call_s + size / MIB / self.limits.mib_per_s

    def take(self, out: pathlib.Path, files: pathlib.Path) -> None:
        """What lies in `out` goes home, if all of it may."""
        found = [path for path in out.rglob("*") if not path.is_dir() or path.is_symlink()]
        odd = [path for path in found if path.is_symlink() or len(path.relative_to(out).parts) > 3 or
               not all(NAME.fullmatch(part) for part in path.relative_to(out).parts)]
        large = [path for path in found if not path.is_symlink() and path.stat().st_size > self.limits.out_bytes]
        total = sum(path.stat().st_size for path in found if not path.is_symlink())
        if odd:
            raise Broken(f"{odd[0].relative_to(out)}: does not come back: a link, too deep, or an odd name")
        if large:
            raise Broken(f"{large[0].relative_to(out)}: {large[0].stat().st_size} bytes do not come back, at most {self.limits.out_bytes} do")
        if len(found) > self.limits.out_files:
            raise Broken(f"{len(found)} files are to come back, at most {self.limits.out_files} do")
        if total > self.limits.out_total:
            raise Broken(f"{total} bytes are to come back, at most {self.limits.out_total} do")
        shutil.copytree(out, files)

    def execute(self, command: str, out: pathlib.Path, seconds: float) -> tuple[int, str]:
        environment = {"PATH": str(self.root / ".bin"), "PYTHONPATH": str(self.root / ".guard"), "OUT": str(out), "LENT_MACHINE": str(self.root),
                       "LENT_BREACHES": str(self.root / ".breaches"), "HOME": str(self.root)}
        with (self.root / ".output").open("w+") as output:
            process = subprocess.Popen(["bash", "-c", command], cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       start_new_session=True)
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = 124
            self.end_processes(process.pid)
            process.wait()
            output.seek(0)
            return status, output.read()

    def run(self, command: str, carry: list[str], timeout_s: float | None = None) -> Reply:
        if len(command) > self.limits.command:
            raise Broken(f"the command has {len(command)} characters, at most {self.limits.command} may it have")
        self.begin()
        self.bring(carry)
        out = self.root / ".out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        seconds = min(timeout_s or self.limits.call_s, self.limits.call_s, self.limits.total_s - self.spent)
        begin = time.monotonic()
        status, output = self.execute(command, out, max(0.0, seconds))
        self.spent += time.monotonic() - begin
        self.calls += 1
        files = self.scratch / f"files-{self.calls}"
        self.take(out, files)
        breaches = self.root / ".breaches"
        if breaches.exists():
            raise Broken(f"there is no network, and no Node: {breaches.read_text().splitlines()[0]}")
        if self.spent >= self.limits.total_s:
            self.give_back()
            raise Broken(f"{self.spent:.1f} s are spent, {self.limits.total_s:.1f} s was all there was")
        if status == 124:
            raise Broken(f"the call was cut off after {seconds:.1f} s")
        return Reply(status, output, files, self.limits.total_s - self.spent)
