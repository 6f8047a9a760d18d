"""The sequence of calls on a machine that enforces a lent one's limits, and that the machine does."""
import contextlib
import dataclasses
import io
import json
import pathlib
import tempfile
import time
import unittest

import calls
import rehearse
from rehearsal import lent

KIB = 1024
SCALE = 10
# All sizes a hundredth or less of the true ones.
SMALL = lent.Limits(in_bytes=1024 * KIB, out_bytes=256 * KIB, out_total=1024 * KIB).scaled(SCALE)
BRIEF = ["--networks", "lenet5", "--batches", "1", "--runs", "5", "--least-runs", "2", "--least-seconds", "0", "--warm-up-seconds", "0", "--begin-seconds", "0.2",
         "--torch-bench", "calls/there/rehearsal/stand_in_torch.py"]


PATIENCE = 120


class Patient(rehearse.Rehearsal):
    """Makes its next call when so many networks are compiled by the process that the first call left behind."""
    compiled = 0

    def call(self, planned):
        status = super().call(planned)
        log = self.machine.root / "calls" / "there" / "work" / "compiled.jsonl"
        end = time.monotonic() + PATIENCE
        while self.compiled and (not log.exists() or log.read_text().count("\n") < self.compiled):
            assert time.monotonic() < end, "waited in vain for networks to be compiled"
            time.sleep(0.01)
        self.compiled = 0
        return status


class Machine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = pathlib.Path(folder.name)

    def machine(self, limits=SMALL, **more):
        machine = lent.Lent(self.here, limits, **more)
        self.addCleanup(machine.close)
        return machine


class Sequence(Machine):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        cls.pieces = pathlib.Path(cls.made.name, "pieces")
        rehearse.make_pieces(cls.pieces, ["lenet5"], 800 * KIB)

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def rehearse(self, *more, machine=None, compiled=0, call_bytes=1000 * KIB, part_bytes=1 * KIB):
        """(status, what was printed) of one loan."""
        one = Patient(self.here, self.pieces, machine or self.machine(), SCALE, part_bytes, call_bytes)
        one.compiled = compiled
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = one.go([*BRIEF, *more])
        return status, out.getvalue()

    def result(self):
        return json.loads((self.here / "home" / "result.json").read_text())["items"]

    def test_one_loan_after_the_other(self):
        machine = self.machine()
        status, out = self.rehearse("--precisions", "fp16", machine=machine, compiled=2)
        self.assertEqual((status, machine.starts), (0, 1), out)
        first = self.result()
        self.assertEqual(sorted(first), ["check/lenet5/fp16"] + [f"latency/lenet5/1/fp16/{side}" for side in (
            "tensorrt-enqueue", "tensorrt-graph", "torch-compile", "torch-compile-graphs", "torch-eager")])
        self.assertTrue(all("error" not in item for item in first.values()), first)
        # The pieces took calls of their own, each with the time since the one before.
        log = [json.loads(line) for line in (self.here / "home" / "calls.jsonl").read_text().splitlines()]
        self.assertEqual([row["call"] for row in log], list(range(machine.calls)))
        self.assertGreater(machine.calls, 2)
        self.assertEqual([row["status"] for row in log], [3] * (machine.calls - 1) + [0])
        self.assertTrue(all(row["bytes"] > 0 for row in log) and all(row["since_last_s"] >= 0 for row in log[1:]), log)
        self.assertGreater(len(list((self.here / "home").glob("state.tar.zst.*"))), 1)
        self.assertIn("0 left out", out)
        # The detached process had compiled what was measured then.
        self.assertEqual([first[key]["from_cache"] for key in sorted(first) if "compile" in key], [True, True])

        # What is missing is measured by the next loan, with what was compiled and timed by this one.
        again = ("latency/lenet5/1/fp16/torch-compile", "latency/lenet5/1/fp16/tensorrt-graph")
        kept = {key: item for key, item in first.items() if key not in again}
        (self.here / "home" / "result.json").write_text(json.dumps({"machine": {}, "items": kept}))
        status, out = self.rehearse("--precisions", "fp16")
        self.assertEqual(status, 0, out)
        after = self.result()
        self.assertEqual({key: after[key] for key in kept}, kept)
        self.assertEqual(set(after), set(first))
        self.assertIs(after[again[0]]["from_cache"], True)
        self.assertIn("no kernel measured anew", json.dumps(after[again[1]]))

    def test_what_the_time_does_not_allow_is_left_for_the_next_loan(self):
        status, out = self.rehearse("--begin-seconds", "1000", "--precisions", "fp16")
        self.assertEqual(status, 3, out)
        self.assertEqual(out.count("0 items, 0 failed, 6 left for another call"), 2, out)

    def test_a_plan_for_more_than_may_come_is_refused(self):
        with self.assertRaisesRegex(calls.TooLarge, "at most 409600 may go at once"):
            self.rehearse(call_bytes=400 * KIB)
        with self.assertRaisesRegex(lent.Broken, "bytes come with a call, at most 1048576 may"):
            self.rehearse(call_bytes=2000 * KIB)

    def test_a_file_that_would_not_come_back_is_seen(self):
        machine = self.machine(dataclasses.replace(SMALL, out_bytes=50))
        with self.assertRaisesRegex(lent.Broken, r"^calls\.jsonl: \d+ bytes do not come back, at most 50 do$"):
            self.rehearse(machine=machine)

    def test_a_machine_that_was_lost_says_that_it_is_new(self):
        machine = self.machine()
        planned = calls.plan(self.pieces, self.here / "home", self.here / "calls", 1000 * KIB, "calls", [], BRIEF)
        self.assertEqual(machine.run(planned[0]["command"], planned[0]["carry"]).status, 3)
        machine.idle(SMALL.idle_s * 1.01)
        reply = machine.run(planned[1]["command"], planned[1]["carry"])
        self.assertEqual((reply.status, reply.output, machine.starts), (5, "this machine is new: begin with the first call\n", 2))


