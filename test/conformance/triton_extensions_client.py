"""Triton's extensions with tritonclient[grpc], unmodified: the repository by call, streams, shared memory, settings.

usage: triton_extensions_client.py ADDRESS {sync,aio} MODEL

The server controls its repository by call (repository.control: explicit) and has shared memory on. MODEL is a servable of it that is not loaded,
with one input and one output, which its config.pbtxt names. Prints one line per check and exits 1 on the first that fails.
"""

import asyncio
import inspect
import queue
import sys

import numpy as np
from checks import check, total
import tritonclient.grpc as sync_client
import tritonclient.grpc.aio as aio_client
from tritonclient.utils import InferenceServerException
from tritonclient.utils import shared_memory as shm


class Client:
    """Both clients with one face: every call is awaited."""

    def __init__(self, kind, address):
        self.kind = kind
        self.inner = (sync_client if kind == "sync" else aio_client).InferenceServerClient(address)

    async def call(self, name, *args, **kwargs):
        result = getattr(self.inner, name)(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def refused(self, status, text, what, name, *args, **kwargs):
        try:
            await self.call(name, *args, **kwargs)
        except InferenceServerException as error:
            check(error.status() == status and text in error.message(), f"{what}: {error.status()} {error.message()}")
            return
        check(False, f"{what}: was not refused")


async def index_of(client, model):
    entries = (await client.call("get_model_repository_index", as_json=True)).get("models", [])
    return [entry for entry in entries if entry["name"] == model]


async def repository(client, model):
    before = await index_of(client, model)
    for _ in range(600):  # an earlier client may have unloaded it just now
        if before[0]["state"] != "UNLOADING":
            break
        await asyncio.sleep(0.1)
        before = await index_of(client, model)
    check(len(before) == 1 and before[0]["state"] == "UNAVAILABLE" and before[0]["reason"] in ("not loaded", "unloaded"), f"index: {before}")
    check(not await client.call("is_model_ready", model), "the model is not ready")
    await client.call("load_model", model)
    check(await client.call("is_model_ready", model), "load_model: the model is ready")
    check([entry["state"] for entry in await index_of(client, model)] == ["READY"], "index: READY")
    await client.call("load_model", model)
    check(await client.call("is_model_ready", model), "load_model again: it still is")
    await client.refused("StatusCode.NOT_FOUND", "no such servable", "load_model of nobody", "load_model", "nobody")
    await client.refused("StatusCode.UNIMPLEMENTED", "config", "load_model with a config", "load_model", model, config="{}")
    files = {"file:1/model.mindir": b"x"}
    await client.refused("StatusCode.UNIMPLEMENTED", "not supported", "load_model with files", "load_model", model, config="{}", files=files)
    extensions = (await client.call("get_server_metadata", as_json=True))["extensions"]
    wanted = {"model_repository", "system_shared_memory", "trace", "logging"}
    check(wanted <= set(extensions) and not {"sequence", "classification", "cuda_shared_memory"} & set(extensions), f"extensions: {extensions}")


def input_of(metadata, rows, seed):
    spec = metadata.inputs[0]
    shape = [rows if size == -1 else size for size in spec.shape]
    array = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    made = sync_client.InferInput(spec.name, shape, "FP32")
    made.set_data_from_numpy(array)
    return made, array


async def streams(client, model, metadata):
    output = metadata.outputs[0].name
    inputs = [input_of(metadata, 1 + i % 3, i)[0] for i in range(12)]
    plain = [(await client.call("infer", model, [one])).as_numpy(output) for one in inputs]
    asked = [dict(model_name=model, inputs=[one], request_id=str(i)) for i, one in enumerate(inputs)]
    asked.insert(4, dict(model_name="nobody", inputs=[inputs[0]], request_id="wrong"))
    found = []
    if client.kind == "sync":
        answers = queue.Queue()
        client.inner.start_stream(lambda result, error: answers.put((result, error)))
        for one in asked:
            client.inner.async_stream_infer(**one, enable_empty_final_response=True)
        found = [answers.get(timeout=60) for _ in asked]
        client.inner.stop_stream()
    else:

        async def requests():
            for one in asked:
                yield one

        async for answer in client.inner.stream_infer(requests()):
            found.append(answer)
    errors = [error for _, error in found if error is not None]
    check(len(errors) == 1 and "unknown model" in errors[0].message() and found[4][1] is errors[0], f"stream: the failure in its place: {errors}")
    results = [result for result, error in found if error is None]
    check([result.get_response().id for result in results] == [str(i) for i in range(12)], "stream: answers in the order of requests")
    check(all(np.array_equal(a.as_numpy(output), b) for a, b in zip(results, plain)), "stream: the numbers of unary calls")
    final = results[0].get_response().parameters["triton_final_response"].bool_param
    check(final, "stream: each response is said to be the last of its request")


async def shared_memory(client, model, metadata):
    made, array = input_of(metadata, 2, 99)
    output = metadata.outputs[0].name
    plain = (await client.call("infer", model, [made])).as_numpy(output)
    name = f"/mindird-client-{client.kind}"
    handle = shm.create_shared_memory_region("part", name, 65536)
    try:
        shm.set_shared_memory_region(handle, [array])
        await client.call("register_system_shared_memory", "part", name, 65536)
        status = await client.call("get_system_shared_memory_status", as_json=True)
        check(status["regions"]["part"]["byte_size"] == "65536", f"shared memory: {status}")
        inside = sync_client.InferInput(made.name(), list(array.shape), "FP32")
        inside.set_shared_memory("part", array.nbytes)
        target = sync_client.InferRequestedOutput(output)
        target.set_shared_memory("part", plain.nbytes, offset=32768)
        result = await client.call("infer", model, [inside], outputs=[target])
        check(result.get_output(output).parameters["shared_memory_region"].string_param == "part", "shared memory: the response names the region")
        check(np.array_equal(shm.get_contents_as_numpy(handle, np.float32, plain.shape, 32768), plain), "shared memory: the numbers of a plain call")
        target.set_shared_memory("part", plain.nbytes, offset=65536 - 4)
        await client.refused("StatusCode.INVALID_ARGUMENT", "outside region", "shared memory: a part outside", "infer", model, [inside], outputs=[target])
        await client.call("unregister_system_shared_memory", "part")
        await client.refused("StatusCode.INVALID_ARGUMENT", "not registered", "shared memory: a region that is gone", "infer", model, [inside])
        await client.refused("StatusCode.NOT_FOUND", "there is none", "shared memory: an object that is none", "register_system_shared_memory", "x", "/mindird-none", 4)
        await client.call("unregister_system_shared_memory")
    finally:
        shm.destroy_shared_memory_region(handle)
    check((await client.call("get_cuda_shared_memory_status", as_json=True)).get("regions", {}) == {}, "device memory: no regions")
    await client.call("unregister_cuda_shared_memory")
    await client.refused("StatusCode.UNIMPLEMENTED", "device memory", "device memory: refused", "register_cuda_shared_memory", "x", b"", 0, 4)


async def settings(client, model):
    levels = await client.call("get_log_settings", as_json=True)
    check(levels["settings"]["log_info"] == {"bool_param": True}, f"log settings: {sorted(levels['settings'])}")
    changed = await client.call("update_log_settings", {"log_verbose_level": 1}, as_json=True)
    check(changed["settings"]["log_verbose_level"] == {"uint32_param": 1}, "log settings: verbose")
    await client.call("update_log_settings", {"log_verbose_level": 0})
    await client.refused("StatusCode.UNIMPLEMENTED", "log_file", "log settings: a file", "update_log_settings", {"log_file": "/tmp/x"})
    traces = await client.call("get_trace_settings", model_name=model, as_json=True)
    check(traces["settings"]["trace_level"] == {"value": ["OFF"]}, "trace settings: off")
    await client.refused("StatusCode.UNIMPLEMENTED", "tracing is off", "trace settings: a rate", "update_trace_settings", settings={"trace_rate": "2"})


async def refusals(client, model, metadata):
    made, _ = input_of(metadata, 1, 1)
    await client.refused("StatusCode.UNIMPLEMENTED", "sequence_", "a sequence", "infer", model, [made], sequence_id=5, sequence_start=True)
    classes = sync_client.InferRequestedOutput(metadata.outputs[0].name, class_count=3)
    await client.refused("StatusCode.UNIMPLEMENTED", "classification", "classification", "infer", model, [made], outputs=[classes])


async def main():
    address, kind, model = sys.argv[1:]
    client = Client(kind, address)
    await repository(client, model)
    metadata = await client.call("get_model_metadata", model)
    check((metadata.inputs[0].name, metadata.outputs[0].name) == ("image", "logits"), "the names of config.pbtxt")
    await streams(client, model, metadata)
    await shared_memory(client, model, metadata)
    await settings(client, model)
    await refusals(client, model, metadata)
    await client.call("unload_model", model)
    check(not await client.call("is_model_ready", model), "unload_model: the model is not ready")
    await client.call("close")
    total()


asyncio.run(main())
