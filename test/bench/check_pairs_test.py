"""Unit tests of check_pairs.py; `python -m unittest check_pairs_test` in this folder. Needs onnx, onnxruntime."""
import importlib.util
import tempfile
import unittest
from pathlib import Path

import numpy as np

MISSING = [m for m in ("onnx", "onnxruntime") if importlib.util.find_spec(m) is None]


@unittest.skipIf(MISSING, "needs " + ", ".join(MISSING))
class CheckPairs(unittest.TestCase):
    def setUp(self):
        import onnx
        from onnx import TensorProto, helper
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "full").mkdir()
        (self.folder / "onnx").mkdir()
        x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2]) for n in "xy")
        graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "twice", [x], [y])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, self.folder / "onnx" / "net.onnx")

    def pair(self, full, onnx):
        for where, (x, y) in (("full", full), ("onnx", onnx)):
            np.savez(self.folder / where / "net.npz", input_0=np.array([x], np.float32),
                     output_0=np.array([y], np.float32))
        import check_pairs
        return check_pairs.largest_difference("net", self.folder)

    def test_equal(self):
        self.assertAlmostEqual(self.pair(([1, 2], [2, 4.001]), ([1, 2], [2, 4.001])), 0.001, places=5)

    def test_other_inputs(self):
        with self.assertRaisesRegex(ValueError, "net: input_0 differs"):
            self.pair(([1, 2], [2, 4]), ([1, 3], [2, 4]))

    def test_other_outputs(self):
        with self.assertRaisesRegex(ValueError, "net: output_0 differs"):
            self.pair(([1, 2], [2, 4]), ([1, 2], [2, 5]))

    def test_other_weights_in_the_onnx_file(self):
        with self.assertRaisesRegex(ValueError, "net: output_0 of ONNX Runtime differs"):
            self.pair(([1, 2], [2, 5]), ([1, 2], [2, 5]))


if __name__ == "__main__":
    unittest.main()
