#!/usr/bin/env python3
"""Check that the MindIR and the ONNX file of each network belong together.

    python check_pairs.py FOLDER NAME...

FOLDER/full/NAME.npz holds what MindSpore computed from the MindIR file, FOLDER/onnx/NAME.npz what it
computed from the network the ONNX file was made of. The inputs of both must be equal, and so must the
outputs and ONNX Runtime's outputs for FOLDER/onnx/NAME.onnx, within the networks' tolerance.
"""
import sys
from pathlib import Path

import numpy as np

import onnxruntime

RTOL, ATOL = 1e-3, 1e-4


def largest_difference(name, folder):
    """Largest difference between ONNX Runtime's outputs and the MindIR's; raises if the pair does not match."""
    mindir, network = np.load(folder / "full" / f"{name}.npz"), np.load(folder / "onnx" / f"{name}.npz")
    if sorted(mindir.files) != sorted(network.files):
        raise ValueError(f"{name}: {mindir.files} in full, {network.files} in onnx")
    for key in mindir.files:
        same = np.array_equal if key.startswith("input_") else \
            lambda a, b: np.allclose(a, b, rtol=RTOL, atol=ATOL)
        if not same(mindir[key], network[key]):
            raise ValueError(f"{name}: {key} differs between full and onnx, was the seed the same?")
    session = onnxruntime.InferenceSession(str(folder / "onnx" / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {v.name: mindir[f"input_{i}"] for i, v in enumerate(session.get_inputs())})
    largest = 0.0
    for i, got in enumerate(outputs):
        want = mindir[f"output_{i}"]
        if got.shape != want.shape or not np.allclose(got, want, rtol=RTOL, atol=ATOL):
            raise ValueError(f"{name}: output_{i} of ONNX Runtime differs from MindSpore's")
        largest = max(largest, float(np.abs(got - want).max()))
    return largest


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    folder, failed = Path(sys.argv[1]), False
    for name in sys.argv[2:]:
        try:
            print(f"{name:20} largest difference {largest_difference(name, folder):.2g}", flush=True)
        except (OSError, ValueError) as error:
            failed = True
            print(f"check_pairs: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
