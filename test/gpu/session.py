"""The result file and the time that is left."""
import json
import pathlib
import threading
import time


class Session:
    """What is measured is written at once, so that whatever ends the program, all before that is kept. May be used by several threads."""

    def __init__(self, path: pathlib.Path, seconds: float, begin_seconds: float):
        self.path = path
        self.end = time.monotonic() + seconds
        self.begin_seconds = begin_seconds
        self.result = json.loads(path.read_text()) if path.exists() else {"machine": {}, "items": {}}
        self.left_out: set[str] = set()
        self.lock = threading.Lock()

    @property
    def items(self) -> dict:
        return self.result["items"]

    def save(self) -> None:
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.result, indent=1, sort_keys=True) + "\n")
        part.replace(self.path)

    def left(self) -> float:
        return self.end - time.monotonic()

    def lacks(self, key: str) -> bool:
        known = self.items.get(key)
        return known is None or "error" in known

    def wanted(self, key: str) -> bool:
        """Whether an item is to be done now: it is not there, and time enough is left to begin one. What then does not end in time is cut short."""
        if not self.lacks(key):
            return False
        if self.left() >= self.begin_seconds:
            return True
        with self.lock:
            self.left_out.add(key)
        return False

    def leave(self, keys: list[str]) -> None:
        """Items that were begun and cut short."""
        with self.lock:
            self.left_out.update(keys)
            for key in keys:
                print(f"{key}: cut short, left for another call", flush=True)

    def put(self, key: str, value: dict) -> None:
        with self.lock:
            self.items[key] = value
            self.save()
            line = value.get("error") or value.get("verdict") or f"run {value['run_us']['p50']:.1f} us, device {value['device_us']['p50']:.1f} us"
            print(f"{key}: {line}", flush=True)
