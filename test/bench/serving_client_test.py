"""serving_client: its operations against a server that gives back what it got."""
import base64
import json
import unittest
from concurrent import futures

import grpc
import numpy as np
from tritonclient.grpc import service_pb2 as pb

import serving_client as client

SHAPE = [1, 25]


class Identity(grpc.GenericRpcHandler):
    """ModelInfer as the identity, one that changes a byte, ModelReady."""

    def service(self, details):
        def infer(body, _):
            request = pb.ModelInferRequest.FromString(body)
            raw = request.raw_input_contents[0]
            if request.model_name == "wrong":
                raw = bytes([raw[0] ^ 1]) + raw[1:]
            if request.model_name == "absent":
                raise ValueError("absent")
            return pb.ModelInferResponse(model_name=request.model_name, raw_output_contents=[raw]).SerializeToString()

        def ready(_, __):
            return pb.ModelReadyResponse(ready=True).SerializeToString()

        return grpc.unary_unary_rpc_method_handler(infer if details.method.endswith("ModelInfer") else ready)


def latencies(answer, key="ms"):
    return np.frombuffer(base64.b64decode(answer[key]), np.float32)


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Identity()])
        cls.address = f"127.0.0.1:{cls.server.add_insecure_port('127.0.0.1:0')}"
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        for channel in client.channels.get(cls.address, []):
            channel.close()
        cls.server.stop(None)

    def ask(self, op, **order):
        return client.answer(json.dumps({"op": op, "address": self.address, **order}))

    def test_a_server_is_ready(self):
        self.assertGreater(self.ask("ready", models=["m"], limit=20)["at"], 0)

    def test_a_reply_that_differs_is_an_error(self):
        self.assertEqual(self.ask("check", model="m", shape=SHAPE), {})
        self.assertIn("came back different", self.ask("check", model="wrong", shape=SHAPE)["error"])

    def test_one_by_one_gives_as_many_times(self):
        times = latencies(self.ask("one_by_one", model="m", shape=SHAPE, count=5))
        self.assertEqual(len(times), 5)
        self.assertTrue((times > 0).all())

    def test_closed_loop_counts_every_connection(self):
        answer = self.ask("closed", model="m", shape=SHAPE, concurrency=3, seconds=0.2)
        self.assertGreater(len(latencies(answer)), 3)
        self.assertGreaterEqual(answer["wall"], 0.2)

    def test_open_loop_sends_what_is_due(self):
        answer = self.ask("open", model="m", shape=SHAPE, rate=100, seconds=0.5, seed=3)
        self.assertEqual(len(latencies(answer)), len(latencies(answer, "late")))
        self.assertGreater(len(latencies(answer)), 20)

    def test_failures_are_told(self):
        self.assertIn("absent", self.ask("closed", model="absent", shape=SHAPE, concurrency=1, seconds=0.1)["error"])


if __name__ == "__main__":
    unittest.main()
