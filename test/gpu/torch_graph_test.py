"""The torch side without PyTorch: reading structures, making their constants, and the function made of a network."""
import pathlib
import unittest

import numpy as np

import engine
import structure
import targets
import torch_graph

HERE = pathlib.Path(__file__).resolve().parent

TEXT = """graph g(x: f32[1,3], ids: i32[1,2], mask: i32[1,2]) -> (y, z) {
  w = const f32[4,3] @uniform(-0.5,0.25)
  h = MatMul(x, w) {transpose_a=false, transpose_b=true} : f32[1,4]
  b = const f32[4] = {1, 2, 3, 4}
  y = Binary(h, b) {kind=add} : f32[1,4]
  t = const f32[50,4] @uniform(-1,1)
  flat = Reshape(ids) {shape=[2]} : i32[2]
  e = Gather(t, flat) {axis=0, batch_dims=0} : f32[2,4]
  m = Cast(mask) {to=f32} : f32[1,2]
  z = Reshape(e) {shape=[1,2,4]} : f32[1,2,4]  # Default/Reshape-op0
}
"""


class Constants(unittest.TestCase):
    def test_are_those_of_the_other_implementation(self):
        # native/ops/structure_test.cc has the same numbers.
        values = structure.uniform("w", (3, 4), -0.5, 0.25).ravel()
        self.assertEqual([float(v) for v in values[:4]], [0.1727907359600067, 0.0844096690416336, -0.4969620108604431, -0.3867284655570984])

    def test_fill_their_range(self):
        values = structure.uniform("other", (10000,), 2.0, 3.0)
        self.assertTrue(2.0 <= values.min() < 2.01 and 2.99 < values.max() <= 3.0)
        self.assertAlmostEqual(float(values.mean()), 2.5, delta=0.02)


class Source(unittest.TestCase):
    def test_is_one_call_for_a_layer(self):
        text, constants = torch_graph.source(structure.parse(TEXT))
        self.assertEqual(text.splitlines(), [
            "def forward(self, x0, x1, x2):",
            "    x0 = x0.to(self.number)",
            "    v0 = F.linear(x0, self.c0)",
            "    v1 = v0 + self.c1",
            "    v2 = x1.reshape([2])",
            "    v3 = F.embedding(v2, self.c2)",
            "    v4 = x2.to(self.number)",
            "    v5 = v3.reshape([1, 2, 4])",
            "    return v1, v5,"])
        self.assertEqual(constants, {"c0": "w", "c1": "b", "c2": "t"})

    def test_padding_on_one_side_is_a_step_of_its_own(self):
        call = torch_graph.pool(["x"], {"kind": "max", "kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "pad_begin": [0, 0],
                                        "pad_end": [1, 2], "ceil_mode": False}, None)
        self.assertEqual(call, "F.max_pool2d(F.pad(x, [0, 2, 0, 1], value=-math.inf), [3, 3], [2, 2], [0, 0], [1, 1], False)")

    def test_unknown_operators_are_refused(self):
        for line in ("  y = Sort(x) {axis=0} : f32[1,3]", "  y = Cast(x) {to=f64} : f64[1,3]"):
            with self.assertRaises(NotImplementedError):
                torch_graph.source(structure.parse(f"graph g(x: f32[1,3]) -> (y) {{\n{line}\n}}\n"))

    def test_every_packed_network_has_one(self):
        files = sorted((HERE / "networks").glob("*.ir.xz"))
        self.assertEqual({tuple(file.name.split(".")[:2]) for file in files}, {(name, batch) for name in targets.NETWORKS for batch in ("1", "8", "32")})
        for file in files:
            graph = structure.read(file)
            compile(torch_graph.source(graph)[0], file.name, "exec")
            for kind in graph.inputs.values():
                self.assertEqual(kind.shape[0], int(file.name.split(".")[1]), file.name)


class Inputs(unittest.TestCase):
    def test_select_rows_that_exist(self):
        graph = structure.parse(TEXT)
        self.assertEqual(structure.integer_range(graph, "ids"), 50)
        x, ids, mask = structure.make_inputs(graph)
        self.assertEqual((x.dtype, ids.dtype, ids.shape), (np.float32, np.int32, (1, 2)))
        self.assertTrue(0 <= ids.min() and ids.max() < 50)
        self.assertTrue((mask == 1).all())


class Agreement(unittest.TestCase):
    def test_counts_what_is_outside_the_tolerance(self):
        wanted = [np.array([[1.0, 2.0]], np.float32), np.array([4.0], np.float32)]
        self.assertEqual(engine.agreement(np.array([1.0, 2.0, 4.0], np.float32), wanted, 1e-3, 1e-4)["outside"], 0)
        found = engine.agreement(np.array([1.0, 2.1, np.nan], np.float32), wanted, 1e-3, 1e-4)
        self.assertEqual(found["outside"], 2)
        self.assertIn("error", engine.agreement(np.array([1.0], np.float32), wanted, 1e-3, 1e-4))


if __name__ == "__main__":
    unittest.main()
