"""What is known of the machine that measures: its GPU, driver and processors, and how busy they are."""
import datetime
import os
import pathlib
import platform
import re
import subprocess


def smi(*options):
    """Standard output of nvidia-smi; empty where there is none or it fails."""
    try:
        return subprocess.run(["nvidia-smi", *options], capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def query(fields):
    """What nvidia-smi says of the first GPU, field by field."""
    lines = smi(f"--query-gpu={fields}", "--format=csv,noheader").splitlines()
    values = lines[0].split(", ") if lines else []
    return dict(zip(fields.split(","), values)) if len(values) == len(fields.split(",")) else {}


def driver_of_kernel(path="/proc/driver/nvidia/version"):
    """The version of the loaded driver, for machines without nvidia-smi."""
    file = pathlib.Path(path)
    found = re.search(r"Kernel Module.*?(\d+\.[\d.]*\d)", file.read_text()) if file.exists() else None
    return found[1] if found else "none"


def processor():
    names = re.findall(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{len(os.sched_getaffinity(0))} × {names[0] if names else platform.machine()}"


def facts():
    found = query("name,driver_version,memory.total")
    cuda = re.search(r"CUDA Version: ([\d.]+)", smi())
    return {"date": datetime.date.today().isoformat(), "cpu": processor(), "python": platform.python_version(), "kernel": platform.release(),
            "gpu": found.get("name", "none"), "gpu_memory": found.get("memory.total", "none"), "driver": found.get("driver_version") or driver_of_kernel(),
            "driver_cuda": cuda[1] if cuda else "none"}


def load():
    """How busy the machine is: the processors' load average, and the GPU's clocks, temperature, power and use."""
    return {"processors": os.getloadavg()[0], **query("utilization.gpu,clocks.sm,clocks.mem,temperature.gpu,power.draw,memory.used")}
