import json

import pytest

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.event_processor.bodies import read_body
from tests.provider_events import by_sns, email_event, object_created, on_the_bus, text_event


def test_a_created_object_is_named_with_its_etag() -> None:
    body = object_created("archive", "ses/2026/03/01/a b+c.gz", etag="abc")

    assert ArchivedObject("archive", "ses/2026/03/01/a b+c.gz", "abc") == read_body(body)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(email_event("Send", message_id=None), id="bare"),
        pytest.param(by_sns(email_event("Open", message_id=None)), id="sns"),
        pytest.param(on_the_bus(email_event("Click", message_id=None)), id="bus-email"),
        pytest.param(on_the_bus(text_event("TEXT_QUEUED", message_id=None)), id="bus-text"),
    ],
)
def test_an_event_is_read_by_any_route(record: dict[str, object]) -> None:
    assert isinstance(read_body(json.dumps(record)), DeliveryEvent)


def test_news_of_the_account_are_an_account_event() -> None:
    body = json.dumps(on_the_bus({"mail": {}}) | {"detail": {"reason": "x"}, "source": "aws.ses"})

    assert isinstance(read_body(body), AccountEvent)


def test_a_topics_greeting_reports_nothing() -> None:
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."

    assert read_body(json.dumps({"Type": "Notification", "Message": greeting})) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("not JSON", id="not-json"),
        pytest.param("[1, 2]", id="list"),
        pytest.param("\ud800", id="lone-surrogate"),
        pytest.param("[" * 100_000, id="nested"),
        pytest.param(object_created("b", "k", detail_type="Object Deleted"), id="deleted"),
        pytest.param(json.dumps({"source": "aws.s3", "detail-type": "Object Created"}), id="none"),
        pytest.param(json.dumps({"source": "aws.ec2", "detail": {}}), id="other-source"),
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(Unparseable):
        read_body(body)
