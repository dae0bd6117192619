"""A loopback proxy that lets every byte arrive later, as over a network."""

import multiprocessing
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 20


@contextmanager
def slowed(port: int, round_trip_seconds: float) -> Iterator[int]:
    """Yield a port that leads to `port`, with half of the round trip each way.

    A process of its own, so that its CPU time is nobody else's.
    """
    ours, theirs = multiprocessing.Pipe()
    arguments = (theirs, port, round_trip_seconds / 2)
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=arguments, daemon=True
    )
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join(timeout=5)


def _serve(announced: Connection, port: int, delay_seconds: float) -> None:
    with socket.create_server((_LOOPBACK, 0)) as server:
        announced.send(server.getsockname()[1])
        while True:
            near, _ = server.accept()
            far = socket.create_connection((_LOOPBACK, port))
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_carry, args=(one, other, delay_seconds)).start()


def _carry(source: socket.socket, target: socket.socket, delay_seconds: float) -> None:
    """Pass on what comes, each piece when it is due; in order, however fast it comes."""
    waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_deliver, args=(waiting, target)).start()
    piece = b"first"
    while piece:
        try:
            piece = source.recv(_CHUNK)
        except OSError:
            piece = b""
        waiting.put((time.monotonic() + delay_seconds, piece))


def _deliver(waiting: "queue.SimpleQueue[tuple[float, bytes]]", target: socket.socket) -> None:
    while True:
        due, piece = waiting.get()
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            if not piece:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(piece)
        except OSError:
            return
