"""Reading a request: every fault at once, each with its pointer and remedy; else messages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.estimate import Estimate
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.listed import Listed
from message_tracker.core.domain.message import Channel, GroupId, Kind, OnUnconfirmed, Personal
from message_tracker.core.domain.problem import MAX_LISTED, Problem, RequestRefused
from message_tracker.core.domain.receipt import receipt
from message_tracker.core.domain.recipients import Addressee
from message_tracker.core.domain.submission import Submission

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
PHONE, OTHER_PHONE = "+14254147755", "+447860019066"
MAIL, OTHER_MAIL = "ann@example.com", "bob@example.com"
GROUP, NO_ESTIMATE = GroupId(UUID(int=1)), Estimate(None, None)
E_MAIL = {"to": MAIL, "subject": "Hello", "text": "Hi"}


def submission(**request: object) -> Submission:
    return parse_submission(request, rules=AddressRules(), now=NOW)


def problem(body: object) -> Problem:
    with pytest.raises(RequestRefused) as caught:
        parse_submission(body, rules=AddressRules(), now=NOW)
    return caught.value.problem


def pointers(**request: object) -> list[str]:
    return [fault.pointer for fault in problem(request).faults]


def details(**request: object) -> str:
    return "\n".join(fault.detail for fault in problem(request).faults)


def test_a_text_and_a_number_make_an_sms() -> None:
    parsed = submission(message="Hi", to=PHONE)

    (message,) = parsed.messages
    assert (message.channel, message.address, message.units) == (Channel.TEXT, PHONE, 1)
    assert parsed.contents[0].text == "Hi"


def test_defaults_are_transactional_now_and_without_end() -> None:
    parsed = submission(message="Hi", to=PHONE)

    assert (parsed.kind, parsed.due_at, parsed.expires_at) == (Kind.TRANSACTIONAL, NOW, None)
    assert parsed.on_unconfirmed is OnUnconfirmed.RETRY


def test_a_request_may_mix_channels_and_each_has_its_content() -> None:
    parsed = submission(to=[MAIL, PHONE], message="Short", subject="S", html="<p>Long</p>")

    email, text = parsed.contents
    assert (email.subject, email.html, email.text) == ("S", "<p>Long</p>", None)
    assert (text.subject, text.html, text.text) == (None, None, "Short")
    assert [m.content_id for m in parsed.messages] == [email.content_id, text.content_id]


def test_the_message_is_an_e_mails_text_when_nothing_else_is_given() -> None:
    parsed = submission(to=MAIL, message="Hi", subject="S")

    assert parsed.contents[0].text == "Hi"


def test_a_text_without_data_is_sent_verbatim() -> None:
    parsed = submission(to=PHONE, message="{{ not a template")

    assert (parsed.contents[0].is_template, parsed.messages[0].data_json) == (False, None)


def test_recipients_data_goes_over_the_requests_and_only_what_is_used_is_kept() -> None:
    parsed = submission(
        to=[{"to": PHONE, "data": {"name": "Ann", "secret": 1}}, OTHER_PHONE],
        message="Hi {{ name }} from {{ shop }}",
        data={"name": "you", "shop": "us", "unused": 2},
    )

    assert [message.data_json for message in parsed.messages] == [
        '{"name": "Ann", "shop": "us"}',
        '{"name": "you", "shop": "us"}',
    ]


def test_the_trial_has_no_more_data_than_the_sender_will_have() -> None:
    parsed = submission(to=PHONE, message="{{ range(3) | length }}", data={"range": "x"})

    assert parsed.messages[0].data_json == "{}"


def test_the_segments_are_those_of_each_ones_filled_text() -> None:
    parsed = submission(
        to=[{"to": PHONE, "data": {"x": "a" * 200}}, {"to": OTHER_PHONE, "data": {"x": "🎉"}}],
        message="{{ x }}",
    )

    answer = receipt(parsed, GROUP, NO_ESTIMATE)
    assert answer["text"] == {
        "messages": 2,
        "encoding": "mixed",
        "segments": 3,
        "segments_per_message": None,
        "forced_ucs2": ["🎉"],
        "extension": [],
    }


def test_a_text_is_spelled_in_gsm_when_asked_after_it_was_filled() -> None:
    parsed = submission(
        to=[{"to": PHONE, "data": {"x": "’" * 71}}, {"to": OTHER_PHONE, "data": {"x": "🎉"}}],
        message="{{ x }}–",
        transliterate="gsm",
    )

    answer = receipt(parsed, GROUP, NO_ESTIMATE)
    assert answer["text"]["transliteration"] == {
        "segments_before": 3,
        "segments": 2,
        "replaced": [
            {"character": "’", "replacement": "'", "count": 71},
            {"character": "–", "replacement": "-", "count": 1},
        ],
    }
    assert (answer["text"]["segments"], answer["text"]["forced_ucs2"]) == (2, ["🎉", "–"])
    assert parsed.contents[0].text == "{{ x }}–"
    assert parsed.contents[0].is_transliterated


def test_a_text_is_sent_as_it_is_written_unless_asked() -> None:
    answer = receipt(
        submission(to=PHONE, message="“Hi”"), GroupId(UUID(int=1)), Estimate(None, None)
    )

    assert (answer["encoding"], "transliteration" in answer["text"]) == ("UCS-2", False)


def test_only_gsm_can_be_asked_for() -> None:
    assert "`transliterate` must be 'gsm'" in details(to=PHONE, message="Hi", transliterate="ucs2")


def test_the_first_of_two_recipients_of_one_address_counts() -> None:
    parsed = submission(
        to=[{"to": MAIL, "user_id": "first"}, MAIL.replace("example", "EXAMPLE"), OTHER_MAIL],
        subject="S",
        text="Hi",
    )

    assert [message.address for message in parsed.messages] == [MAIL, OTHER_MAIL]
    assert (parsed.duplicates, parsed.messages[0].user_id) == (1, "first")


def test_a_ttl_counts_from_the_time_to_send() -> None:
    parsed = submission(to=PHONE, message="Hi", send_at="2030-02-01T10:00:00+01:00", ttl_seconds=60)

    assert parsed.due_at == NOW + timedelta(days=1)
    assert parsed.expires_at == parsed.due_at + timedelta(minutes=1)


def test_a_time_in_the_past_is_now() -> None:
    assert submission(to=PHONE, message="Hi", send_at="2020-01-01T00:00:00Z").due_at == NOW


@given(st.lists(st.sampled_from([MAIL, OTHER_MAIL, PHONE, OTHER_PHONE]), min_size=1))
def test_accepted_and_duplicates_are_all_the_recipients_in_order(to: list[str]) -> None:
    parsed = submission(to=to, message="Hi", subject="S")

    assert [message.address for message in parsed.messages] == list(dict.fromkeys(to))
    assert len(parsed.messages) + parsed.duplicates == len(to)


def test_every_fault_is_listed_at_once() -> None:
    found = pointers(
        to=["bob", MAIL, {"to": "+1", "nick": 1}, 7],
        sbject="S",
        html=5,
        ttl_seconds=0,
        kind="spam",
        headers={"X-SES-A": "1", "X-B": "a\r\nBcc: c"},
        send_at="tomorrow",
    )

    assert sorted(found) == sorted(
        [
            "#/to/0", "#/to/2/nick", "#/to/3", "#/sbject", "#/html", "#/ttl_seconds", "#/kind",
            "#/headers/X-SES-A", "#/headers/X-B", "#/send_at", "#/subject",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"to": None}, "#/to", "no default audience is configured"),
        ({"to": []}, "#/to", "is empty"),
        ({"to": 5}, "#/to", "must be an address in quotes"),
        ({"to": "bob"}, "#/to", "is neither an e-mail address nor a phone number"),
        ({"to": [MAIL, "a@b"]}, "#/to/1", "is no valid e-mail address"),
        ({"to": {"to": MAIL, "data": []}}, "#/to/data", "must be a JSON object"),
        ({"to": [{"data": {}}]}, "#/to/0/to", "is missing"),
        ({"subject": None}, "#/subject", "every e-mail needs one"),
        ({"subject": ""}, "#/subject", "is empty"),
        ({"subject": "   "}, "#/subject", "is blank"),
        ({"subject": "Hi\r\nBcc: x@y.z"}, "#/subject", "line break"),
        ({"subject": "Hi\u2028there"}, "#/subject", "line break"),
        ({"subject": "S" * 999}, "#/subject", "longer than 998"),
        ({"text": None}, "#/message", "needs `html`, `text` or `message`"),
        ({"text": "x" * 262_145}, "#/text", "longer than 262144"),
        ({"channel": "fax"}, "#/channel", "must be one of 'email' or 'text'"),
        ({"channel": "text"}, "#/to", "is neither"),
        ({"send_at": 1_900_000_000}, "#/send_at", "ISO 8601"),
        ({"send_at": "1900000000"}, "#/send_at", "ISO 8601"),
        ({"send_at": "2030-02-01T10:00:00"}, "#/send_at", "with its offset"),
        ({"send_at": "2030-02-31T10:00:00Z"}, "#/send_at", "ISO 8601"),
        ({"text": "\ud800"}, "#/text", "unicode"),
        ({"send_at": "2039-02-01T10:00:00Z"}, "#/send_at", "too far ahead"),
        ({"ttl_seconds": "60"}, "#/ttl_seconds", "must be a whole number"),
        ({"ttl_seconds": 10**9}, "#/ttl_seconds", "at most"),
        ({"kind": "news"}, "#/kind", "'transactional' or 'marketing'"),
        ({"on_unconfirmed": "x"}, "#/on_unconfirmed", "'retry' or 'hold'"),
        ({"partial": 1}, "#/partial", "true or false"),
        ({"group": "a\nb"}, "#/group", "line break"),
        ({"headers": {"From": "x"}}, "#/headers/From", "is set by the service"),
        ({"headers": {"a/b~c": "ü"}}, "#/headers/a~1b~0c", "is no header value"),
        ({"headers": {f"X-{n}": "" for n in range(16)}}, "#/headers", "keep 13"),
        ({"sender": "x"}, "#/sender", "is no field of this request"),
        ({"text": "{{ name", "data": {}}, "#/text", "`text`, line 1: unexpected end"),
        ({"text": "{{ name }}", "data": {}}, "#/to", "the variable 'name' is missing"),
        ({"subject": "{{ n }}", "data": {"n": "a\nb"}}, "#/to", "`subject`, filled"),
        ({"subject": "{{ n }}", "data": {"n": "x" * 999}}, "#/to", "longer than 998"),
        ({"to": PHONE, "text": None}, "#/message", "an SMS needs `message` or `text`"),
    ],
)  # fmt: skip
def test_a_fault_names_the_field_what_is_wrong_and_the_remedy(
    change: dict[str, Any], pointer: str, detail: str
) -> None:
    request = {name: value for name, value in {**E_MAIL, **change}.items() if value is not None}

    (fault,) = problem(request).faults

    assert fault.pointer == pointer
    assert detail in fault.detail


@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert problem(body).faults[0].pointer == "#"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a" * 1601, "has 1601 GSM-7 characters: an SMS may have"),
        ("é🎉" * 211, "has 633 UCS-2 characters: an SMS may have 630"),
        (" \n ", "is blank"),
    ],
)
def test_an_sms_nobody_would_send_is_refused(text: str, detail: str) -> None:
    assert detail in details(to=PHONE, message=text)
    assert detail in details(to=PHONE, message="{{ x }}", data={"x": text})


def test_a_missing_variable_is_named_with_the_recipient_who_lacks_it() -> None:
    to = [{"to": PHONE, "data": {"name": "Ann"}}, {"to": OTHER_PHONE}]

    (fault,) = problem({"to": to, "message": "Hi {{ name }}"}).faults

    assert (fault.pointer, fault.field) == ("#/to/1", "message")
    assert "'name' is missing" in fault.detail


def test_the_answer_to_a_request_without_sms_says_nothing_of_segments() -> None:
    parsed = submission(**E_MAIL)

    answer = receipt(parsed, GROUP, NO_ESTIMATE)

    assert answer.keys() == {
        "group_id",
        "accepted",
        "message_ids",
        "duplicates",
        *NO_ESTIMATE.to_json(),
    }


def test_ten_thousand_recipients_are_taken_and_one_more_is_not() -> None:
    numbers = [f"{name}@example.com" for name in range(10_001)]

    taken = submission(to=numbers[:-1], subject="S", text="Hi")

    assert len(taken.messages) == 10_000
    assert "has 10001 recipients: send at most 10000" in details(**{**E_MAIL, "to": numbers})


def test_the_list_of_faults_is_capped_and_says_so() -> None:
    found = problem({"to": ["bob"] * 250, "message": "Hi"})

    assert found.detail == f"250 faults, of which the first {MAX_LISTED} are listed"
    assert len(found.to_json()["errors"]) == MAX_LISTED


def test_one_bad_recipient_refuses_all_unless_the_request_is_partial() -> None:
    request = {"to": [PHONE, "bob"], "message": "Hi"}

    parsed = submission(**request, partial=True)

    assert pointers(**request) == ["#/to/1"]
    assert [message.address for message in parsed.messages] == [PHONE]
    assert [fault.pointer for fault in parsed.refused or ()] == ["#/to/1"]


def test_a_partial_request_may_lack_data_for_some() -> None:
    parsed = submission(
        to=[PHONE, {"to": OTHER_PHONE, "data": {"x": 1}}], message="{{ x }}", partial=True
    )

    assert [message.address for message in parsed.messages] == [OTHER_PHONE]
    assert [fault.pointer for fault in parsed.refused or ()] == ["#/to/0"]


def test_a_partial_request_without_any_good_recipient_is_refused() -> None:
    assert pointers(to=["bob", "a@b"], message="Hi", partial=True) == ["#/to/0", "#/to/1"]


def test_data_that_would_fill_the_database_is_refused() -> None:
    found = details(
        to=[f"{name}@example.com" for name in range(200)],
        subject="S",
        text="{{ long }}",
        data={"long": "x" * 200_000},
    )

    assert "`data` merged into every recipient's exceeds" in found


def test_no_fault_repeats_an_address_or_a_text() -> None:
    found = problem({"to": ["ann.smith@nowhere", MAIL], "subject": "Secret\n", "text": "{{ x"})

    assert not any(
        word in fault.detail for fault in found.faults for word in ("ann.smith", "Secret")
    )


def test_a_mail_that_names_the_link_to_unsubscribe_is_a_template_without_data() -> None:
    taken = submission(
        to="ann@example.com", subject="News", html='<a href="{{ unsubscribe_url }}">Stop</a>'
    )

    assert ([True], ["{}"]) == (
        [content.is_template for content in taken.contents],
        [message.data_json for message in taken.messages],
    )


def test_a_text_has_no_link_to_unsubscribe() -> None:
    assert "unsubscribe_url" in details(
        to="+14254147755", message="Stop: {{ unsubscribe_url }}", data={}
    )


@pytest.mark.parametrize(
    ("sent", "to", "said"),
    [
        (Channel.EMAIL, PHONE, "`to` is for SMS, and this deployment sends no SMS"),
        (Channel.TEXT, MAIL, "`to` is for e-mail, and this deployment sends no e-mail"),
    ],
)
def test_a_recipient_of_a_channel_that_is_off_is_refused_with_the_remedy(
    sent: Channel, to: str, said: str
) -> None:
    rules = AddressRules(channels=(sent,))

    with pytest.raises(RequestRefused) as caught:
        parse_submission({"to": [to], "message": "Hi"}, rules=rules, now=NOW)

    (fault,) = caught.value.problem.faults
    assert (caught.value.problem.status, fault.pointer) == (400, "#/to/0")
    assert said in fault.detail
    assert "MT_CHANNELS" in fault.detail


def test_a_list_is_not_sent_to_by_a_channel_that_is_off() -> None:
    rules = AddressRules(channels=(Channel.EMAIL,))
    both = Listed([Addressee("#/audience", Channel.TEXT, Personal(PHONE))])
    body = {"audience": "all", "subject": "Hello", "text": "Hi", "message": "Hi"}

    with pytest.raises(RequestRefused) as caught:
        parse_submission(body, rules=rules, listed=both, now=NOW)

    (fault,) = caught.value.problem.faults
    assert (fault.pointer, "set `channel` to 'email'" in fault.detail) == ("#/channel", True)
