"""The client of `npm run bench:serving`: gRPC's C core, the same bytes to every server, nothing decoded while it is timed.

Reads a JSON object a line and answers each with one; times are seconds of CLOCK_MONOTONIC, latencies milliseconds as float32 in base64.

    {"op": "ready", "address", "models", "limit"}                                  {"at"}
    {"op": "check", "address", "model", "shape"}                                   {}            the identity came back
    {"op": "one_by_one", "address", "model", "shape", "count"}                     {"ms"}
    {"op": "closed", "address", "model", "shape", "concurrency", "seconds"}        {"ms", "wall", "cpu"}
    {"op": "open", "address", "model", "shape", "rate", "seconds", "seed"}         {"ms", "wall", "cpu", "late"}   from the intended start
"""
import base64
import functools
import gc
import json
import socket
import sys
import threading
import time

import grpc
import numpy as np
from tritonclient.grpc import service_pb2 as pb

SERVICE = "/inference.GRPCInferenceService/"
OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1),
           ("grpc.initial_reconnect_backoff_ms", 50), ("grpc.min_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]
PAUSE = 0.002
channels = {}


def channel(address, index=0):
    """Connection `index` to a server, made when it is first asked for."""
    made = channels.setdefault(address, [])
    while len(made) <= index:
        made.append(grpc.insecure_channel(address, OPTIONS))
        grpc.channel_ready_future(made[-1]).result(20)
    return made[index]


def infer(address, index=0):
    """A call that takes and gives bytes."""
    return channel(address, index).unary_unary(SERVICE + "ModelInfer", None, None)


@functools.lru_cache(maxsize=None)
def values(shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


@functools.lru_cache(maxsize=None)
def payload(model, shape):
    """The bytes of a request."""
    request = pb.ModelInferRequest(model_name=model)
    request.inputs.add(name="x", datatype="FP32", shape=shape)
    request.raw_input_contents.append(values(shape).tobytes())
    return request.SerializeToString()


def packed(ms):
    return base64.b64encode(np.asarray(ms, np.float32).tobytes()).decode()


def ready(address, models, limit):
    host, port = address.rsplit(":", 1)
    deadline = time.monotonic() + limit
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
            break
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on {address}") from None
            time.sleep(PAUSE)
    call = channel(address).unary_unary(SERVICE + "ModelReady", pb.ModelReadyRequest.SerializeToString, pb.ModelReadyResponse.FromString)
    for model in models:
        while True:
            try:
                if call(pb.ModelReadyRequest(name=model), timeout=5).ready:
                    break
            except grpc.RpcError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{model} is not ready on {address}")
            time.sleep(PAUSE)
    return {"at": time.monotonic()}


def check(address, model, shape):
    reply = pb.ModelInferResponse.FromString(infer(address)(payload(model, shape)))
    if len(reply.raw_output_contents) != 1 or reply.raw_output_contents[0] != values(shape).tobytes():
        raise ValueError(f"{model} on {address}: the identity came back different")
    return {}


def one_by_one(address, model, shape, count):
    call, body, times = infer(address), payload(model, shape), []
    for _ in range(count):
        begin = time.perf_counter_ns()
        call(body)
        times.append((time.perf_counter_ns() - begin) / 1e6)
    return {"ms": packed(times)}


def measured(work):
    """Runs work, which returns latencies, without garbage collection; wall time, own processor time."""
    gc.collect()
    gc.disable()
    begin, cpu = time.monotonic(), time.process_time()
    try:
        ms = work()
    finally:
        gc.enable()
    return {"ms": packed(ms), "wall": time.monotonic() - begin, "cpu": time.process_time() - cpu}


def closed(address, model, shape, concurrency, seconds):
    """Each of `concurrency` connections has one request out."""
    calls, body = [infer(address, i) for i in range(concurrency)], payload(model, shape)
    times, failures = [[] for _ in calls], []

    def loop(i):
        call, mine, clock = calls[i], times[i], time.perf_counter_ns
        end = clock() + int(seconds * 1e9)
        try:
            while True:
                begin = clock()
                if begin > end:
                    return
                call(body)
                mine.append((clock() - begin) / 1e6)
        except grpc.RpcError as error:
            failures.append(f"{error.code().name}: {error.details()}")

    def work():
        threads = [threading.Thread(target=loop, args=(i,)) for i in range(concurrency)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(f"{model} on {address}: {failures[0]}")
        return np.concatenate([np.asarray(t) for t in times])

    return measured(work)


def open_loop(address, model, shape, rate, seconds, seed):
    """Poisson arrivals over eight connections, timed from the intended start."""
    calls, body = [infer(address, i) for i in range(8)], payload(model, shape)
    arrivals = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, int(rate * seconds * 2) + 10))
    arrivals, late, pending, ms = arrivals[arrivals < seconds], [], [], []

    def work():
        begin = time.perf_counter()
        for i, at in enumerate(arrivals):
            wait = begin + at - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            late.append((time.perf_counter() - begin - at) * 1e3)
            future = calls[i % len(calls)].future(body)
            future.add_done_callback(lambda _, due=begin + at: ms.append((time.perf_counter() - due) * 1e3))
            pending.append(future)
        for future in pending:
            future.result(60)
        while len(ms) < len(pending):
            time.sleep(PAUSE)
        return ms

    return {**measured(work), "late": packed(late)}


OPERATIONS = {"ready": ready, "check": check, "one_by_one": one_by_one, "closed": closed, "open": open_loop}


def answer(line):
    """The answer to one line, as an object."""
    order = json.loads(line)
    if "shape" in order:
        order["shape"] = tuple(order["shape"])
    try:
        return OPERATIONS[order.pop("op")](**order)
    except Exception as error:  # whatever it was, the other side says it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
