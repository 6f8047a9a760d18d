"""What is told of a machine, with a stand-in for nvidia-smi that answers with made-up lines."""
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import machine

SMI = """#!/bin/sh
case "$1" in
  "") echo "| NVIDIA-SMI 1.2.3   Driver Version: 1.2.3   CUDA Version: 45.6 |" ;;
  --query-gpu=name,driver_version,memory.total) echo "made-up GPU, 1.2.3, 1000 MiB"; echo "another, 1.2.3, 1000 MiB" ;;
  *) echo "7 %, 800 MHz, 900 MHz, 30, 70.00 W, 5 MiB" ;;
esac
"""


class Machine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def with_path(self, path):
        return mock.patch.dict(os.environ, {"PATH": f"{path}:/usr/bin:/bin" if path == self.folder else str(path)})

    def test_is_told_by_nvidia_smi(self):
        file = self.folder / "nvidia-smi"
        file.write_text(SMI)
        file.chmod(0o755)
        with self.with_path(self.folder):
            facts, load = machine.facts(), machine.load()
        self.assertEqual([facts[key] for key in ("gpu", "driver", "driver_cuda", "gpu_memory")], ["made-up GPU", "1.2.3", "45.6", "1000 MiB"])
        self.assertEqual((load["clocks.sm"], load["utilization.gpu"]), ("800 MHz", "7 %"))
        self.assertGreaterEqual(load["processors"], 0)

    def test_without_it_is_told_all_the_same(self):
        with self.with_path(self.folder / "empty"):
            facts = machine.facts()
            self.assertEqual(list(machine.load()), ["processors"])
        self.assertEqual((facts["gpu"], facts["driver_cuda"]), ("none", "none"))
        self.assertRegex(facts["cpu"], r"^\d+ × .+")

    def test_the_kernel_knows_the_driver_too(self):
        file = self.folder / "version"
        for kind in ("x86_64 Kernel Module", "Open Kernel Module for x86_64"):
            file.write_text(f"NVRM version: NVIDIA UNIX {kind}  1.2.3  Mon Jan  1 00:00:00 UTC 2026\nGCC version:  gcc 12\n")
            self.assertEqual(machine.driver_of_kernel(file), "1.2.3")
        self.assertEqual(machine.driver_of_kernel(self.folder / "none"), "none")


if __name__ == "__main__":
    unittest.main()
