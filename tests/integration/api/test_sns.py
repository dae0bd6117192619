"""POST /events/sns: genuine posts of our topics come onto the event queue, and nothing else."""

import json
import logging
from datetime import timedelta

import pytest

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.store.database import Database
from message_tracker.event_processor.bodies import read_body
from tests.http_api import ApiUnderTest, HttpAnswer
from tests.provider_events import email_event
from tests.sns_posts import TOPIC_ARN, body, post, rsa_key


@pytest.fixture
def api() -> ApiUnderTest:
    """The API without a database: this route needs none."""
    away = Database(lambda: "postgresql://127.0.0.1:1/none", patience=timedelta(0))
    return ApiUnderTest(away, "")


def posted(api: ApiUnderTest, values: dict[str, str], *, is_base64: bool = False) -> HttpAnswer:
    raw = body(values)
    headers = {"content-type": "text/plain; charset=UTF-8"}
    sent: object = raw if is_base64 else raw.decode()
    return api.call("POST", "/events/sns", body=sent, headers=headers, key="")


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_genuine_notification_is_queued_as_the_processor_reads_it(
    api: ApiUnderTest, *, is_base64: bool
) -> None:
    record = email_event("Delivery", message_id=None)

    answer = posted(api, post(message=json.dumps(record)), is_base64=is_base64)

    assert (200, {"status": "queued"}) == (answer.status, answer.json)
    (queued,) = api.event_queue.bodies
    assert read_body(queued) == read_body(json.dumps(record))


def test_an_event_of_a_message_nobody_knows_is_taken(api: ApiUnderTest) -> None:
    assert 200 == posted(api, post(message='{"eventType":"Invented"}')).status


def test_the_words_ses_says_when_a_topic_is_validated_are_taken(api: ApiUnderTest) -> None:
    words = "Successfully validated SNS topic for Amazon SES event publishing."

    answer = posted(api, post(message=words, Subject="Validation"))

    assert 200 == answer.status
    assert read_body(api.event_queue.bodies[0]) is None


def test_what_a_queue_cannot_carry_is_escaped(api: ApiUnderTest) -> None:
    answer = posted(api, post(message='{"subject":"\ufffe\x0b\U0001f600"}'))

    assert (200, 1) == (answer.status, len(api.event_queue.bodies))


def test_a_subscription_is_confirmed_by_the_api(api: ApiUnderTest) -> None:
    answer = posted(api, post("SubscriptionConfirmation"))

    assert (200, {"status": "confirmed"}) == (answer.status, answer.json)
    assert [(TOPIC_ARN, "t0ken")] == api.subscriptions.confirmed
    assert [] == api.event_queue.bodies


def test_the_end_of_a_subscription_is_acknowledged(api: ApiUnderTest) -> None:
    answer = posted(api, post("UnsubscribeConfirmation"))

    assert (200, {"status": "unsubscribed"}) == (answer.status, answer.json)
    assert ([], []) == (api.event_queue.bodies, api.subscriptions.confirmed)


@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation"])
@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"Message": "changed"}, id="changed"),
        pytest.param({"TopicArn": TOPIC_ARN + "2"}, id="another-topic"),
        pytest.param({"SignatureVersion": "1"}, id="version-1"),
        pytest.param({"SigningCertURL": "https://attacker.example/a.pem"}, id="another-host"),
        pytest.param({"Timestamp": "2030-01-31T07:00:00.000Z"}, id="too-old"),
        pytest.param({"Signature": ""}, id="unsigned"),
    ],
)
def test_a_forgery_is_refused_logged_and_changes_nothing(
    api: ApiUnderTest, caplog: pytest.LogCaptureFixture, kind: str, forged: dict[str, str]
) -> None:
    with caplog.at_level(logging.WARNING, "api"):
        answer = posted(api, post(kind, message="someone@example.com") | forged)

    assert 403 == answer.status
    assert ([], []) == (api.event_queue.bodies, api.subscriptions.confirmed)
    (record,) = caplog.records
    assert "a post to /events/sns is refused" == record.getMessage()
    assert "someone@example.com" not in str(vars(record))
    assert "reason" not in answer.json


def test_a_forgery_of_another_topic_makes_us_fetch_nothing(api: ApiUnderTest) -> None:
    posted(api, post(key=rsa_key("attacker"), TopicArn=TOPIC_ARN + "2"))

    assert [] == api.certificates.asked


@pytest.mark.parametrize("raw", ["", "{}", "[]", "null", "no json", "{" * 50_000])
def test_what_is_no_post_is_refused(api: ApiUnderTest, raw: str) -> None:
    assert 403 == api.call("POST", "/events/sns", body=raw, key="").status


def test_a_queue_that_takes_nothing_is_503_so_that_sns_tries_again(api: ApiUnderTest) -> None:
    api.event_queue.refuses = lambda _body: True

    answer = posted(api, post())

    assert 503 == answer.status
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("what", ["certificate", "confirmation"])
def test_a_service_of_aws_that_is_away_is_503(api: ApiUnderTest, what: str) -> None:
    if what == "certificate":
        api.certificates.error = Unavailable("away")
    else:
        api.subscriptions.error = Unavailable("away")

    assert 503 == posted(api, post("SubscriptionConfirmation")).status


def test_without_topics_there_is_no_such_route() -> None:
    away = Database(lambda: "postgresql://127.0.0.1:1/none", patience=timedelta(0))

    assert 404 == posted(ApiUnderTest(away, "", topic_arns=()), post()).status
