"""One side of `npm run bench:peers` in a process of its own: a peer with its model, or the client of a mindird.

    peer.py onnxruntime MODEL.onnx INPUTS.npz THREADS
    peer.py openvino MODEL.onnx INPUTS.npz THREADS
    peer.py client HOST:PORT MODEL INPUTS.npz
    peer.py raw INPUTS.npz INPUTS_FILE OUTPUTS_FILE      writes the arrays of both kinds one after the other, and ends

The first line it prints is {"ready": ...}. Then each line of input is answered by one, both JSON; between them it sleeps in read().

    {"check": true}                     {"worst": W}      largest error over the largest value, against MindSpore's outputs; an error beyond the tolerance
    {"runs": N, "pause_s": P}           {"ms": [...]}     N runs, P seconds apart; the pauses are not in the times
    the client answers the second with  {"ms": [...], "compute_ms": C}     of requests, and the mean of compute_infer
"""
import gc
import json
import sys
import time

import numpy as np

RTOL, ATOL = 1e-3, 1e-4


def arrays(path, kind):
    """input_0, input_1, … or output_0, … of a file."""
    with np.load(path) as data:
        return [np.ascontiguousarray(data[f"{kind}_{i}"]) for i in range(sum(name.startswith(kind + "_") for name in data.files))]


class Side:
    """What is timed: `run` does it once, `outputs` gives its results."""

    def __init__(self, path):
        self.inputs, self.wanted = arrays(path, "input"), arrays(path, "output")

    def check(self):
        got = self.outputs()
        if len(got) != len(self.wanted):
            raise ValueError(f"{len(got)} outputs, MindSpore has {len(self.wanted)}")
        worst = 0.0
        for i, (have, want) in enumerate(zip(got, self.wanted)):
            if have.shape != want.shape or not np.allclose(have, want, rtol=RTOL, atol=ATOL):
                raise ValueError(f"output_{i} differs from MindSpore's")
            worst = max(worst, float(np.max(np.abs(have - want), initial=0)) / max(float(np.max(np.abs(want), initial=0)), 1e-30))
        return {"worst": worst}

    def timed(self, runs, pause_s=0):
        """Milliseconds of each run."""
        times, clock, run = [], time.perf_counter_ns, self.run
        for _ in range(runs):
            if pause_s:
                time.sleep(pause_s)
            begin = clock()
            run()
            times.append((clock() - begin) / 1e6)
        return {"ms": times}


class OnnxRuntime(Side):
    """T threads inside an operator, one operator at a time, everything else as ONNX Runtime sets it."""

    def __init__(self, model, path, threads):
        super().__init__(path)
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = int(threads), 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        feed = {v.name: a for v, a in zip(session.get_inputs(), self.inputs, strict=True)}
        self.run = self.outputs = lambda: session.run(None, feed)
        self.version = onnxruntime.__version__


class OpenVino(Side):
    """Latency mode in float32; inputs are shared and outputs read where they lie."""

    def __init__(self, model, path, threads):
        super().__init__(path)
        import openvino
        settings = {"INFERENCE_NUM_THREADS": int(threads), "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self.compiled = openvino.Core().compile_model(model, "CPU", settings)
        self.request = self.compiled.create_infer_request()
        if len(self.compiled.inputs) != len(self.inputs):
            raise ValueError(f"{model}: {len(self.compiled.inputs)} inputs, the data has {len(self.inputs)}")
        for i, array in enumerate(self.inputs):
            self.request.set_input_tensor(i, openvino.Tensor(array, shared_memory=True))
        self.run = self.request.infer
        self.version = openvino.__version__.split("-")[0]

    def outputs(self):
        self.run()
        return [np.array(self.request.get_output_tensor(i).data) for i in range(len(self.compiled.outputs))]


class Client(Side):
    """Requests to a server, one after another: the same bytes each time, nothing decoded while it is timed."""

    def __init__(self, address, model, path):
        super().__init__(path)
        import grpc
        from tritonclient.grpc import service_pb2, service_pb2_grpc
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        self.channel = grpc.insecure_channel(address, options)
        self.stub = service_pb2_grpc.GRPCInferenceServiceStub(self.channel)
        self.model, self.pb = model, service_pb2
        metadata = self.stub.ModelMetadata(service_pb2.ModelMetadataRequest(name=model))
        request = service_pb2.ModelInferRequest(model_name=model)
        for declared, array in zip(metadata.inputs, self.inputs, strict=True):
            request.inputs.add(name=declared.name, datatype=declared.datatype, shape=array.shape)
            request.raw_input_contents.append(array.tobytes())
        call, body = self.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", None, None), request.SerializeToString()
        self.run = lambda: call(body)
        self.version = metadata.platform

    def outputs(self):
        reply = self.pb.ModelInferResponse.FromString(self.run())
        raw = zip(reply.outputs, reply.raw_output_contents, self.wanted)
        return [np.frombuffer(content, want.dtype).reshape(tuple(declared.shape)) for declared, content, want in raw]

    def computed(self):
        """(requests, nanoseconds) of compute_infer since the server started."""
        (stats,) = self.stub.ModelStatistics(self.pb.ModelStatisticsRequest(name=self.model)).model_stats
        duration = stats.inference_stats.compute_infer
        return duration.count, duration.ns

    def timed(self, runs, pause_s=0):
        count, nanoseconds = self.computed()
        out = super().timed(runs, pause_s)
        after, later = self.computed()
        if after - count != runs:
            raise RuntimeError(f"{self.model}: compute_infer counted {after - count} of {runs} requests")
        return {**out, "compute_ms": (later - nanoseconds) / runs / 1e6}


def answer(side, order):
    """The answer to one order."""
    if "check" in order:
        return side.check()
    gc.collect()
    gc.disable()
    try:
        return side.timed(**order)
    finally:
        gc.enable()


def write_raw(path, inputs, outputs):
    for kind, target in (("input", inputs), ("output", outputs)):
        with open(target, "wb") as file:
            for array in arrays(path, kind):
                file.write(array.tobytes())


def main(argv):
    kinds = {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "client": Client}
    if argv[0] == "raw":
        return write_raw(*argv[1:])
    side = kinds[argv[0]](*argv[1:])
    print(json.dumps({"ready": side.version}), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(side, json.loads(line))
        except Exception as error:  # whatever it was, the other side says it
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
