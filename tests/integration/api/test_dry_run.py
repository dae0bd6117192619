"""A dry run: the answer of the request, and nothing of it kept."""

import pytest

from message_tracker.core.domain.message import Channel
from tests.http_api import ApiUnderTest

SMS = {"to": "+14254147755", "message": "“Hi” €", "dry_run": True}
KEY = {"Idempotency-Key": "order-4711"}
TABLES = ["message", "message_state", "message_content", "message_group", "dispatch", "request"]


def test_it_tells_what_the_request_would_cost_and_when_it_would_go(api: ApiUnderTest) -> None:
    answer = api.send({**SMS, "transliterate": "gsm"}, KEY)

    assert (answer.status, answer.json) == (
        200,
        {
            "dry_run": True,
            "accepted": 0,
            "would_accept": 1,
            "message_ids": [],
            "duplicates": 0,
            "estimated_start_at": "2030-01-31T09:00:00Z",
            "estimated_finish_at": "2030-01-31T09:00:01Z",
            "estimate_reason": None,
            "text": {
                "messages": 1,
                "encoding": "GSM-7",
                "segments": 1,
                "segments_per_message": 1,
                "forced_ucs2": [],
                "extension": ["€"],
                "transliteration": {
                    "segments_before": 1,
                    "segments": 1,
                    "replaced": [
                        {"character": "“", "replacement": '"', "count": 1},
                        {"character": "”", "replacement": '"', "count": 1},
                    ],
                },
            },
            "encoding": "GSM-7",
            "segments": 1,
        },
    )


def test_it_keeps_nothing_and_does_not_use_its_key_up(api: ApiUnderTest) -> None:
    api.send({**SMS, "group": "spring"}, KEY)

    assert [len(api.rows(table)) for table in TABLES] == [0] * len(TABLES)
    assert all(queue.bodies == [] for queue in api.queues.values())
    sent = api.send({**SMS, "dry_run": False}, KEY)
    assert (sent.json["accepted"], "Idempotent-Replayed" in sent.headers) == (1, False)
    assert api.send(SMS, KEY).json["dry_run"] is True


def test_it_lists_the_faults_of_the_request(api: ApiUnderTest) -> None:
    answer = api.send({**SMS, "to": ["bob", "+14254147755"]})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/to/0")


def test_with_partial_it_tells_who_would_be_refused(api: ApiUnderTest) -> None:
    answer = api.send({**SMS, "to": ["bob", "+14254147755"], "partial": True})

    assert (answer.json["would_accept"], len(answer.json["refused"])) == (1, 1)


@pytest.mark.parametrize("group", ["spring", "01944f5e-0000-7000-8000-000000000000"])
def test_a_group_that_takes_no_messages_is_refused_as_in_earnest(
    api: ApiUnderTest, group: str
) -> None:
    api.send({**SMS, "dry_run": False, "group": "spring"})
    api.database.fetch("UPDATE message_group SET state = 'stopped'")

    dry, earnest = (api.send({**SMS, "group": group, "dry_run": each}) for each in (True, False))

    assert dry.status == 400
    assert dry.json == earnest.json


def test_a_campaign_that_waits_moves_the_estimate(api: ApiUnderTest) -> None:
    to = [f"+1425414{number}" for number in range(2000, 2090)]
    api.send({**SMS, "to": to, "kind": "marketing", "dry_run": False})

    answer = api.send({**SMS, "kind": "marketing"})

    assert answer.json["estimated_start_at"] == "2030-01-31T09:00:02Z"


def test_while_sending_is_paused_there_is_no_estimate(api: ApiUnderTest) -> None:
    api.rates[Channel.TEXT] = 0

    answer = api.send({**SMS, "dry_run": False})

    assert (answer.status, answer.json["estimated_finish_at"]) == (200, None)
    assert "paused" in answer.json["estimate_reason"]
