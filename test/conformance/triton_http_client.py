"""Calls every method of tritonclient.http's InferenceServerClient, unmodified, on the models of test/support/served-fakes.ts.

usage: triton_http_client.py ADDRESS

The server loads and unloads by call, and its settings may be changed. Prints one line per check and exits 1 on the first
that fails; so does a public method of the class that no check has called.
"""

import asyncio
import inspect
import os
import sys

import ml_dtypes
import numpy as np
from checks import check, refused, total
import tritonclient.http as triton
import tritonclient.http.aio as aio
from tritonclient.utils import shared_memory as shm
from tritonclient.utils import triton_to_np_dtype

CALLED = set()
DTYPES = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"]


class Counted:
    """Passes every call on to the client and remembers its name."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        CALLED.add(name)
        return getattr(self._client, name)


def tensor(name, array, dtype="FP32", binary=True):
    made = triton.InferInput(name, list(array.shape), dtype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def server_calls(client):
    check(client.is_server_live() and client.is_server_ready(), "live and ready")
    metadata = client.get_server_metadata()
    check("binary_tensor_data" in metadata["extensions"], f"server metadata: {metadata['extensions']}")
    check(client.is_model_ready("double") and client.is_model_ready("double", "1"), "a model is ready")
    check(not client.is_model_ready("nobody") and not client.is_model_ready("broken"), "others are not, without an error")
    index = client.get_model_repository_index()
    check({"name": "broken", "version": "1", "state": "UNAVAILABLE", "reason": "broken/1: not a model"} in index, "the index")
    described = client.get_model_metadata("double", "2")
    check(described["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}], "metadata of a model")
    check(client.get_model_config("double")["input"][0]["dims"] == [4], "configuration of a model")
    for name, call in [("metadata", client.get_model_metadata), ("config", client.get_model_config)]:
        refused(lambda call=call: call("nobody"), "404", "Request for unknown model", f"{name} of an unknown model")


def inference(client):
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    before = client.get_inference_statistics("double", "2")["model_stats"][0]["inference_stats"]["success"]["count"]
    count = 0
    for sent in (True, False):
        for wanted in (True, False):
            for packed in (None, "gzip", "deflate"):
                result = client.infer(
                    "double",
                    [tensor("x", x, binary=sent)],
                    outputs=[triton.InferRequestedOutput("y", binary_data=wanted)],
                    request_id=f"id-{count}",
                    request_compression_algorithm=packed,
                    response_compression_algorithm=packed,
                )
                count += 1
                reply = result.get_response()
                good = np.array_equal(result.as_numpy("y"), 2 * x) and reply["id"] == f"id-{count - 1}" and reply["model_version"] == "2"
                check(good, f"binary in {sent}, out {wanted}, compression {packed}")
    after = client.get_inference_statistics("double", "2")["model_stats"][0]["inference_stats"]["success"]["count"]
    check(after == before + count, f"statistics count {count} more")
    check(client.infer("double", [tensor("x", x)], model_version="1").get_response()["model_version"] == "1", "a version by number")
    check(len(client.get_inference_statistics()["model_stats"]) > 3, "statistics of all models")
    big = np.random.default_rng(1).standard_normal((2000, 4)).astype(np.float32)
    for packed in (None, "gzip", "deflate"):
        result = client.infer("double", [tensor("x", big)], response_compression_algorithm=packed)
        check(np.array_equal(result.as_numpy("y"), 2 * big), f"a reply worth compressing, {packed}")
    requests = [client.async_infer("double", [tensor("x", x + seed)]) for seed in range(8)]
    check(all(np.array_equal(r.get_result().as_numpy("y"), 2 * (x + seed)) for seed, r in enumerate(requests)), "eight at once")
    timed = client.infer("double", [tensor("x", x)], parameters={"mindird_times": True}).get_response()["parameters"]
    total = timed.pop("mindird_total_us")
    check(abs(sum(timed.values()) - total) < 0.1, f"stage times add up to {total:.0f} us")
    body, length = client.generate_request_body([tensor("x", x)])
    check(length is not None and len(body) == length + x.nbytes, "a body made by the client")


def types(client):
    rng = np.random.default_rng(3)
    arrays = {dtype: rng.integers(0, 2, 3).astype(triton_to_np_dtype(dtype)) for dtype in DTYPES}
    inputs = [tensor(f"in_{dtype}", array, dtype, binary=dtype in ("FP16", "INT64")) for dtype, array in arrays.items()]
    inputs.append(tensor("in_BF16", np.array([1, 2, 3], ml_dtypes.bfloat16), "BF16"))
    outputs = [triton.InferRequestedOutput(f"out_{dtype}", binary_data=dtype in ("FP16", "BF16")) for dtype in [*DTYPES, "BF16"]]
    result = client.infer("all", inputs, outputs=outputs)
    for dtype, array in arrays.items():
        check(np.array_equal(result.as_numpy(f"out_{dtype}"), array), f"{dtype} comes back as sent")
    check(np.array_equal(result.as_numpy("out_BF16").astype(np.float32), [1, 2, 3]), "BF16 comes back as sent")
    sparse = np.array([0, 5, 0, 7], np.float32)
    for binary in (True, False):
        result = client.infer("nonzero", [tensor("x", sparse)], outputs=[triton.InferRequestedOutput("y", binary_data=binary)])
        check(np.array_equal(result.as_numpy("y"), [5, 7]), "a size that depends on the data")


def refusals(client):
    x = np.zeros((1, 4), np.float32)
    refused(lambda: client.infer("nobody", [tensor("x", x)]), "404", "Request for unknown model", "an unknown model")
    refused(lambda: client.infer("broken", [tensor("x", x)]), "503", "broken", "a model that failed")
    refused(lambda: client.infer("double", [tensor("z", x)]), "400", 'input "z": the model has no such input', "an unknown input")
    refused(lambda: client.infer("double", [tensor("x", x[:, :3])]), "400", "shape is [1,3]", "a wrong shape")
    refused(lambda: client.infer("double", [tensor("x", x)], sequence_id=5, sequence_start=True), "501", "sequence", "a sequence")
    text = triton.InferInput("x", [1, 4], "BYTES")
    text.set_data_from_numpy(np.array([[b"a", b"b", b"c", b"d"]], dtype=np.object_))
    refused(lambda: client.infer("double", [text]), "400", "BYTES", "BYTES")
    top = [triton.InferRequestedOutput("y", class_count=2)]
    refused(lambda: client.infer("double", [tensor("x", x)], outputs=top), "501", "classification", "classification")


def control(client):
    client.load_model("double")
    client.unload_model("double")
    check(True, "a model is loaded and unloaded")
    refused(lambda: client.load_model("bad"), "422", "cut off", "a model that does not load")
    refused(lambda: client.load_model("double", config="{}"), "501", '"config"', "a configuration by call")
    refused(lambda: client.unload_model("nobody"), "404", "nobody", "an unknown model cannot be unloaded")
    check(client.get_log_settings()["log_verbose_level"] == 0, "settings of the log")
    check(client.update_log_settings({"log_verbose_level": 1})["log_verbose_level"] == 1, "the log level is changed")
    check(client.update_log_settings({"log_verbose_level": None})["log_verbose_level"] == 0, "and taken back")
    refused(lambda: client.update_log_settings({"log_file": "x"}), "501", "log_file", "a setting without meaning here")
    check(client.get_trace_settings()["trace_rate"] == "100", "settings of tracing")
    check(client.get_trace_settings("double")["trace_level"] == ["TIMESTAMPS"], "settings of tracing of a model")
    check(client.update_trace_settings(settings={"trace_rate": "10"})["trace_rate"] == "10", "the sampling is changed")


def shared_memory(client):
    x = np.arange(8, dtype=np.float32).reshape(2, 4)
    key = f"/mindird-http-{os.getpid()}"
    handle = shm.create_shared_memory_region("part", key, 4096)
    try:
        shm.set_shared_memory_region(handle, [x])
        client.register_system_shared_memory("part", key, 4096)
        entry = {"name": "part", "key": key, "offset": 0, "byte_size": 4096}
        check(client.get_system_shared_memory_status() == [entry], "shared memory: the list of regions")
        check(client.get_system_shared_memory_status("part") == [entry], "shared memory: one region")
        inside = triton.InferInput("x", [2, 4], "FP32")
        inside.set_shared_memory("part", x.nbytes)
        target = triton.InferRequestedOutput("y")
        target.set_shared_memory("part", x.nbytes, offset=2048)
        told = client.infer("double", [inside], outputs=[target]).get_output("y")
        check(told == {"name": "y", "datatype": "FP32", "shape": [2, 4]}, f"shared memory: the reply has no data: {told}")
        check(np.array_equal(shm.get_contents_as_numpy(handle, np.float32, [2, 4], 2048), 2 * x), "shared memory: there it is")
        check(np.array_equal(client.infer("double", [inside]).as_numpy("y"), 2 * x), "shared memory: an output in the reply")
        target.set_shared_memory("part", x.nbytes, offset=4096 - 4)
        refused(lambda: client.infer("double", [inside], outputs=[target]), "400", "outside region", "shared memory: a part outside")
        client.unregister_system_shared_memory("part")
        refused(lambda: client.infer("double", [inside]), "400", "not registered", "shared memory: a region that is gone")
        refused(lambda: client.get_system_shared_memory_status("part"), "404", "not registered", "shared memory: the status of one that is gone")
        refused(lambda: client.register_system_shared_memory("r", "/mindird-none", 16), "404", "there is none", "shared memory: an object that is none")
        client.unregister_system_shared_memory()
    finally:
        shm.destroy_shared_memory_region(handle)
    check(client.get_cuda_shared_memory_status() == [], "device memory: no regions")
    client.unregister_cuda_shared_memory()
    refused(lambda: client.register_cuda_shared_memory("r", b"handle", 0, 16), "501", "device memory", "device memory: refused")


async def asynchronous(address):
    async with aio.InferenceServerClient(address) as client:
        check(await client.is_server_live(), "aio: live")
        x = np.ones((2, 4), np.float32)
        made = aio.InferInput("x", [2, 4], "FP32")
        made.set_data_from_numpy(x)
        results = await asyncio.gather(*(client.infer("double", [made]) for _ in range(8)))
        check(all(np.array_equal(result.as_numpy("y"), 2 * x) for result in results), "aio: eight at once")
        check((await client.get_model_metadata("double"))["name"] == "double", "aio: metadata")


def main():
    address = sys.argv[1]
    plain = triton.InferenceServerClient(address, concurrency=8)
    client = Counted(plain)
    server_calls(client)
    inference(client)
    types(client)
    refusals(client)
    control(client)
    shared_memory(client)
    client.close()
    asyncio.run(asynchronous(address))
    public = {name for name, _ in inspect.getmembers(triton.InferenceServerClient, inspect.isfunction) if not name.startswith("_")}
    # These do not ask a server.
    rest = public - CALLED - {"plugin", "register_plugin", "unregister_plugin", "parse_response_body"}
    check(rest == set(), f"every method was called: {sorted(rest)} were not")
    total()


main()
