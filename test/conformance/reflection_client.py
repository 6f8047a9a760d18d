"""Calls a server knowing nothing but its address, with grpcio's own reflection and health clients, unmodified.

usage: reflection_client.py ADDRESS MODEL [CA CERTIFICATE KEY]

The message classes are built from the descriptors the server sends. Prints one line per check and exits 1 on the first that fails.
"""

import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICE = "inference.GRPCInferenceService"
TIMEOUT = 120


def check(holds, what):
    print(("ok " if holds else "FAILED ") + what, flush=True)
    if not holds:
        sys.exit(1)


class Caller:
    """Calls methods by name; requests and replies are of the classes the server describes."""

    def __init__(self, channel, service):
        self._channel, self._service = channel, service

    def __call__(self, name, /, **fields):
        method = self._service.methods_by_name[name]
        request, reply = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        stub = self._channel.unary_unary(f"/{self._service.full_name}/{name}", request_serializer=request.SerializeToString,
                                         response_deserializer=reply.FromString)
        return stub(request(**fields), timeout=TIMEOUT)


def check_inference(call, model):
    metadata = call("ModelMetadata", name=model)
    shape = [max(1, size) for size in metadata.inputs[0].shape]
    count = 1
    for size in shape:
        count *= size
    tensor = {"name": metadata.inputs[0].name, "datatype": "FP32", "shape": shape, "contents": {"fp32_contents": [0.5] * count}}
    reply = call("ModelInfer", model_name=model, inputs=[tensor])
    check(list(reply.outputs[0].shape)[0] == shape[0], f"ModelInfer answers {reply.outputs[0].name} {list(reply.outputs[0].shape)}")
    check(len(reply.raw_output_contents[0]) > 0, f"the answer has {len(reply.raw_output_contents[0])} bytes")


def open_channel(address, pem):
    if not pem:
        return grpc.insecure_channel(address)
    ca, certificate, key = (open(file, "rb").read() for file in pem)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(ca, key, certificate))


def main():
    address, model, *pem = sys.argv[1:]
    with open_channel(address, pem) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = sorted(database.get_services())
        wanted = ["grpc.health.v1.Health", SERVICE, "inference.model_repository.ModelRepositoryService", "mindspore.serving.proto.MSService"]
        check(services == wanted, f"services are {services}")
        service = DescriptorPool(database).FindServiceByName(SERVICE)
        check(len(service.methods_by_name) >= 9, f"{SERVICE} has {len(service.methods_by_name)} methods")
        call = Caller(channel, service)
        check(call("ServerLive").live and call("ServerReady").ready, "the server is live and ready")
        check_inference(call, model)
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE, model):
            status = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT).status
            check(status == health_pb2.HealthCheckResponse.SERVING, f"health of {name!r}")
        first = next(iter(health.Watch(health_pb2.HealthCheckRequest(service=model), timeout=TIMEOUT)))
        check(first.status == health_pb2.HealthCheckResponse.SERVING, "health watch tells the present state")


if __name__ == "__main__":
    main()
