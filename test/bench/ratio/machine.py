"""What the machine is and what it is doing: processor, versions, load, time taken by others."""
import importlib.metadata
import os
import platform
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PACKAGES = ("onnxruntime", "numpy", "tritonclient", "grpcio")


def describe():
    """Processor, its vector flags, kernel and package versions."""
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    versions = {"python": platform.python_version()}
    versions.update({name: importlib.metadata.version(name) for name in PACKAGES})
    return {
        "cpu": fields.get("model name", platform.processor()),
        "family": fields.get("cpu family"), "model": fields.get("model"), "stepping": fields.get("stepping"),
        "flags": sorted(f for f in fields.get("flags", "").split() if f.startswith(("avx", "amx", "fma"))),
        "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(), "versions": versions,
    }


def pinned(cores):
    """Command prefix that runs a program on these cores only."""
    return ["taskset", "-c", ",".join(str(c) for c in cores)]


def session_seconds(leader):
    """Processor seconds used so far by every live process in the session that `leader` leads."""
    ticks = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:  # the process ended between the two calls
            continue
        if int(fields[3]) == leader:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def busy_seconds(cores):
    """Seconds the given cores were busy or stolen by the host since boot."""
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *values = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, values[:8])
            ticks += user + nice + system + irq + softirq + steal
    return ticks / TICK
