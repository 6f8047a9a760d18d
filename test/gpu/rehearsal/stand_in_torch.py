#!/usr/bin/env python3
"""Stands for torch_bench.py where there is no PyTorch: the same lines, with times that are made up and outputs taken from TensorRT's side.

Compiling takes a moment and leaves a file in PyTorch's cache; a file that is there makes it quick. STAND_IN_TORCH=die@MODE ends it when that mode is asked for.
"""
import hashlib
import json
import os
import pathlib
import shutil
import sys
import time

COMPILING_SECONDS = 0.05
FACTS = {"torch": "0.stand.in", "torch_cuda": None, "cudnn": 0, "device": "the CPU (no GPU)"}


def times(p50: float) -> dict:
    return {"mean": p50, "stddev": 0.0, "min": p50, "p50": p50, "p99": p50, "max": p50}


def compiled(asked: dict) -> bool:
    """Whether the cache had it; it has it afterwards."""
    name = hashlib.sha256(f"{pathlib.Path(asked['network']).name} {asked['precision']} {asked['mode']}".encode()).hexdigest()
    file = pathlib.Path(os.environ["TORCHINDUCTOR_CACHE_DIR"], name[:2], name)
    if file.exists():
        return True
    time.sleep(COMPILING_SECONDS)
    file.parent.mkdir(parents=True, exist_ok=True)
    # As large as a small kernel, and no more alike.
    file.write_bytes(b"".join(hashlib.sha256(f"{name} {i}".encode()).digest() for i in range(24)))
    return False


def answer(asked: dict) -> dict:
    if os.environ.get("STAND_IN_TORCH") == f"die@{asked['mode']}":
        sys.exit("error: told to die")
    row = {"precision": asked["precision"], "layout": "nchw", "layouts_us": {}, **FACTS}
    if asked["mode"] != "eager":
        row.update(prepare_s=COMPILING_SECONDS, compiled_graphs=1, from_cache=compiled(asked))
    if "limits" in asked:
        row.update(runs=asked["limits"]["least_runs"], warm_up_runs=1, article_us=400.0, run_us=times(400.0), dispatch_us=times(300.0), device_us=times(0.0))
    if "outputs" in asked:
        shutil.copyfile(asked["outputs"].replace(".torch.", ".tensorrt."), asked["outputs"])
    return row


def main() -> None:
    print(json.dumps(FACTS), flush=True)
    for line in sys.stdin:
        print("a line that is no answer", flush=True)
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
