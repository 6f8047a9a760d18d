"""MindSpore Serving's own client against a server: mindspore_serving_client.py ADDRESS [CA [CERTIFICATE KEY]]. Prints how many checks passed."""

import sys

import numpy as np
from mindspore_serving import client as serving

ADDRESS, *PEM = sys.argv[1:]
SSL = serving.SSLConfig(custom_ca=PEM[0], certificate=(PEM + [None])[1], private_key=(PEM + [None, None])[2]) if PEM else None
checks = 0


def Client(*arguments, **more):
    return serving.Client(*arguments, ssl_config=SSL, **more)


def check(found, wanted, what):
    global checks
    if isinstance(wanted, np.ndarray):
        good = isinstance(found, np.ndarray) and found.dtype == wanted.dtype and np.array_equal(found, wanted)
    else:
        good = found == wanted
    if not good:
        sys.exit(f"{what}: found {found!r}, want {wanted!r}")
    checks += 1


def failed(reply, words, what):
    text = reply.get("error", "") if isinstance(reply, dict) else str(reply)
    if not all(word in text for word in words):
        sys.exit(f"{what}: found {reply!r}, want {words}")
    check(True, True, what)


row = np.arange(3, dtype=np.float32)

# Instances without the batch dimension, each with its answer.
client = Client(ADDRESS, "rows", "predict")
replies = client.infer([{"x": row}, {"x": row + 1}, {"x": row + 2}])
check(len(replies), 3, "three answers")
for index, reply in enumerate(replies):
    check(reply["y"], (row + index) * 2, f"answer {index}")
check(client.infer({"x": row})[0]["y"], row * 2, "one instance")
check(client.infer_async([{"x": row}]).result()[0]["y"], row * 2, "asynchronously")
check(Client(ADDRESS, "rows", "predict", version_number=1).infer([{"x": row}])[0]["y"], row * 2, "a version")

# A method with names of its own.
named = Client(ADDRESS, "rows", "double_common")
check(named.infer([{"value": row}])[0]["twice"], row * 2, "its names")

# Every element type.
for name, dtype in [
    ("bool", np.bool_), ("int8", np.int8), ("uint8", np.uint8), ("int16", np.int16), ("uint16", np.uint16), ("int32", np.int32),
    ("uint32", np.uint32), ("int64", np.int64), ("uint64", np.uint64), ("float16", np.float16), ("float64", np.float64),
]:
    value = np.array([0, 1, 1], dtype)
    check(Client(ADDRESS, f"copy_{name}", "predict").infer([{"x": value}])[0]["y"], value, name)
check(Client(ADDRESS, "copy_scalar", "predict").infer([{"x": 7}])[0]["y"], np.array([7], np.int64), "a number of Python's")

# Failures are in the reply: of one instance among others, and of all.
replies = client.infer([{"x": row}, {"z": row}, {"x": row.astype(np.float64)}, {"x": row[:2]}, {"x": row}])
check(replies[0]["y"], row * 2, "a good one before")
failed(replies[1], ['input "x": missing'], "a missing argument")
failed(replies[2], ["FP64", "FP32"], "another type")
failed(replies[3], ["shape is"], "another shape")
check(replies[4]["y"], row * 2, "a good one behind")
failed(client.infer([{"z": row}]), ['input "x": missing'], "all of them")
failed(client.infer([{"x": "text"}]), ["MS_STRING"], "a string")
failed(client.infer([{"x": b"bytes"}]), ["MS_BYTES"], "bytes")
failed(client.infer([]), ["instances: none"], "none")
failed(Client(ADDRESS, "nobody", "predict").infer([{"x": row}]), ["is not available"], "a servable")
failed(Client(ADDRESS, "rows", "predict", version_number=9).infer([{"x": row}]), ["is not available"], "a version that is not there")
failed(Client(ADDRESS, "rows", "other").infer([{"x": row}]), ['method "other" is not available', "double_common"], "a method that is not there")

# A model whose batch is fixed: instances fill it, the last repeated.
fixed = Client(ADDRESS, "fixed", "predict")
replies = fixed.infer([{"x": row + index} for index in range(6)])
for index, reply in enumerate(replies):
    check(reply["y"], (row + index) * 2, f"fixed batch, {index}")
whole = np.stack([row, row, row, row])
check(fixed.infer([{"x": whole}])[0]["y"], whole * 2, "the whole batch in one instance")

# A model whose first dimension is not that of samples.
shaped = Client(ADDRESS, "shaped", "predict")
check(shaped.infer([{"x": whole}])[0]["y"], whole * 2, "the model's own shape")
failed(shaped.infer([{"x": row}]), ["shape is [3], want [4,3]"], "a row of it")

print(f"{checks} checks passed")
