"""compare.py against a real server; what MindSpore computes was recorded by MindSpore."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

import compare

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(ROOT, "servables", "digits", "1", "model.mindir")


class Compare(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        words = ["serve", "--repository", os.path.join(ROOT, "servables"), "--cache", cls.folder.name, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        cls.server = subprocess.Popen([compare.PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = cls.server.stdout.readline()
        cls.address = line.split("grpc ")[1].split(",")[0]
        with np.load(os.path.join(ROOT, "test", "fixtures", "digits", "digits_test.npz")) as saved:
            cls.images, cls.logits = saved["images"][:5], saved["logits"][:5]
        cls.inputs = os.path.join(cls.folder.name, "in.npz")
        np.savez(cls.inputs, input_0=cls.images)

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait()
        cls.server.stdout.close()
        cls.folder.cleanup()

    def run_with(self, outputs, *words):
        """Exit status and output, where MindSpore says `outputs`."""
        out = io.StringIO()
        argv = ["compare.py", MODEL, "digits", "--address", self.address, *words]
        with mock.patch.object(sys, "argv", argv), mock.patch.object(compare, "by_mindspore", lambda _, arrays: outputs(arrays)), contextlib.redirect_stdout(out):
            return compare.main(), out.getvalue()

    def test_outputs_that_agree(self):
        code, text = self.run_with(lambda _: [self.logits], "--inputs", self.inputs)
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r"(?m)^logits +float32\[5, 10\] .* yes$")

    def test_a_value_that_differs(self):
        wrong = self.logits.copy()
        wrong[2, 3] += 0.5
        code, text = self.run_with(lambda _: [wrong], "--inputs", self.inputs)
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"(?m)^logits .* 0\.5 .* NO$")

    def test_another_shape_and_another_number_of_outputs(self):
        code, text = self.run_with(lambda _: [self.logits[:4]], "--inputs", self.inputs)
        self.assertEqual(code, 1, text)
        self.assertIn("MindSpore: float32[4, 10]", text)
        with self.assertRaisesRegex(SystemExit, "MindSpore gives 2 outputs, the server 1"):
            self.run_with(lambda _: [self.logits, self.logits], "--inputs", self.inputs)

    def test_random_inputs_have_the_models_types_and_the_shapes_asked_for(self):
        seen = []
        self.run_with(lambda arrays: seen.append(arrays) or [self.logits], "--shape", "image=3,1,32,32")
        self.assertEqual([(one.dtype, one.shape) for one in seen[0]], [(np.float32, (3, 1, 32, 32))])
        with self.assertRaisesRegex(SystemExit, "has no input picture"):
            self.run_with(lambda _: [self.logits], "--shape", "picture=1")


if __name__ == "__main__":
    unittest.main()
