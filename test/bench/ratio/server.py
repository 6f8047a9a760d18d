"""One mindird process with one model, and a client for it over the Open Inference Protocol."""
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import tritonclient.grpc as triton

from ratio.machine import pinned

LOG_TAIL = 2000
# A server that builds engines first opens its port late: look again soon, not after gRPC's growing pauses.
CHANNEL = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500),
           ("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def free_ports(count):
    """Different TCP ports nobody listens on now, and not of those the system gives to who asks for any."""
    probes = []
    while len(probes) < count:
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", random.randrange(15000, 32768)))
            probes.append(probe)
        except OSError:
            probe.close()
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def make_repository(root, name, model):
    """`root`/NAME/1/model.mindir, as a hard link where the file system allows one."""
    folder = Path(root, name, "1")
    folder.mkdir(parents=True)
    try:
        os.link(model, folder / "model.mindir")
    except OSError:
        shutil.copyfile(model, folder / "model.mindir")
    return Path(root)


class Server:
    """A running mindird; leave the `with` block to stop it."""

    def __init__(self, command, repository, cache, log, cores, start_timeout):
        port, http_port = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self.log, self.start_timeout = Path(log), start_timeout
        arguments = ["serve", "--repository", str(repository), "--cache", str(cache), "--grpc", self.address,
                     "--http", f"127.0.0.1:{http_port}", "--threads", str(len(cores))]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen([*pinned(cores), *command, *arguments], stdout=out,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:  # it has ended by itself
            pass

    def connect(self, model):
        """A client for `model` once it is ready."""
        client = Client(self.address, model)
        deadline = time.monotonic() + self.start_timeout
        while not client.ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"mindird ended with status {self.process.returncode}: {self._tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{model} not ready after {self.start_timeout:.0f} s: {self._tail()}")
            time.sleep(0.1)
        return client

    def _tail(self):
        return self.log.read_text(errors="replace")[-LOG_TAIL:].strip()


class Client:
    """Sends one fixed request again and again and reads the server's own account of it."""

    def __init__(self, address, model):
        self.model = model
        self.stub = triton.InferenceServerClient(address, channel_args=CHANNEL)
        self.inputs = []

    def ready(self):
        try:
            return self.stub.is_model_ready(self.model)
        except triton.InferenceServerException:
            return False

    def prepare(self, arrays):
        """Makes the request from the arrays, in the order of the model's inputs."""
        declared = self.stub.get_model_metadata(self.model).inputs
        if len(declared) != len(arrays):
            raise RuntimeError(f"{self.model}: mindird declares {len(declared)} inputs, the data has {len(arrays)}")
        self.inputs = []
        for tensor, array in zip(declared, arrays):
            self.inputs.append(triton.InferInput(tensor.name, list(array.shape), tensor.datatype))
            self.inputs[-1].set_data_from_numpy(np.ascontiguousarray(array))

    def infer(self):
        """The outputs of one request, in the order the server gives them."""
        answer = self.stub.infer(self.model, self.inputs)
        return [answer.as_numpy(tensor.name) for tensor in answer.get_response().outputs]

    def computed(self):
        """(requests, nanoseconds) of compute_infer since the server started."""
        stats = self.stub.get_inference_statistics(self.model).model_stats
        if len(stats) != 1:
            raise RuntimeError(f"{self.model}: statistics of {len(stats)} versions, want 1")
        duration = stats[0].inference_stats.compute_infer
        return duration.count, duration.ns

    def round(self, requests):
        """Mean milliseconds of `requests` requests: in the engine, and as seen by this client."""
        count, ns = self.computed()
        begin = time.perf_counter()
        for _ in range(requests):
            self.stub.infer(self.model, self.inputs)
        wire = time.perf_counter() - begin
        count_after, ns_after = self.computed()
        if count_after - count != requests:
            raise RuntimeError(f"{self.model}: compute_infer counted {count_after - count} of {requests} requests")
        return (ns_after - ns) / requests / 1e6, wire / requests * 1e3

    def close(self):
        self.stub.close()
