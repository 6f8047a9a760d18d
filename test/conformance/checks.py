"""What the scripts of foreign clients print and count: one line per check, and an end with status 1 at the first that fails."""

import sys

_passed = 0


def check(holds, what):
    global _passed
    print(("ok " if holds else "FAILED ") + what, flush=True)
    if not holds:
        sys.exit(1)
    _passed += 1


def refused(call, status, text, what):
    """Whether a call of tritonclient fails with this status and a message that has `text`."""
    from tritonclient.utils import InferenceServerException

    try:
        call()
    except InferenceServerException as error:
        check(str(error.status()) == status and text in error.message(), f"{what}: {error.status()} {error.message()}")
        return
    check(False, f"{what}: was not refused")


def total():
    print(f"{_passed} checks passed")
