"""An SQS on loopback that takes everything at once and keeps nothing, in a process of its own."""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


@contextmanager
def canned_sqs() -> Iterator["SQSClient"]:
    """Yield a client of it; the service ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield boto3.client(
            "sqs",
            endpoint_url=f"http://127.0.0.1:{ours.recv()}",
            region_name="us-east-1",
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",  # noqa: S106 - nobody checks it
            config=Config(max_pool_connections=8),
        )
    finally:
        process.terminate()
        process.join()


class _Answers(BaseHTTPRequestHandler):
    """Speaks as much of the AWS JSON 1.0 protocol as two operations need."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Take a message, or a batch of them."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(_answer(request)).encode()
        self.send_response_only(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    if "Entries" not in request:
        return {"MessageId": "made-up"}
    taken = [{"Id": entry["Id"], "MessageId": "made-up"} for entry in request["Entries"]]
    return {"Successful": taken, "Failed": []}


def _serve(told: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    told.send(server.server_address[1])
    server.serve_forever()
