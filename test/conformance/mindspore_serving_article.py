"""The article's measurement with MindSpore Serving's own client: twelve requests one after another, the first two not counted.

mindspore_serving_article.py ADDRESS NPZ: the outputs are compared with those of MindSpore. Prints the mean of the ten in milliseconds.
"""

import sys
import time

import numpy as np
from mindspore_serving.client import Client

address, file = sys.argv[1:]
arrays = np.load(file)
client = Client(address, "lenet", "classify")
taken = []
for _ in range(12):
    begin = time.perf_counter()
    replies = client.infer([{"image": image} for image in arrays["input_0"]])
    taken.append((time.perf_counter() - begin) * 1e3)
    found = np.stack([reply["scores"] for reply in replies])
    if not np.allclose(found, arrays["output_0"], rtol=1e-3, atol=1e-4):
        sys.exit(f"differs by {np.abs(found - arrays['output_0']).max()}")
refused = client.__class__(address, "lenet", "from_file").infer([{"image": arrays["input_0"][0]}])
if "servable_config.py:18" not in refused.get("error", ""):
    sys.exit(f"a method with a function: found {refused}")
print(f"mean of ten: {np.mean(taken[2:]):.3f} ms")
