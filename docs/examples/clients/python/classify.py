"""Classifies digits: python classify.py ADDRESS FILE, where FILE holds images of 32×32 float32, little-endian."""

import sys

import grpc
import numpy as np

from inference import infer_pb2 as infer
from inference import metadata_pb2 as metadata
from inference import service_pb2_grpc as service

# Calls go to every address the name has, and one that met a full or restarting server is sent again.
SETTINGS = """{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"]}
  }]
}"""


def classify(address: str, model: str, pixels: np.ndarray) -> list[int]:
    with grpc.insecure_channel(address, options=[("grpc.service_config", SETTINGS)]) as channel:
        stub = service.GRPCInferenceServiceStub(channel)
        described = stub.ModelMetadata(metadata.ModelMetadataRequest(name=model), timeout=5, wait_for_ready=True)
        entry, exit_ = described.inputs[0], described.outputs[0]
        images = pixels.reshape(-1, *entry.shape[1:])

        request = infer.ModelInferRequest(model_name=model, raw_input_contents=[images.tobytes()])
        request.inputs.add(name=entry.name, datatype="FP32", shape=images.shape)
        request.outputs.add(name=exit_.name)
        reply = stub.ModelInfer(request, timeout=5)

        scores = np.frombuffer(reply.raw_output_contents[0], "<f4").reshape(reply.outputs[0].shape)
        return scores.argmax(axis=1).tolist()


if __name__ == "__main__":
    address, file, *model = sys.argv[1:]
    try:
        print(*classify(address, *(model or ["digits"]), np.fromfile(file, "<f4")))
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
