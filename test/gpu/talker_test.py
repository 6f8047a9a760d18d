"""Programs that are spoken with, those that end too early and those that never do."""
import pathlib
import sys
import tempfile
import unittest

from talker import LATE, Talker, start

ANSWERS = "import sys\nfor line in sys.stdin: print('noise', flush=True); print('{\"heard\": \"' + line.strip() + '\"}', flush=True)\n"
PATIENCE = 60


class Talking(unittest.TestCase):
    def talker(self, text):
        talker = Talker([sys.executable, "-c", text])
        self.addCleanup(talker.close)
        return talker

    def test_answers_are_heard_and_noise_is_not(self):
        talker = self.talker(ANSWERS)
        for word in ("one", "two"):
            talker.tell(word)
            self.assertEqual(talker.hear(PATIENCE), {"heard": word})
        talker.process.stdin.close()
        self.assertIsNone(talker.hear(PATIENCE))
        self.assertIsNone(talker.error())

    def test_one_that_fails_says_why(self):
        talker = self.talker("import sys; print('error: the reason\\nthe rest', file=sys.stderr); sys.exit(3)")
        self.assertIsNone(talker.hear(PATIENCE))
        talker.tell("anybody there?")
        self.assertEqual(talker.error(), "exit status 3: error: the reason")

    def test_one_that_is_late_is_ended(self):
        talker = self.talker("while True: pass")
        self.assertIsNone(talker.hear(0.05))
        self.assertEqual(talker.error(), LATE)
        self.assertIsNotNone(talker.process.poll())


class Starting(unittest.TestCase):
    def test_output_error_and_log(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log")
            self.assertEqual(start([sys.executable, "-c", "import sys; print('out'); print('all of it', file=sys.stderr)"], PATIENCE, log=log), ("out\n", None))
            self.assertEqual(log.read_text(), "all of it\n")
            self.assertEqual(start(["sh", "-c", "echo so far >&2; exec sleep 600"], 0.5, log=log), ("", LATE))
            self.assertEqual(log.read_text(), "so far\n")
        self.assertEqual(start([sys.executable, "-c", "raise SystemExit(7)"], PATIENCE), ("", "exit status 7: no message"))
        self.assertEqual(start([sys.executable, "-c", "while True: pass"], 0.05)[1], LATE)


if __name__ == "__main__":
    unittest.main()
