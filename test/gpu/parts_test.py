"""What is brought home in parts and carried back."""
import os
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

import calls
import parts


TIMES, OUTPUTS = "cache/tensorrt.timing", "net.1.fp16.tensorrt.outputs"


class Parts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work, self.home = pathlib.Path(folder.name, "work"), pathlib.Path(folder.name, "home")
        self.home.mkdir()
        self.write(TIMES, 1000)
        self.write("cache/engine.plan", 5000)
        self.write(OUTPUTS, 100)
        self.write("net.32.fp16.tensorrt.outputs", parts.LARGEST_OUTPUTS + 1)
        for age, name in enumerate(("inductor/new", "inductor/of age", "inductor/deep/old")):
            os.utime(self.write(name, 1000), (1_000_000 - age, 1_000_000 - age))
        # The zstd of this machine, which a packed program has beside it.
        patch = mock.patch.object(parts, "zstd", lambda *options: [shutil.which("zstd"), "-q", *options])
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, name, size):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
        return path

    def restored(self):
        """What comes out of the parts: {name: whether it is the file that went in}."""
        to = self.home / "restored"
        self.assertTrue(parts.restore(self.home, to))
        files = {path.relative_to(to): path for path in to.rglob("*") if path.is_file()}
        return {str(name): path.read_bytes() == (self.work / name).read_bytes() for name, path in files.items()}

    def test_times_and_what_was_compiled_come_back(self):
        index = parts.pack(self.work, self.home, part_bytes=1500)
        self.assertEqual((len(index["sha256"]), index["files"], index["left_out"]), (3, 5, 0))
        self.assertLessEqual(max(path.stat().st_size for path in self.home.glob("state.tar.zst.*")), 1500)
        self.assertEqual(self.restored(), dict.fromkeys((TIMES, OUTPUTS, "inductor/new", "inductor/of age", "inductor/deep/old"), True))

    def test_what_does_not_fit_is_left_out_the_oldest_first(self):
        index = parts.pack(self.work, self.home, part_bytes=900)
        self.assertEqual(index["files"] + index["left_out"], 5)
        self.assertIn(index["files"], (2, 3))
        self.assertLessEqual(sum(path.stat().st_size for path in self.home.glob("state.tar.zst.*")), 3 * 900)
        restored = self.restored()
        self.assertTrue(restored.pop(TIMES) and restored.pop(OUTPUTS))
        self.assertIn(restored, ({}, {"inductor/new": True}))

    def test_a_part_that_is_damaged_or_missing_is_told(self):
        self.assertFalse(parts.restore(self.home, self.work))
        parts.pack(self.work, self.home, part_bytes=1500)
        last = self.home / "state.tar.zst.002"
        last.write_bytes(last.read_bytes()[:-1])
        with self.assertRaisesRegex(parts.Damaged, r"state\.tar\.zst\.002: is not what it was"):
            parts.restore(self.home, self.home / "restored")
        last.unlink()
        with self.assertRaisesRegex(parts.Damaged, r"state\.tar\.zst\.002: not there"):
            parts.read(self.home)

    def test_a_result_comes_home_though_a_part_is_damaged(self):
        files = self.home / "files"
        files.mkdir()
        parts.pack(self.work, files, part_bytes=1500)
        (files / "state.tar.zst.000").write_bytes(b"")
        (files / "result.json").write_text("{}")
        with self.assertRaises(parts.Damaged):
            calls.take_home(files, self.home)
        self.assertEqual([path.name for path in self.home.iterdir() if path.is_file()], ["result.json"])

    def test_nothing_to_keep_is_kept(self):
        shutil.rmtree(self.work)
        (self.work / "inductor").mkdir(parents=True)
        self.assertEqual(parts.pack(self.work, self.home)["files"], 0)
        self.assertEqual(self.restored(), {})


if __name__ == "__main__":
    unittest.main()
