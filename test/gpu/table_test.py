"""The table and its verdicts, on results that are made up here: no number below was measured anywhere."""
import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import table
import targets


def made_up_time(p50):
    return {"mean": p50, "stddev": 0.0, "min": p50, "p50": p50, "p99": 1.5 * p50, "max": 2 * p50}


def made_up_item(p50, **more):
    return {"run_us": made_up_time(p50), "dispatch_us": made_up_time(9.0), "device_us": made_up_time(0.8 * p50), "article_us": 1.25 * p50, "runs": 1000,
            "load": {"processors": 0.5}, **more}


def made_up_result():
    """Every figure there is, and every target met: TensorRT takes 100 µs, eager 400, torch.compile 200."""
    items = {}
    for name in targets.NETWORKS:
        items[f"check/{name}/fp32"] = {"outside": 0, "numbers": 20, "cosine": 1.0, "tf32": False}
        items[f"check/{name}/fp16"] = {"outside": 20, "numbers": 20, "cosine": 0.9995, "tf32": False}
        for batch in targets.BATCHES:
            for precision in targets.PRECISIONS:
                stem = f"latency/{name}/{batch}/{precision}"
                own = {"version": "TensorRT 0.made.up", "device": "made-up GPU"}
                torch = {"torch": "0.made.up", "torch_cuda": "0.made", "cudnn": 1, "device": "made-up GPU", "cosine": 0.99999}
                items[f"{stem}/tensorrt-graph"] = made_up_item(100.0, **own)
                items[f"{stem}/tensorrt-enqueue"] = made_up_item(150.0, **own)
                items[f"{stem}/torch-eager"] = made_up_item(400.0, **torch)
                items[f"{stem}/torch-compile"] = made_up_item(300.0, **torch)
                items[f"{stem}/torch-compile-graphs"] = made_up_item(200.0, **torch)
    machine = {"gpu": "made-up GPU", "cpu": "2 × made-up CPU", "driver": "0.0", "driver_cuda": "0.0", "date": "2026-01-01"}
    return {"machine": machine, "items": items}


