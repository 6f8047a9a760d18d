"""Unit tests of ort_ratio.py; `python -m unittest ort_ratio_test` in this folder.

The end-to-end cases need onnx, onnxruntime and tritonclient[grpc]; ONNX Runtime is real, mindird is
ratio/fake_mindird.py, whose engine time is known.
"""
import contextlib
import importlib.util
import io
import json
import os
import shlex
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

from ratio import figures

HERE = Path(__file__).resolve().parent
MISSING = [m for m in ("onnx", "onnxruntime", "tritonclient") if importlib.util.find_spec(m) is None]


def a_round(ours, peer, **other):
    return figures.Round(**{"ours_ms": ours, "peer_ms": peer, "wire_ms": ours, "foreign": 0.0, "server_idle": 0.0,
                            "peer_idle": 0.0, **other})


class Figures(unittest.TestCase):
    def test_ratio_is_the_median_of_round_ratios(self):
        # The machine halves its speed after round 2: both sides double and the ratio stays.
        found = figures.summarise([a_round(1, 1), a_round(1.1, 1), a_round(2.4, 2)])
        self.assertAlmostEqual(found["ratio"], 1.1)
        self.assertAlmostEqual(found["ratio_min"], 1.0)
        self.assertAlmostEqual(found["ratio_max"], 1.2)
        self.assertAlmostEqual(found["ours_ms"], 1.1)
        self.assertAlmostEqual(found["ort_spread"], 1.0)
        self.assertIsNone(found["ratio_paced"])

    def test_paced_ratio_stands_beside_the_ratio(self):
        found = figures.summarise([a_round(2, 1, paced_ms=4), a_round(3, 1, paced_ms=4)])
        self.assertAlmostEqual(found["ratio"], 2.5)
        self.assertAlmostEqual(found["ratio_paced"], 0.625)

    def test_noise_names_each_cause(self):
        quiet = figures.summarise([a_round(1, 1), a_round(1, 1.2)])
        self.assertEqual(figures.noise(quiet, figures.Limits()), [])
        loud = figures.summarise([a_round(1, 1, foreign=0.5, server_idle=0.2, peer_idle=0.3), a_round(1, 2)])
        found = figures.noise(loud, figures.Limits())
        self.assertEqual(len(found), 4)
        self.assertIn("67%, want at most 25%", found[0])
        self.assertEqual(len(figures.noise(loud, figures.Limits(spread=1, foreign=1))), 2)

    def test_markdown(self):
        row = {"net": "lenet5", "threads": 1, "noise": ["x"], **figures.summarise([a_round(1.5, 1)])}
        self.assertEqual(figures.markdown_rows([row]).splitlines()[2],
                         "| lenet5 | 1 | 1.500 | 1.000 | 1.50 | 1.50–1.50 |  | noisy |")
        row = {**row, "ratio_paced": 0.625, "noise": []}
        self.assertTrue(figures.markdown_rows([row]).endswith("| 1.50–1.50 | 0.62 |  |\n"))


@unittest.skipIf(MISSING, "needs " + ", ".join(MISSING))
class EndToEnd(unittest.TestCase):
    def setUp(self):
        import onnx
        from onnx import TensorProto, helper
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4]) for n in "xy")
        graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "twice", [x], [y])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, self.folder / "twice.onnx")
        (self.folder / "twice.mindir").write_bytes(b"not read by the stand-in")
        values = np.arange(4, dtype=np.float32).reshape(1, 4)
        np.savez(self.folder / "twice.npz", input_0=values, output_0=2 * values)

    def run_ratio(self, *more, **environment):
        import ort_ratio
        out = io.StringIO()
        arguments = ["--mindir", str(self.folder), "--onnx", str(self.folder), "--nets", "twice", "--threads", "1",
                     "--rounds", "5", "--seconds", "0.05", "--settle", "0.05", "--max-load", "1e9",
                     "--json", str(self.folder / "out.json"), "--markdown", str(self.folder / "out.md"),
                     "--server", shlex.join([sys.executable, str(HERE / "ratio" / "fake_mindird.py")])]
        paths = {"PYTHONPATH": str(HERE), **environment}
        with mock.patch.dict(os.environ, paths), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = ort_ratio.main([*arguments, *more])
        return status, out.getvalue()

    def test_measures_the_engine_time(self):
        # Rounds this short say nothing about noise, so the verdict may be either; the figures are exact.
        status, out = self.run_ratio()
        self.assertIn(status, (0, 3), out)
        (result,) = json.loads((self.folder / "out.json").read_text())["results"]
        self.assertEqual(len(result["rounds"]), 5)
        self.assertAlmostEqual(result["ours_ms"], 0.25)
        self.assertGreater(result["wire_ms"], 0)
        self.assertGreater(result["ort_paced_ms"], 0)
        for r in result["rounds"]:
            self.assertGreater(r["peer_ms"], 0)
        self.assertLess(min(r["peer_ms"] for r in result["rounds"]), 1000)
        self.assertIn("| twice | 1 | 0.250 |", (self.folder / "out.md").read_text())
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()),
                         ["out.json", "out.md", "twice.mindir", "twice.npz", "twice.onnx"])

    def test_refuses_a_spread_over_the_limit(self):
        status, out = self.run_ratio("--max-spread", "0")
        self.assertEqual(status, 3, out)
        self.assertIn("too noisy to report: twice T=1", out)

    def test_refuses_a_loaded_machine(self):
        status, out = self.run_ratio("--max-load", "-1")
        self.assertEqual(status, 3, out)
        self.assertIn("want at most -1.00", out)

    def test_refuses_wrong_answers(self):
        status, out = self.run_ratio(WRONG_OUTPUT="1")
        self.assertEqual(status, 1, out)
        self.assertIn("mindird: output_0 differs from MindSpore's", out)

    def test_refuses_statistics_that_miss_requests(self):
        status, out = self.run_ratio(LOST_COUNT="1")
        self.assertEqual(status, 1, out)
        self.assertIn("compute_infer counted", out)

    def test_reports_a_server_that_ends(self):
        status, out = self.run_ratio("--server", "echo no engine")
        self.assertEqual(status, 1, out)
        self.assertIn("ended with status 0: no engine serve --repository", out)


if __name__ == "__main__":
    unittest.main()
