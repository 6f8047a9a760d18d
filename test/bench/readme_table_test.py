"""readme_table: the table's cells come from the measured files."""
import unittest

import readme_table


def result(**changes):
    base = {"net": "lenet5", "threads": 1, "ours_ms": 0.02, "ort_ms": 0.04, "ratio": 0.5, "ratio_min": 0.45, "ratio_max": 0.55,
            "ratio_paced": 0.2, "wire_ms": 1.5, "noise": [], "load_before": [0.1, 0.2, 0.3]}
    return {**base, **changes}


RATIO = {"date": "2026-01-02T03:04:05", "machine": {"cpu": "CPU", "cores": 2, "versions": {"x": "1"}}, "results": [result()]}
REPORT = {"threads": 1, "models": [{"name": "lenet5", "runs": [
    {"engine": "native", "ok": True, "article": {"meanEngineMs": 0.3}}, {"engine": "cpu", "ok": True, "article": {"meanEngineMs": 0.03}}]}]}


class TableTest(unittest.TestCase):
    def test_native_and_speed_up_come_from_the_report(self):
        row = readme_table.table(RATIO, [REPORT]).split("\n")[2]
        self.assertEqual(row, "| lenet5 | 1 | 0.300 | 0.020 | 10.0× | 0.040 | 0.50 | 0.45–0.55 | 0.20 | 1.500 |")

    def test_a_row_without_a_report_keeps_its_ratio(self):
        self.assertIn("| lenet5 | 1 |  | 0.020 |  |", readme_table.table(RATIO, []))

    def test_noise_is_said(self):
        noisy = {**RATIO, "results": [result(noise=["load"])]}
        self.assertIn("lenet5 (noisy)", readme_table.table(noisy, []))

    def test_machine_and_load_stand_below(self):
        self.assertIn("CPU, 2 cores; x 1; measured 2026-01-02, 1-minute load 0.10 to 0.10", readme_table.table(RATIO, []))


if __name__ == "__main__":
    unittest.main()