class Verdicts(unittest.TestCase):
    def setUp(self):
        self.result = made_up_result()
        self.items = self.result["items"]

    def set_time(self, key, p50):
        self.items[key]["run_us"] = made_up_time(p50)

    def states(self):
        return [each.state for each in targets.judge(self.items)]

    def test_all_targets_are_met_by_what_is_made_to_meet_them(self):
        self.assertEqual(self.states(), [targets.MET] * 7)
        self.assertEqual([targets.against_eager(self.items, batch).figures for batch in targets.TIMES_EAGER], ["9 of 9"] * 2)
        self.assertEqual(targets.dispatch(self.items).figures, "54 of 54")

    def test_nothing_measured_meets_nothing_and_misses_nothing(self):
        self.assertEqual({each.state for each in targets.judge({})}, {targets.OPEN})

    def test_one_network_below_what_is_asked_against_eager_misses(self):
        for batch, below, enough in ((1, 299.0, 300.0), (32, 129.0, 130.0)):
            key = f"latency/vgg16/{batch}/fp16/torch-eager"
            self.set_time(key, below)
            self.assertEqual(targets.against_eager(self.items, batch), targets.Verdict(
                f"fp16 at least {enough / 100:g} times as fast as PyTorch eager at batch {batch}, every network", targets.MISSED,
                f"8 of 9, not vgg16 {below / 100:.2f}"))
            self.set_time(key, enough)
            self.assertEqual(targets.against_eager(self.items, batch).state, targets.MET)

    def test_neither_fp32_nor_other_batch_sizes_are_held_to_that(self):
        self.set_time("latency/vgg16/1/fp32/torch-eager", 1.0)
        self.set_time("latency/vgg16/8/fp16/torch-eager", 1.0)
        for batch in (8, 32):
            for name in targets.NETWORKS:
                self.set_time(f"latency/{name}/{batch}/fp16/torch-compile-graphs", 1.0)
        self.assertEqual(self.states(), [targets.MET] * 7)

    def test_two_networks_may_be_slower_than_compile_and_three_may_not(self):
        for name in ("lenet5", "vgg16"):
            self.set_time(f"latency/{name}/1/fp16/torch-compile-graphs", 100.0)
        self.assertEqual(targets.against_compile(self.items).state, targets.MET)
        self.assertEqual("7 of 9, not vgg16 1.00, lenet5 1.00", targets.against_compile(self.items).figures)
        self.set_time("latency/alexnet/1/fp16/torch-compile-graphs", 90.0)
        self.assertEqual(targets.against_compile(self.items).state, targets.MISSED)

    def test_compile_is_the_fastest_of_its_modes(self):
        self.assertEqual(targets.compiled(self.items, "latency/lenet5/1/fp16"), "latency/lenet5/1/fp16/torch-compile-graphs")
        self.items["latency/lenet5/1/fp16/torch-compile-graphs"] = {"error": "made up"}
        self.assertEqual(targets.compiled(self.items, "latency/lenet5/1/fp16"), "latency/lenet5/1/fp16/torch-compile")
        self.items["latency/lenet5/1/fp16/torch-compile-max"] = made_up_item(50.0)
        self.assertEqual(targets.compiled(self.items, "latency/lenet5/1/fp16"), "latency/lenet5/1/fp16/torch-compile-max")

    def test_what_is_missing_is_not_met(self):
        del self.items["latency/lenet5/32/fp16/torch-eager"]
        found = targets.against_eager(self.items, 32)
        self.assertEqual((found.state, found.figures), (targets.OPEN, "8 of 9, 1 not measured"))
        self.assertEqual(targets.against_eager(self.items, 1).state, targets.MET)
        for name in ("lenet5", "vgg16", "alexnet"):
            del self.items[f"latency/{name}/1/fp16/tensorrt-graph"]
        self.assertEqual(targets.against_compile(self.items).state, targets.OPEN)
        self.assertEqual(targets.dispatch(self.items).state, targets.OPEN)

    def test_dispatch_is_judged_everywhere(self):
        self.items["latency/bert_base/32/fp32/tensorrt-graph"]["dispatch_us"] = made_up_time(15.1)
        self.assertEqual(targets.dispatch(self.items), targets.Verdict("host time per inference at most 15 µs with a CUDA graph", targets.MISSED,
                                                                       "53 of 54, not bert_base/32/fp32/tensorrt-graph 15.1 µs"))

    def test_outputs_outside_the_tolerance_miss(self):
        self.items["check/lenet5/fp32"]["outside"] = 1
        self.items["check/lenet5/fp16"]["cosine"] = 0.9989
        self.assertEqual(targets.right_in_fp32(self.items).figures, "8 of 9, not lenet5/fp32 1 of 20 outside")
        self.assertEqual(targets.right_in_fp16(self.items).figures, "8 of 9, not lenet5/fp16 0.99890")
        self.assertEqual(targets.right_in_fp16(self.items).state, targets.MISSED)
        self.items["check/lenet5/fp32"] = {"error": "made up"}
        self.assertEqual(targets.right_in_fp32(self.items).state, targets.MISSED)

    def test_tf32_does_not_count_as_fp32(self):
        self.items["check/lenet5/fp32"]["tf32"] = True
        self.assertEqual(targets.right_in_fp32(self.items).state, targets.MISSED)

    def test_both_sides_have_to_compute_the_same(self):
        self.items["latency/vgg16/1/fp32/torch-eager"]["cosine"] = 0.9
        del self.items["latency/lenet5/1/fp32/torch-eager"]["cosine"]
        self.assertEqual(targets.same_network(self.items), targets.Verdict(
            "PyTorch's fp32 outputs with cosine similarity at least 0.999 to TensorRT's", targets.MISSED,
            "25 of 27, not vgg16/1/fp32/torch-eager 0.90000, lenet5/1/fp32/torch-eager not compared"))


