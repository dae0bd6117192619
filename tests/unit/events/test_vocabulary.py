"""The vocabulary is the providers' own, whole."""

from typing import Any

from botocore.loaders import Loader

from message_tracker.core.domain.events.ses_reports import REPORTS
from message_tracker.core.domain.events.sms import STATUSES
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.events.wire import Tags
from message_tracker.core.domain.message import ATTEMPT_ID_TAG, MESSAGE_ID_TAG
from tests.unit.events.records import load, parse

TEXT_TYPES = {kind for kind in EventType if kind.name.startswith("TEXT_")}
SES_TYPES = set(EventType) - TEXT_TYPES - {EventType.UNKNOWN}


def event_types_of_the_api(service: str) -> set[str]:
    model: dict[str, Any] = Loader().load_service_model(service, "service-2")
    return set(model["shapes"]["EventType"]["enum"])


def test_every_event_type_of_the_ses_api_has_a_name_here() -> None:
    assert {kind.name for kind in SES_TYPES} == event_types_of_the_api("sesv2")


def test_every_text_event_type_of_the_sms_api_is_here() -> None:
    of_the_api = event_types_of_the_api("pinpoint-sms-voice-v2")

    texts = {name for name in of_the_api if name.startswith("TEXT_") and name != "TEXT_ALL"}

    assert {kind.value for kind in TEXT_TYPES} == texts


def test_every_type_can_be_read() -> None:
    assert {kind for kind, _ in REPORTS.values()} == SES_TYPES
    assert set(STATUSES) == TEXT_TYPES


def test_our_ids_are_read_from_the_tags_the_senders_write() -> None:
    assert Tags.__struct_fields__ == (MESSAGE_ID_TAG, ATTEMPT_ID_TAG)


def test_what_is_printed_of_an_event_names_no_person() -> None:
    event = parse(load("ses/click"))

    assert repr(event) == f"DeliveryEvent('Click', 2026-03-02T10:01:40+0000, {event.event_key})"
