"""Calls every method of KServe's Python clients, unmodified, on the models of test/support/served-fakes.ts.

usage: kserve_client.py HTTP_ADDRESS GRPC_ADDRESS

Prints one line per check and exits 1 on the first that fails.
"""

import asyncio
import sys

import httpx
import numpy as np
from checks import check, total
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def request(binary, array=X, name="double", outputs=None, **parameters):
    made = InferInput("x", list(array.shape), "FP32")
    made.set_data_from_numpy(array, binary_data=binary)
    return InferRequest(model_name=name, infer_inputs=[made], request_id="an-id", request_outputs=outputs, parameters=parameters)


async def rest(base):
    client = InferenceRESTClient(config=RESTConfig(protocol="v2", retries=0, timeout=20))
    check(await client.is_server_live(base) and await client.is_server_ready(base), "rest: live and ready")
    check(await client.is_model_ready(base, "double"), "rest: a model is ready")
    try:
        ready = await client.is_model_ready(base, "broken")
    except httpx.HTTPStatusError as error:
        ready = error.response.status_code != 400
    check(not ready, "rest: one that failed is not")
    for sent in (True, False):
        for wanted in (True, False):
            outputs = [RequestedOutput("y", {"binary_data": wanted})]
            reply = await client.infer(base, request(sent, outputs=outputs), model_name="double")
            good = np.array_equal(reply.outputs[0].as_numpy(), 2 * X) and reply.id == "an-id"
            check(good, f"rest: binary in {sent}, out {wanted}")
    plain = await client.infer(base, {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}]}, model_name="double")
    check(list(plain.outputs[0].data) == [2, 4, 6, 8], "rest: a request that is a dict")
    many = await asyncio.gather(*(client.infer(base, request(True, X + seed), model_name="double") for seed in range(8)))
    check(all(np.array_equal(reply.outputs[0].as_numpy(), 2 * (X + seed)) for seed, reply in enumerate(many)), "rest: eight at once")
    for name, status in (("nobody", 404), ("broken", 503)):
        try:
            await client.infer(base, request(False), model_name=name)
        except httpx.HTTPStatusError as error:
            check(error.response.status_code == status and "error" in error.response.json(), f"rest: {name} is {status}")
        else:
            check(False, f"rest: {name} was answered")
    await client.close()


async def grpc(address):
    client = InferenceGRPCClient(address, timeout=20)
    check(await client.is_server_live() and await client.is_server_ready(), "grpc: live and ready")
    check(await client.is_model_ready("double") and not await client.is_model_ready("broken"), "grpc: models are ready, or not")
    for binary in (True, False):
        reply = await client.infer(request(binary))
        check(np.array_equal(reply.outputs[0].as_numpy(), 2 * X) and reply.id == "an-id", f"grpc: raw contents {binary}")
    try:
        await client.infer(request(True, name="nobody"))
    except Exception as error:
        check("Request for unknown model" in str(error), f"grpc: {type(error).__name__} for an unknown model")
    else:
        check(False, "grpc: an unknown model was answered")
    await client.close()


async def main():
    await rest(f"http://{sys.argv[1]}")
    await grpc(sys.argv[2])
    total()


asyncio.run(main())
