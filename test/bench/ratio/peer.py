"""ONNX Runtime in a process of its own.

The child (this file run as a program) is pinned by its parent, opens one session, and obeys one JSON line
at a time on standard input; between commands it sleeps in read(), so it never runs beside the server's round:
    {"runs": N, "pause_s": P}   N runs, one after another, P seconds apart -> mean milliseconds of a run
    {"outputs": PATH}           one run, its outputs saved as PATH         -> {}
"""
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ratio.machine import pinned


class Peer:
    """Parent's handle on the child."""

    def __init__(self, model, inputs, cores):
        command = [*pinned(cores), sys.executable, "-m", "ratio.peer", str(model), str(inputs), str(len(cores))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True, cwd=Path(__file__).parents[1])
        self.ready = self._read()

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ONNX Runtime's process ended with status {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def open_session(path, threads):
    """A session with `threads` threads inside an operator and everything else as ONNX Runtime sets it."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def timed_runs(run, count, pause_s):
    """Mean milliseconds of `count` runs; the pauses between them are not counted."""
    times = []
    for _ in range(count):
        if pause_s:
            time.sleep(pause_s)
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.fmean(times) * 1e3


def main():
    import numpy as np
    model, inputs, threads = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
    session = open_session(model, threads)
    feed = {v.name: np.ascontiguousarray(inputs[f"input_{i}"]) for i, v in enumerate(session.get_inputs())}

    def run():
        return session.run(None, feed)

    print(json.dumps({"outputs": len(session.get_outputs())}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "outputs" in command:
            np.savez(command["outputs"], **{f"output_{i}": v for i, v in enumerate(run())})
            reply = {}
        else:
            reply = {"mean_ms": timed_runs(run, command["runs"], command.get("pause_s", 0))}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
