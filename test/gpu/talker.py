"""Programs that are started, waited for, and spoken with line by line, none of them beyond a point in time."""
import json
import os
import pathlib
import select
import subprocess
import tempfile
import time

LATE = "took longer than the time that was left"
# What a program may take to end once it has said all.
ENDING_SECONDS = 20


def last_error(text: str) -> str:
    """The line of a program's standard error that says why it failed."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    return (errors or lines or ["no message"])[-1]


def start(command: list, seconds: float, environment: dict | None = None, log: pathlib.Path | None = None) -> tuple[str, str | None]:
    """(standard output, error) of a program that is ended after so many seconds; `log` gets its standard error, also of one that was ended."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=max(0.1, seconds),
                              env={**os.environ, **(environment or {})}, check=False)
    except subprocess.TimeoutExpired as late:
        # Bytes, whatever was asked for.
        if log is not None:
            log.write_bytes(late.stderr or b"")
        return (late.stdout or b"").decode(errors="replace"), LATE
    if log is not None:
        log.write_text(done.stderr)
    return done.stdout, None if done.returncode == 0 else f"exit status {done.returncode}: {last_error(done.stderr)}"


class Talker:
    """A program that answers lines with lines of JSON. What else it prints is passed over."""

    def __init__(self, command: list, environment: dict | None = None):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        env={**os.environ, **(environment or {})})
        self.read = b""
        self.late = False

    def tell(self, line: str = "") -> None:
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, which hear() tells

    def hear(self, seconds: float) -> dict | None:
        """The next answer; None when the program has ended, or is too late, whereupon it is ended."""
        end = time.monotonic() + seconds
        while True:
            line, found, rest = self.read.partition(b"\n")
            if found:
                self.read = rest
                if line.startswith(b"{"):
                    return json.loads(line)
                continue
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                self.late = True
                self.close()
                return None
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                return None
            self.read += more

    def error(self) -> str | None:
        """Why a program that has ended did so; None when it ended well."""
        try:
            status = self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.late = True
        if self.late:
            self.close()
            return LATE
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        return None if status == 0 else f"exit status {status}: {last_error(said)}"

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            try:
                stream.close()
            except BrokenPipeError:
                pass  # the last line was never read
