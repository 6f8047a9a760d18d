"""Methods with stages, called by tritonclient: methods_triton_client.py ADDRESS. Prints how many checks passed."""

import sys

import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

client = triton.InferenceServerClient(sys.argv[1])
checks = 0


def check(found, wanted, what):
    global checks
    good = np.array_equal(found, wanted) if isinstance(wanted, np.ndarray) else found == wanted
    if not good:
        sys.exit(f"{what}: found {found!r}, want {wanted!r}")
    checks += 1


def texts(*values):
    tensor = triton.InferInput("text", [len(values)], "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=np.object_))
    return tensor


reply = client.infer("words:echo", [texts(b"one two", b"three")])
check(reply.as_numpy("first"), np.array([b"one", b"three"], dtype=np.object_), "by the name of the method")
reply = client.infer("words", [texts(b"one two")], parameters={"method": "echo"}, outputs=[triton.InferRequestedOutput("raw")])
check(reply.as_numpy("raw"), np.array([b"one two"], dtype=np.object_), "by a parameter")
check(reply.as_numpy("first"), None, "only what is wanted")
metadata = client.get_model_metadata("words:echo")
check([(t.name, t.datatype, list(t.shape)) for t in metadata.inputs], [("text", "BYTES", [-1])], "its metadata")
check(client.is_model_ready("words:echo"), True, "it is ready")
check(client.is_model_ready("words:none"), False, "another is not")
try:
    client.infer("words:echo", [texts(b"")])
    sys.exit("what a function refuses was answered")
except InferenceServerException as error:
    check((error.status(), "want a text" in error.message()), ("StatusCode.INVALID_ARGUMENT", True), "what a function refuses")

print(f"{checks} checks passed")
