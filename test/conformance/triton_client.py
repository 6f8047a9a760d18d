"""Exercises every call of the service with tritonclient[grpc], unmodified.

usage: triton_client.py ADDRESS [--fake] [--tls CA CERTIFICATE KEY]

Without --fake any server will do: each ready model with fixed sizes (unknown sizes become 1 or 3) gets requests with
random inputs, and what must hold for every model is checked. With --fake the models of test/support/serve-fake.ts are
expected and their results checked too. Prints one line per check and exits 1 on the first that fails.
"""

import argparse
import queue

import numpy as np
from checks import check, refused, total
import tritonclient.grpc as triton
from tritonclient.utils import triton_to_np_dtype


def tensor(name, array, dtype):
    result = triton.InferInput(name, array.shape, dtype)
    if dtype == "BF16":  # the client would convert from float32
        result._raw_content = array.tobytes()
    else:
        result.set_data_from_numpy(array)
    return result


def random_array(dtype, shape, seed):
    rng = np.random.default_rng(seed)
    if dtype == "BF16":
        return rng.integers(0, 2**14, shape).astype(np.uint16)
    kind = np.dtype(triton_to_np_dtype(dtype))
    if kind == np.bool_:
        return rng.integers(0, 2, shape).astype(kind)
    if kind.kind in "iu":
        return rng.integers(0, 2, shape).astype(kind)
    return rng.standard_normal(shape).astype(kind)


def server_calls(client):
    check(client.is_server_live(), "server is live")
    check(client.is_server_ready(), "server is ready")
    metadata = client.get_server_metadata(as_json=True)
    check(metadata["name"] == "mindird", f"server metadata: {metadata['name']} {metadata['version']}")
    check("statistics" in metadata["extensions"], "the statistics extension is advertised")
    check(not client.is_model_ready("no such model"), "an unknown model is not ready, without an error")
    refused(lambda: client.get_model_metadata("no such model"), "StatusCode.NOT_FOUND", "Request for unknown model", "metadata of an unknown model")
    refused(lambda: client.get_model_config("no such model"), "StatusCode.NOT_FOUND", "Request for unknown model", "config of an unknown model")
    refused(lambda: client.infer("no such model", []), "StatusCode.NOT_FOUND", "Request for unknown model", "inference with an unknown model")


def ready_models(client):
    index = client.get_model_repository_index(as_json=True)["models"]
    check(len(index) > 0 and all(entry["state"] in ("READY", "LOADING", "UNLOADING", "UNAVAILABLE") for entry in index), f"repository index of {len(index)}")
    return [(entry["name"], entry["version"]) for entry in index if entry["state"] == "READY"]


def inputs_of(metadata, rows, seed):
    made = []
    for spec in metadata.inputs:
        shape = [rows if size == -1 else size for size in spec.shape]
        made.append(tensor(spec.name, random_array(spec.datatype, shape, seed), spec.datatype))
    return made


def statistics(client, name, version):
    return client.get_inference_statistics(name, version).model_stats[0]


def any_model(client, name, version):
    label = f"{name}/{version}"
    check(client.is_model_ready(name, version), f"{label}: ready")
    metadata = client.get_model_metadata(name, version)
    check(version in metadata.versions and len(metadata.outputs) > 0, f"{label}: metadata")
    config = client.get_model_config(name, version).config
    check([i.name for i in config.input] == [i.name for i in metadata.inputs], f"{label}: config agrees with metadata")
    for size, spec in zip(config.input, metadata.inputs):
        dims = list(size.dims) if config.max_batch_size == 0 else [-1, *size.dims]
        check(dims == list(spec.shape), f"{label}: dims of {spec.name} agree with its shape {list(spec.shape)}")
    before = statistics(client, name, version).inference_stats.success.count
    for rows in (1, 3):
        result = client.infer(name, inputs_of(metadata, rows, 7), model_version=version, request_id=f"id-{rows}", parameters={"mindird_times": True})
        reply = result.get_response()
        check(reply.id == f"id-{rows}" and reply.model_version == version, f"{label}: id and version echoed")
        check([o.name for o in reply.outputs] == [o.name for o in metadata.outputs], f"{label}: outputs in order, {rows} row(s)")
        check(all(result.as_numpy(o.name) is not None and list(result.as_numpy(o.name).shape) == list(o.shape) for o in reply.outputs), f"{label}: outputs decode")
        times = {key: value.double_param for key, value in reply.parameters.items()}
        total = times.pop("mindird_total_us")
        check(abs(sum(times.values()) - total) < 0.1, f"{label}: stage times add up to {total:.0f} us")
    last = metadata.outputs[-1].name
    only = client.infer(name, inputs_of(metadata, 1, 7), model_version=version, outputs=[triton.InferRequestedOutput(last)])
    check([o.name for o in only.get_response().outputs] == [last], f"{label}: one requested output")
    after = statistics(client, name, version)
    check(after.inference_stats.success.count == before + 3 and after.inference_stats.compute_infer.ns > 0, f"{label}: statistics count 3 more")
    asynchronous(client, label, name, version, metadata)
    hostile(client, label, name, version, metadata)