class Enforced(Machine):
    def broken(self, why, command, carry=(), limits=SMALL, **more):
        with self.assertRaisesRegex(lent.Broken, why):
            self.machine(limits, **more).run(command, list(carry))

    def test_what_comes(self):
        (self.here / "large").write_bytes(bytes(600 * KIB))
        self.machine(always_bytes=400 * KIB).run("[ -e large ]", ["large"])
        self.broken("bytes come with a call", "true", ["large"], always_bytes=500 * KIB)
        self.broken("9 paths are carried", "true", ["large"] * 9)
        self.broken("the command has 2001 characters", "#" * 2001)

    def test_what_goes(self):
        for why, command in (("9 files are to come back", "for i in 1 2 3 4 5 6 7 8 9; do touch $OUT/$i; done"),
                             ("large: 262145 bytes do not come back", "head -c 262145 /dev/zero > $OUT/large"),
                             ("bytes are to come back", "for i in 1 2 3 4 5; do head -c 220000 /dev/zero > $OUT/$i; done"),
                             ("too deep", "mkdir -p $OUT/a/b/c; touch $OUT/a/b/c/d"), ("odd name", "touch \"$OUT/a b\""), ("a link", "cd $OUT; python3 -c "
                              "'import os; os.symlink(\"a\", \"b\")'")):
            self.broken(why, command)
        reply = self.machine().run("mkdir $OUT/a; touch $OUT/a/b $OUT/c", [])
        self.assertEqual(sorted(path.name for path in reply.files.rglob("*")), ["a", "b", "c"])

    def test_how_long(self):
        limits = lent.Limits().scaled(300)
        self.broken("cut off after", "sleep 60", limits=limits)
        machine = self.machine(limits)
        machine.spent = limits.total_s - limits.start_needs_s + limits.start_s / 10
        with self.assertRaisesRegex(lent.Broken, "too little to start a machine"):
            machine.run("true", [])
        machine.spent = 0
        machine.run("true", [])
        machine.spent = limits.total_s
        with self.assertRaisesRegex(lent.Broken, "was all there was"):
            machine.run("true", [])
        self.assertIsNone(machine.root)

    def test_neither_network_nor_node(self):
        for text in ('import socket; socket.create_connection(("192.0.2.1", 80), 1)', 'import subprocess; subprocess.run(["/usr/bin/node"])'):
            command = f"python3 -c '{text}'"
            self.broken("there is no network, and no Node", command + " 2>/dev/null || true")
        for program in ("node", "curl", "wget", "git"):
            self.assertEqual(self.machine().run(program, []).status, 127, program)

    def test_processes_end_with_their_call_unless_detached_and_all_with_the_machine(self):
        machine = self.machine()
        machine.run("sleep 1000 & setsid sh -c 'touch detached; exec sleep 1001' & until [ -e detached ]; do :; done", [])
        commands = [pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() for pid in machine.processes()]
        self.assertEqual(commands, [b"sleep\0001001\0"])
        root = machine.root
        machine.give_back()
        self.assertEqual(([pid for pid in machine.processes()], root.exists()), ([], False))


if __name__ == "__main__":
    unittest.main()
