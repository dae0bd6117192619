"""One call: to the very address that was looked at, bounded in time."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from message_tracker.webhook_dispatcher.calling import PinnedCaller, addresses_of
from tests.webhook_receiver import HOST, Receiver, Reply, certificate

NAME = "hooks.example.com"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), NAME)


@pytest.fixture
def receiver(pem: Path) -> Iterator[Receiver]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with Receiver(tls=tls) as running:
        yield running


def local_caller(**options: float) -> PinnedCaller:
    return PinnedCaller(local_hosts=[HOST], **options)  # type: ignore[arg-type] # seconds only


def test_the_body_and_headers_arrive() -> None:
    with Receiver([Reply(202)]) as receiver:
        answer = local_caller().call(f"{receiver.url}?for=me", b"{}", {"webhook-id": "1"})

    [post] = receiver.posts
    assert (202, None) == (answer.status, answer.error)
    assert ("/hook?for=me", "{}", "1") == (post.path, post.body, post.headers["webhook-id"])
    assert f"{HOST}:{receiver.port}" == post.headers["Host"]


def test_a_name_is_resolved_once_and_proves_itself_by_its_certificate(
    receiver: Receiver, pem: Path
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [HOST] if len(asked) == 1 else ["1.1.1.1"]

    trusting = ssl.create_default_context(cafile=pem)
    caller = PinnedCaller(local_hosts=[NAME], resolve=resolve, tls=trusting)

    answer = caller.call(f"https://{NAME}:{receiver.port}/", b"{}", {})

    assert (200, [NAME]) == (answer.status, asked)
    assert f"{NAME}:{receiver.port}" == receiver.posts[0].headers["Host"]


def test_a_name_that_leads_elsewhere_the_second_time_is_not_called_again() -> None:
    answers = iter([[HOST], ["10.0.0.1"]])
    caller = PinnedCaller(local_hosts=[NAME], resolve=lambda host, port: next(answers))
    with Receiver() as receiver:
        url = f"http://{NAME}:{receiver.port}/"

        first, second = caller.call(url, b"{}", {}), caller.call(url, b"{}", {})

    assert (200, None) == (first.status, second.status)
    assert "the URL names a host at an address that is not public" == second.error
    assert 1 == len(receiver.posts)


@pytest.mark.parametrize(
    "addresses",
    [["169.254.169.254"], ["1.1.1.1", "10.0.0.1"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"]],
)
def test_a_name_with_one_inner_address_is_not_called(addresses: list[str]) -> None:
    caller = PinnedCaller(resolve=lambda host, port: addresses)

    answer = caller.call(f"https://{NAME}/", b"{}", {})

    assert "the URL names a host at an address that is not public" == answer.error


def test_a_local_host_is_not_called_unless_it_is_permitted() -> None:
    with Receiver() as receiver:
        answer = PinnedCaller().call(receiver.url, b"{}", {})

    assert answer.error is not None
    assert "https://" in answer.error
    assert [] == receiver.posts


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(receiver: Receiver) -> None:
    caller = PinnedCaller(local_hosts=[NAME], resolve=lambda host, port: [HOST])

    answer = caller.call(f"https://{NAME}:{receiver.port}/", b"{}", {})

    assert answer.error is not None
    assert answer.error.startswith("the certificate is not valid: self")
    assert [] == receiver.posts


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with Receiver() as inner, Receiver([Reply(307, {"Location": inner.url})]) as receiver:
        answer = local_caller().call(receiver.url, b"{}", {})

    assert 307 == answer.status
    assert [] == inner.posts


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        local_caller().call(receiver.url, b"{}", {})

    assert ([], 1) == (proxy.posts, len(receiver.posts))


def test_retry_after_is_kept() -> None:
    with Receiver([Reply(503, {"Retry-After": "120"})]) as receiver:
        answer = local_caller().call(receiver.url, b"{}", {})

    assert (503, "120") == (answer.status, answer.retry_after)


def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    with Receiver([Reply(after_seconds=20)]) as receiver:
        answer = local_caller(total_seconds=0.1).call(receiver.url, b"{}", {})

    assert (None, "there was no answer in time") == (answer.status, answer.error)


def test_an_answer_that_drips_is_cut() -> None:
    began = monotonic()
    with dripping() as port:
        answer = local_caller(total_seconds=0.2).call(f"http://{HOST}:{port}/", b"{}", {})

    assert "there was no answer in time" == answer.error
    assert monotonic() - began < 2


def test_a_port_that_nobody_listens_on_is_a_failure() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))

        answer = local_caller().call(f"http://{HOST}:{taken.getsockname()[1]}/", b"{}", {})

    assert "the connection failed: ConnectionRefusedError" == answer.error


def test_a_name_without_an_address_is_a_failure() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror

    for resolve, error in (
        (unknown, "the host's name was not resolved"),
        (lambda host, port: [], "the URL names a host without an address"),
    ):
        assert error == PinnedCaller(resolve=resolve).call(f"https://{NAME}/", b"{}", {}).error


def test_addresses_come_with_ipv4_first() -> None:
    assert HOST == addresses_of("localhost", 443)[0]


class dripping:  # noqa: N801 - used as a function
    """A server that sends a byte of its answer every 50 ms, without end."""

    def __enter__(self) -> int:
        self._listening = socket.create_server((HOST, 0))
        self._over = threading.Event()
        threading.Thread(target=self._drip, daemon=True).start()
        return int(self._listening.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listening.close()

    def _drip(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not self._over.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return  # it was cut
