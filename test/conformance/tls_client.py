"""grpcio's own channels against a server that wants certificates: who is answered and who is not.

usage: tls_client.py ADDRESS CA CERTIFICATE KEY OTHER_CA EXPIRED_CERTIFICATE EXPIRED_KEY

Prints one line per check and exits 1 on the first that fails.
"""

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT = 60
ADDRESS, *FILES = sys.argv[1:]
CA, CERTIFICATE, KEY, OTHER_CA, EXPIRED_CERTIFICATE, EXPIRED_KEY = (open(file, "rb").read() for file in FILES)


def answer(credentials):
    channel = grpc.insecure_channel(ADDRESS) if credentials is None else grpc.secure_channel(ADDRESS, credentials)
    with channel:
        try:
            reply = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
            return health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
        except grpc.RpcError as error:
            return error.code().name


def check(credentials, wanted, what):
    found = answer(credentials)
    print(("ok " if found == wanted else "FAILED ") + f"{what}: {found}", flush=True)
    if found != wanted:
        sys.exit(1)


mutual = grpc.ssl_channel_credentials(CA, KEY, CERTIFICATE)
check(mutual, "SERVING", "a certificate of the authority")
check(grpc.ssl_channel_credentials(CA), "UNAVAILABLE", "no certificate")
check(grpc.ssl_channel_credentials(CA, EXPIRED_KEY, EXPIRED_CERTIFICATE), "UNAVAILABLE", "one that has expired")
check(grpc.ssl_channel_credentials(OTHER_CA, KEY, CERTIFICATE), "UNAVAILABLE", "a client that does not know the server's authority")
check(None, "UNAVAILABLE", "plain text")
check(mutual, "SERVING", "a certificate of the authority, afterwards")