class Table(unittest.TestCase):
    def test_has_a_row_for_what_was_measured(self):
        result = made_up_result()
        text = table.table(result)
        self.assertIn("| resnet50 | 8 | fp16 | 0.100 | 0.150 | 0.125 | 0.150 | 0.400 | 0.500 | 0.200 (graphs) | 4.00 | 2.00 | 9.0 | 0.080 |", text)
        self.assertEqual(text.count("| resnet50 |"), 6)
        self.assertEqual({line.count("|") for line in text.splitlines()[:56]}, {table.HEAD[0].count("|")})
        self.assertIn("made-up GPU, driver 0.0 (CUDA 0.0); 2 × made-up CPU; TensorRT 0.made.up; PyTorch 0.made.up (CUDA 0.made, cuDNN 1); 2026-01-01.", text)
        self.assertIn("p50 of 1000 runs; p99 at most 1.50 × p50 with a CUDA graph; load average at most 0.5.", text)
        self.assertIn("| fp16 faster than torch.compile at batch 1, at least 7 networks | met | 9 of 9 |", text)
        result["items"]["latency/vgg16/8/fp16/torch-eager"]["runs"] = 213
        self.assertIn("p50 of 213 to 1000 runs;", table.table(result))
        self.assertNotIn("No GPU was used", text)

    def test_leaves_empty_what_was_not(self):
        result = made_up_result()
        keep = {key: result["items"][key] for key in ("latency/lenet5/1/fp16/tensorrt-graph", "latency/vgg16/1/fp16/torch-eager")}
        keep["latency/alexnet/1/fp16/torch-eager"] = {"error": "made up"}
        text = table.table({**result, "items": keep})
        self.assertIn("| lenet5 | 1 | fp16 | 0.100 | 0.150 | 0.125 |  |  |  |  |  |  | 9.0 | 0.080 |", text)
        self.assertIn("| vgg16 | 1 | fp16 |  |  |  |  | 0.400 | 0.500 |  |  |  |  |  |", text)
        self.assertNotIn("alexnet | 1", text)

    def test_says_that_no_gpu_was_used(self):
        for device in ("test device on the host (no GPU)", "the CPU (no GPU)"):
            result = made_up_result()
            result["items"]["latency/lenet5/1/fp16/torch-eager"]["device"] = device
            self.assertIn("No GPU was used", table.table(result))


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.result = pathlib.Path(self.folder.name, "made-up.json")
        self.readme = pathlib.Path(self.folder.name, "README.md")
        self.result.write_text(json.dumps(made_up_result()))

    def run_table(self, *more):
        """(exit status, standard output)"""
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["table.py", str(self.result), *more]), contextlib.redirect_stdout(out):
            try:
                table.main()
            except SystemExit as end:
                return end.code, out.getvalue()
        return 0, out.getvalue()

    def test_replaces_what_is_between_the_markers(self):
        begin, end = table.MARKERS
        self.readme.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
        self.assertEqual(self.run_table("--readme", str(self.readme)), (0, ""))
        text = self.readme.read_text()
        self.assertTrue(text.startswith(f"before\n{begin}\n| network |") and text.endswith(f"\n{end}\nafter\n"), text)
        self.assertNotIn("old", text)
        self.readme.write_text("no markers")
        self.assertIn("has no", self.run_table("--readme", str(self.readme))[0])

    def test_strict_fails_unless_all_is_met(self):
        self.assertEqual(self.run_table("--strict")[0], 0)
        changed = copy.deepcopy(made_up_result())
        changed["items"]["check/lenet5/fp16"]["cosine"] = 0.5
        self.result.write_text(json.dumps(changed))
        self.assertEqual(self.run_table("--strict")[0], 1)
        self.assertEqual(self.run_table()[0], 0)


if __name__ == "__main__":
    unittest.main()
