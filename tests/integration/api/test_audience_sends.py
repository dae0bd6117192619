"""Sending to an audience: its members get what is for their channel."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from tests.http_api import ApiUnderTest, HttpAnswer
from tests.importing import importer_of, run

MAIL, OTHER_MAIL, PHONE = "ann@example.com", "bob@example.com", "+14254147755"


@pytest.fixture
def spring(api: ApiUnderTest) -> ApiUnderTest:
    """The API with the audience "spring", also the default one: two by e-mail, one by phone."""
    api.default_audience = "spring"
    api.__post_init__()
    api.call("PUT", "/audiences/spring")
    add(api, {"to": MAIL, "data": {"name": "Ann"}, "user_id": "u-1"}, OTHER_MAIL, PHONE)
    return api


def add(api: ApiUnderTest, *members: object) -> None:
    body = json.dumps({"members": members})
    assert api.call("POST", "/audiences/spring/members", body=body).status == 200


def recipients(api: ApiUnderTest) -> list[str]:
    return [row["recipient"] for row in api.rows("message")]


def fault(answer: HttpAnswer) -> tuple[str, str]:
    assert answer.status == 400
    (error,) = answer.json["errors"]
    return error["pointer"], error["detail"]


def test_a_bare_message_goes_to_the_phones_of_the_default_audience(spring: ApiUnderTest) -> None:
    answer = spring.send({"message": "Hi"})

    assert (answer.json["accepted"], answer.json["segments"]) == (1, 1)
    assert recipients(spring) == [PHONE]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"message": "Hi"}, [PHONE]),
        ({"text": "Hi"}, [PHONE]),
        ({"subject": "S", "html": "<p>Hi"}, [MAIL, OTHER_MAIL]),
        ({"subject": "S", "html": "<p>Hi", "text": "Hi"}, [MAIL, OTHER_MAIL]),
        ({"subject": "S", "message": "Hi"}, [MAIL, OTHER_MAIL, PHONE]),
        ({"subject": "S", "message": "Hi", "channel": "text"}, [PHONE]),
        ({"subject": "S", "message": "Hi", "channel": "email"}, [MAIL, OTHER_MAIL]),
    ],
)
def test_the_texts_say_for_which_channel_a_request_is(
    spring: ApiUnderTest, request_: dict[str, str], expected: list[str]
) -> None:
    spring.send({"audience": "spring", **request_})

    assert recipients(spring) == expected


def test_members_bring_their_data_and_user_ids(spring: ApiUnderTest) -> None:
    text = "Hello {{ name | default('friend') }}"

    spring.send({"audience": "spring", "subject": "S", "text": text, "user_id": "x"})

    rows = [(row["data"], row["user_id"]) for row in spring.rows("message")]
    assert rows == [({"name": "Ann"}, "u-1"), ({}, "x")]


def test_a_text_without_marks_is_no_template(spring: ApiUnderTest) -> None:
    spring.send({"audience": "spring", "message": "50 % {off}"})

    assert [row["is_template"] for row in spring.rows("message_content")] == [False]
    assert [row["data"] for row in spring.rows("message")] == [None]


def test_a_member_without_what_the_text_needs_refuses_or_is_left_out(spring: ApiUnderTest) -> None:
    request = {"audience": "spring", "subject": "S", "text": "Hello {{ name }}"}

    pointer, detail = fault(spring.send(request))
    partial = spring.send({**request, "partial": True})

    assert (pointer, "'name'" in detail) == ("#/audience", True)
    assert (partial.json["accepted"], recipients(spring)) == (1, [MAIL])


@pytest.mark.parametrize(
    ("request_", "pointer", "said"),
    [
        ({"audience": "autumn", "message": "Hi"}, "#/audience", "names none there is"),
        ({"audience": "", "message": "Hi"}, "#/audience", "is empty"),
        ({"audience": "spring", "to": MAIL, "message": "Hi"}, "#/audience", "keep one"),
        ({"audience": "spring"}, "#/message", "`message` is missing"),
    ],
)
def test_what_cannot_be_sent_to_an_audience_is_said(
    spring: ApiUnderTest, request_: dict[str, str], pointer: str, said: str
) -> None:
    where, detail = fault(spring.send(request_))

    assert where == pointer
    assert said in detail


def test_an_audience_without_anybody_for_the_channel_is_a_fault(api: ApiUnderTest) -> None:
    api.call("PUT", "/audiences/spring")
    empty = api.send({"audience": "spring", "message": "Hi"})
    add(api, MAIL)
    of_the_other = api.send({"audience": "spring", "message": "Hi"})

    assert "has no members" in fault(empty)[1]
    assert "has nobody for" in fault(of_the_other)[1]


def test_without_a_default_audience_a_bare_message_is_refused(api: ApiUnderTest) -> None:
    pointer, detail = fault(api.send({"message": "Hi"}))

    assert (pointer, "no default audience is configured" in detail) == ("#/to", True)


def test_a_large_audience_is_read_in_the_background_each_member_once(
    spring: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("message_tracker.api.recipient_lists.MAX_RECIPIENTS", 5)
    monkeypatch.setattr("message_tracker.api.importer.lists._MEMBERS_AT_ONCE", 4)
    monkeypatch.setattr("message_tracker.api.importer.batches.MOST_LINES", 3)
    add(spring, *(f"p{n}@example.com" for n in range(9)))

    answer = spring.send({"audience": "spring", "subject": "S", "message": "Hi"})
    path = f"/imports/{answer.json['import_id']}"
    importer = importer_of(spring)
    while job := importer._claim():
        importer._work(job, spring.now - timedelta(minutes=1))  # a batch each
    told = spring.call("GET", path).json

    assert (told["state"], told["audience"], told["lines"]) == ("finished", "spring", 12)
    assert (told["accepted"], told["duplicates"], told["refused"]) == (12, 0, 0)
    assert set(Counter(recipients(spring)).values()) == {1}


def test_an_audience_that_is_deleted_before_it_is_read_fails_its_import(
    spring: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("message_tracker.api.recipient_lists.MAX_RECIPIENTS", 1)
    answer = spring.send({"audience": "spring", "message": "Hi"})

    spring.call("DELETE", "/audiences/spring")
    run(spring)

    told = spring.call("GET", f"/imports/{answer.json['import_id']}").json
    assert (told["state"], told["reason"]) == ("failed", "the audience was deleted")