def asynchronous(client, label, name, version, metadata):
    done = queue.Queue()
    for seed in range(8):
        client.async_infer(name, inputs_of(metadata, 1, seed), lambda result, error: done.put((result, error)), model_version=version)
    answers = [done.get(timeout=60) for _ in range(8)]
    check(all(error is None for _, error in answers), f"{label}: 8 requests at once")


def hostile(client, label, name, version, metadata):
    good = inputs_of(metadata, 1, 7)
    if good:
        wrong = triton.InferInput("no such input", [1], "FP32")
        wrong.set_data_from_numpy(np.zeros([1], np.float32))
        bad = "StatusCode.INVALID_ARGUMENT"
        refused(lambda: client.infer(name, [*good, wrong], model_version=version), bad, "no such input", f"{label}: an unknown input")
        refused(lambda: client.infer(name, good[1:], model_version=version), bad, metadata.inputs[0].name, f"{label}: a missing input")
        refused(lambda: client.infer(name, [good[0], *good], model_version=version), bad, "twice", f"{label}: an input given twice")
        good[0]._raw_content = good[0]._raw_content[:-1]
        refused(lambda: client.infer(name, good, model_version=version), bad, "bytes of data, want", f"{label}: a byte too few")
        good = inputs_of(metadata, 1, 7)
        refused(lambda: client.infer(name, good, model_version=version, outputs=[triton.InferRequestedOutput("nope")]), bad, "nope", f"{label}: an unknown output")
    refused(lambda: client.infer(name, good, model_version="999999"), "StatusCode.NOT_FOUND", "Request for unknown model", f"{label}: an unknown version")


def fake_models(client):
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    result = client.infer("double", [tensor("x", x, "FP32")])
    check(np.array_equal(result.as_numpy("y"), 2 * x) and result.get_response().model_version == "2", "double: values, highest version")
    sparse = np.array([0, 5, 0, 7], np.float32)
    check(np.array_equal(client.infer("nonzero", [tensor("x", sparse, "FP32")]).as_numpy("y"), [5, 7]), "nonzero: a size that depends on the data")
    dtypes = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64"]
    arrays = {dtype: random_array(dtype, [3], 3) for dtype in dtypes}
    result = client.infer("all", [tensor(f"in_{dtype}", array, dtype) for dtype, array in arrays.items()])
    for index, dtype in enumerate(dtypes):
        raw = result.get_response().raw_output_contents[index]
        check(raw == arrays[dtype].tobytes(), f"all: {dtype} comes back as sent")
    one = tensor("x", np.ones([1], np.float32), "FP32")
    refused(lambda: client.infer("held", [one], client_timeout=0.05), "StatusCode.DEADLINE_EXCEEDED", "", "held: the deadline of the call")
    refused(lambda: client.infer("broken", [one]), "StatusCode.UNAVAILABLE", "broken", "broken: a failed model")
    text = triton.InferInput("x", [1, 4], "BYTES")
    text.set_data_from_numpy(np.array([[b"a", b"b", b"c", b"d"]], dtype=np.object_))
    refused(lambda: client.infer("double", [text]), "StatusCode.INVALID_ARGUMENT", "BYTES", "double: BYTES")
    compressed = client.infer("double", [tensor("x", x, "FP32")], compression_algorithm="gzip")
    check(np.array_equal(compressed.as_numpy("y"), 2 * x), "double: a gzip request")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--fake", action="store_true")
    parser.add_argument("--tls", nargs=3, metavar=("CA", "CERTIFICATE", "KEY"))
    arguments = parser.parse_args()
    ca, certificate, key = arguments.tls or (None, None, None)
    ssl = {"ssl": ca is not None, "root_certificates": ca, "certificate_chain": certificate, "private_key": key}
    with triton.InferenceServerClient(arguments.address, **ssl) as client:
        server_calls(client)
        models = ready_models(client)
        check(len(models) > 0, "at least one model is ready")
        for name, version in models:
            if not (arguments.fake and name == "held"):  # it answers nothing
                any_model(client, name, version)
        check(len(client.get_inference_statistics().model_stats) == len(models), "statistics of all models")
        if arguments.fake:
            fake_models(client)
    total()


main()
