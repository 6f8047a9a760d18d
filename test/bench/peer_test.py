"""peer.py: real ONNX Runtime against a network whose outputs are known, wrong outputs, and the arrays of a file."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

import peer

HERE = Path(__file__).resolve().parent


class PeerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4]) for n in "xy")
        graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "twice", [x], [y])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), self.folder / "twice.onnx")
        self.values = np.arange(4, dtype=np.float32).reshape(1, 4)

    def data(self, factor=2):
        path = self.folder / f"{factor}.npz"
        np.savez(path, input_0=self.values, output_0=factor * self.values)
        return str(path)

    def ask(self, data, *orders):
        """What the process answers, line by line."""
        command = [sys.executable, str(HERE / "peer.py"), "onnxruntime", str(self.folder / "twice.onnx"), data, "1"]
        lines = "".join(json.dumps(order) + "\n" for order in orders)
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_runs_are_timed_one_by_one_and_the_pauses_are_not(self):
        ready, check, runs = self.ask(self.data(), {"check": True}, {"runs": 3, "pause_s": 0.2})
        self.assertTrue(ready["ready"])
        self.assertEqual(check, {"worst": 0})
        self.assertEqual(len(runs["ms"]), 3)
        self.assertLess(min(runs["ms"]), 200)

    def test_wrong_outputs_are_an_error_and_the_process_goes_on(self):
        _, check, runs = self.ask(self.data(3), {"check": True}, {"runs": 1})
        self.assertIn("output_0 differs from MindSpore's", check["error"])
        self.assertEqual(len(runs["ms"]), 1)

    def test_raw_files_hold_the_arrays_one_after_the_other(self):
        path = self.folder / "two.npz"
        np.savez(path, input_1=np.int32([7]), input_0=self.values, output_0=self.values)
        peer.main(["raw", str(path), str(self.folder / "in"), str(self.folder / "out")])
        self.assertEqual((self.folder / "in").read_bytes(), self.values.tobytes() + np.int32([7]).tobytes())
        self.assertEqual((self.folder / "out").read_bytes(), self.values.tobytes())

    def test_the_error_is_of_the_largest_value(self):
        side = peer.Side(self.data())
        side.outputs = lambda: [2 * self.values + np.float32([0, 0, 0, 6e-4])]
        self.assertAlmostEqual(side.check()["worst"], 1e-4, places=5)
        side.outputs = lambda: []
        with self.assertRaisesRegex(ValueError, "0 outputs, MindSpore has 1"):
            side.check()


if __name__ == "__main__":
    unittest.main()
