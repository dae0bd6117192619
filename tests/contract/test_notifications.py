"""SNS' signatures and subscriptions: the adapters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from message_tracker.core.aws.clients import notification_client
from message_tracker.core.aws.sns import SnsSubscriptions, SnsVerifier, fetch_certificate
from message_tracker.core.domain.errors import Forged, Unavailable
from message_tracker.core.domain.sns_post import parse_post
from message_tracker.core.ports import NotificationVerifier
from tests.fakes import FakeNotificationVerifier
from tests.sns_posts import (
    CERTIFICATE_URL,
    NOW,
    TOPIC_ARN,
    Certificates,
    body,
    certificate,
    elliptic_key,
    post,
    rsa_key,
)

LATER_URL = CERTIFICATE_URL.replace("0123", "3210")


def a_verifier(certificates: Certificates, now: datetime = NOW) -> SnsVerifier:
    return SnsVerifier(certificates.fetch, lambda: now)


def verify(verifier: NotificationVerifier, values: dict[str, str]) -> None:
    verifier.verify(parse_post(body(values)))


@pytest.fixture(params=["fake", "sns"])
def verifier(request: pytest.FixtureRequest) -> NotificationVerifier:
    """The fake, which knows a genuine post by its signature, and the adapter."""
    genuine = {post(kind)["Signature"] for kind in KINDS}
    return (
        FakeNotificationVerifier(genuine) if request.param == "fake" else a_verifier(Certificates())
    )


KINDS = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_genuine_post_is_verified(verifier: NotificationVerifier, kind: str) -> None:
    verify(verifier, post(kind))


def test_a_signature_of_another_key_is_forged(verifier: NotificationVerifier) -> None:
    with pytest.raises(Forged):
        verify(verifier, post(key=rsa_key("attacker")))


def test_a_subject_is_signed_if_there_is_one() -> None:
    verify(a_verifier(Certificates()), post(Subject="Amazon SES Email Event Notification"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Notification", "Message"),
        ("Notification", "MessageId"),
        ("Notification", "Subject"),
        ("Notification", "Timestamp"),
        ("Notification", "TopicArn"),
        ("SubscriptionConfirmation", "Token"),
        ("SubscriptionConfirmation", "SubscribeURL"),
    ],
)
def test_a_post_changed_after_it_was_signed_is_forged(kind: str, name: str) -> None:
    values = post(kind)

    with pytest.raises(Forged):
        verify(a_verifier(Certificates()), values | {name: values.get(name, "") + "x"})


@pytest.mark.parametrize("signature", ["", "AAAA", "no base64!", "é"])
def test_what_is_no_signature_is_forged(signature: str) -> None:
    with pytest.raises(Forged):
        verify(a_verifier(Certificates()), post() | {"Signature": signature})


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<Error>no such key</Error>", id="another-answer"),
        pytest.param(b"<a>\n" + certificate() + b"</a>", id="a-certificate-within-something"),
        pytest.param(certificate() + certificate(), id="two-certificates"),
        pytest.param(certificate().replace(b"M", b"!"), id="a-damaged-certificate"),
        pytest.param(certificate(elliptic_key()), id="another-kind-of-key"),
        pytest.param(certificate(not_after=NOW - timedelta(seconds=1)), id="expired"),
        pytest.param(certificate(not_before=NOW + timedelta(seconds=1)), id="not-yet-valid"),
    ],
)
def test_a_certificate_that_is_none_verifies_nothing(pem: bytes) -> None:
    with pytest.raises(Forged):
        verify(a_verifier(Certificates(pem)), post())


def test_a_certificate_is_fetched_once_in_its_lifetime() -> None:
    certificates = Certificates()
    times = iter([NOW] * 4 + [NOW + timedelta(hours=6)] * 4)
    verifier = SnsVerifier(certificates.fetch, lambda: next(times))

    for _ in range(2):
        verify(verifier, post())
    in_its_lifetime = list(certificates.asked)
    verify(verifier, post())

    assert [CERTIFICATE_URL] == in_its_lifetime
    assert [CERTIFICATE_URL] * 2 == certificates.asked


def test_each_url_has_its_own_certificate() -> None:
    certificates = Certificates()
    verifier = a_verifier(certificates)

    verify(verifier, post())
    certificates.pem = certificate(rsa_key("renewed"))
    verify(verifier, post(SigningCertURL=LATER_URL, key=rsa_key("renewed")))
    verify(verifier, post())

    assert [CERTIFICATE_URL, LATER_URL] == certificates.asked


def test_so_many_certificates_are_kept_and_no_more() -> None:
    certificates = Certificates()
    verifier = a_verifier(certificates)

    for number in range(40):
        url = CERTIFICATE_URL.replace("0123456789abcdef", f"{number:016x}", 1)
        verify(verifier, post(SigningCertURL=url))

    assert len(verifier._kept) <= 16


@pytest.mark.parametrize("failure", [Unavailable("away"), None])
def test_a_failure_to_fetch_is_forgotten_at_once(failure: Exception | None) -> None:
    certificates = Certificates(b"garbage" if failure is None else certificate(), failure)
    verifier = a_verifier(certificates)
    with pytest.raises(Forged if failure is None else Unavailable):
        verify(verifier, post())
    certificates.error, certificates.pem = None, certificate()

    verify(verifier, post())


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """Yield the URL of a server on loopback, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/certificate.pem", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def respond(
    status: int, content: bytes = b"", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def test_a_certificate_is_fetched() -> None:
    with serving(respond(200, certificate())) as (url, _):
        assert certificate() == fetch_certificate(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with (
        serving(respond(status, Location="/elsewhere.pem")) as (url, asked),
        pytest.raises(Unavailable),
    ):
        fetch_certificate(url)

    assert ["/certificate.pem"] == asked


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(respond(404), id="not-found"),
        pytest.param(respond(500), id="broken"),
        pytest.param(respond(200, b"x" * (16 * 1024 + 1)), id="too-large"),
        pytest.param(lambda request: request.wfile.write(b"nonsense\r\n\r\n"), id="no-http"),
    ],
)
def test_what_cannot_be_fetched_is_unavailable(
    answer: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    with serving(answer) as (url, _), pytest.raises(Unavailable):
        fetch_certificate(url)


def test_a_host_that_is_away_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        fetch_certificate("http://127.0.0.1:1/certificate.pem")


@pytest.mark.usefixtures("aws")
def test_a_subscription_is_confirmed_in_the_topics_region() -> None:
    client = notification_client("eu-west-1")
    topic_arn = client.create_topic(Name="events")["TopicArn"]
    client.subscribe(TopicArn=topic_arn, Protocol="https", Endpoint="https://api.test/events/sns")

    SnsSubscriptions(notification_client).confirm(topic_arn, "any")

    assert topic_arn.startswith("arn:aws:sns:eu-west-1:")  # and not in the default region


@pytest.mark.usefixtures("aws")
def test_a_confirmation_that_sns_refuses_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="NotFound"):
        SnsSubscriptions(notification_client).confirm(TOPIC_ARN, "any")


def test_sns_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:1")

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        SnsSubscriptions(notification_client).confirm(TOPIC_ARN, "any")
