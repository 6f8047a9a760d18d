"""Methods with stages, called by MindSpore Serving's own client: methods_serving_client.py ADDRESS. Prints how many checks passed."""

import sys

import numpy as np
from mindspore_serving.client import Client

ADDRESS = sys.argv[1]
checks = 0


def check(found, wanted, what):
    global checks
    good = np.array_equal(found, wanted) and getattr(found, "dtype", None) == getattr(wanted, "dtype", None)
    if not good:
        sys.exit(f"{what}: found {found!r}, want {wanted!r}")
    checks += 1


# servable_config.py: two models and a function of labels, each instance a sample.
classify = Client(ADDRESS, "labelled", "classify")
rows = [np.array([1, 3, 2], np.float32), np.array([9, 0, 5], np.float32)]
replies = classify.infer([{"x": row} for row in rows])
check([reply["labels"] for reply in replies], ["dog;horse", "cat;horse"], "labels are str")
check(replies[0]["scores"], np.array([12, 8], np.float32), "scores")
check(replies[1]["raw"], rows[1] * 4, "logits of both models")
check(Client(ADDRESS, "labelled", "classify_best").infer([{"x": rows[0]}])[0]["label"], "dog", "call_postprocess")

# servable_config.mjs: texts and bytes in, texts and bytes out.
echo = Client(ADDRESS, "words", "echo").infer([{"text": "one two"}, {"text": b"\xff\x00"}])
check([reply["first"] for reply in echo], ["one", "\ufffd\0"], "a text")
check([reply["raw"] for reply in echo], [b"one two", b"\xff\x00"], "bytes")
refused = Client(ADDRESS, "words", "echo").infer([{"text": ""}])
check("want a text" in str(refused), True, "what a function refuses is told")

print(f"{checks} checks passed")
