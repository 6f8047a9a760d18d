"""A stand-in for mindird in ort_ratio_test.py: serves y = 2 x for the one model of its repository.

Takes the arguments of `mindird serve`. Reports ENGINE_NS nanoseconds of compute_infer for each request, so the
test knows what must come out; WRONG_OUTPUT in the environment makes it answer y = 3 x, LOST_COUNT makes it
count only every other request.
"""
import argparse
import os
import signal
import sys
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

ENGINE_NS = 250_000


class Service(service_pb2_grpc.GRPCInferenceServiceServicer):
    """The calls that ort_ratio.py makes."""

    def __init__(self, model):
        self.model, self.requests = model, 0
        self.factor = 3 if "WRONG_OUTPUT" in os.environ else 2
        self.counted = 0.5 if "LOST_COUNT" in os.environ else 1

    def ModelReady(self, request, context):
        return service_pb2.ModelReadyResponse(ready=request.name == self.model)

    def ModelMetadata(self, request, context):
        shape = {"name": "x", "datatype": "FP32", "shape": [1, 4]}
        return service_pb2.ModelMetadataResponse(name=self.model, inputs=[shape])

    def ModelStatistics(self, request, context):
        count = int(self.requests * self.counted)
        duration = {"count": count, "ns": count * ENGINE_NS}
        return service_pb2.ModelStatisticsResponse(
            model_stats=[{"name": self.model, "version": "1", "inference_stats": {"compute_infer": duration}}])

    def ModelInfer(self, request, context):
        self.requests += 1
        x = np.frombuffer(request.raw_input_contents[0], np.float32)
        output = {"name": "output_0", "datatype": "FP32", "shape": [1, 4]}
        return service_pb2.ModelInferResponse(model_name=self.model, outputs=[output],
                                              raw_output_contents=[(self.factor * x).tobytes()])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    for name in ("--repository", "--cache", "--grpc", "--http", "--threads"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    (model,) = Path(args.repository).iterdir()
    if not (model / "1" / "model.mindir").is_file():
        return f"{model}: no 1/model.mindir"
    if len(os.sched_getaffinity(0)) != int(args.threads):
        return f"runs on {len(os.sched_getaffinity(0))} cores, want {args.threads}"
    server = grpc.server(futures.ThreadPoolExecutor(1))
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(Service(model.name), server)
    server.add_insecure_port(args.grpc)
    server.start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop(0))
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main())
