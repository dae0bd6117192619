"""Named templates: versions that never change, tried before use, sent by name."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from message_tracker.core.domain.named_template import TemplateTexts
from message_tracker.core.store.database import Database
from message_tracker.core.store.templates import Templates
from tests.http_api import NOW, ApiUnderTest, HttpAnswer

PHONE, MAIL = "+14254147755", "ann@example.com"
WELCOME = {
    "subject": "Welcome, {{ name }}",
    "html": "<p>Hello {{ name }}, <a href='{{ link }}'>begin</a></p>",
    "message": "Hello {{ name }}: {{ link }}",
}
ANN = {"name": "A & B", "link": "https://x.example"}


def put(api: ApiUnderTest, texts: object, name: str = "welcome") -> HttpAnswer:
    return api.call("PUT", f"/templates/{name}", body=json.dumps(texts))


def get(api: ApiUnderTest, path: str) -> HttpAnswer:
    return api.call("GET", f"/templates{path}")


def preview(api: ApiUnderTest, **request: object) -> HttpAnswer:
    return api.call("POST", "/templates/welcome/preview", body=json.dumps(request))


def faults(answer: HttpAnswer) -> dict[str, str]:
    assert answer.status == 400
    return {fault["pointer"]: fault["detail"] for fault in answer.json["errors"]}


def test_a_template_is_kept_with_its_variables_and_a_text_part(api: ApiUnderTest) -> None:
    answer = put(api, WELCOME)

    assert answer.status == 200
    assert answer.json == {
        "name": "welcome", "version": 1, "channels": ["email", "text"],
        "created_at": "2030-01-31T09:00:00Z", "archived_at": None,
        "variables": ["link", "name"], **WELCOME, "text": "Hello {{ name }}, begin ({{ link }})",
    }  # fmt: skip


def test_the_name_may_stand_in_the_body(api: ApiUnderTest) -> None:
    body = json.dumps({"name": "otp", "message": "Code {{ code }}"})

    answer = api.call("POST", "/templates", body=body)

    assert (answer.json["name"], answer.json["version"]) == ("otp", 1)
    assert answer.json["channels"] == ["text"]


def test_the_same_texts_are_the_same_version_and_others_the_next(api: ApiUnderTest) -> None:
    versions = [put(api, texts).json["version"] for texts in (WELCOME, WELCOME, {"message": "Hi"})]

    assert versions == [1, 1, 2]
    assert put(api, WELCOME).json["version"] == 3
    assert [each["version"] for each in get(api, "/welcome").json["versions"]] == [3, 2, 1]


def test_a_version_stays_as_it_was(api: ApiUnderTest) -> None:
    first = put(api, WELCOME).json
    put(api, {"message": "Hi"})

    assert get(api, "/welcome/versions/1").json == first


def test_the_list_is_by_name_and_goes_on_where_it_ended(api: ApiUnderTest) -> None:
    for name in ("b", "a", "c"):
        put(api, {"message": "Hi"}, name)

    first = get(api, "?limit=2").json
    second = get(api, f"?limit=2&after={first['next']}").json

    assert [each["name"] for each in first["templates"]] == ["a", "b"]
    assert [each["name"] for each in second["templates"]] == ["c"]
    assert (first["next"], second["next"]) == ("b", None)


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ({}, {"#": "a template needs an e-mail"}),
        ({"subject": "S"}, {"#/html": "needs `html` or `text`"}),
        ({"html": "<p>x</p>"}, {"#/subject": "every e-mail needs one"}),
        ({"message": "{{ x"}, {"#/message": "line 1: unexpected end of template"}),
        (
            {"subject": "{{ x.__class__", "html": "{% set a = 1 %}"},
            {"#/subject": "line 1", "#/html": "not available"},
        ),
        ({"message": 5}, {"#/message": "must be a text in quotes"}),
        ({"message": "Hi", "body": "x"}, {"#/body": "is no field of this request"}),
        ({"subject": "a\nBcc: x@y.example", "text": "x"}, {"#/subject": "line break"}),
    ],
)
def test_what_is_wrong_with_a_template_is_named(
    api: ApiUnderTest, texts: object, named: dict[str, str]
) -> None:
    found = faults(put(api, texts))

    for pointer, words in named.items():
        assert words in found[pointer]
    assert api.rows("template") == []


@pytest.mark.parametrize("name", ["-x", "a%20b", "a~b", "x" * 101])
def test_a_name_that_cannot_stand_in_a_path_is_refused(api: ApiUnderTest, name: str) -> None:
    answer = put(api, {"message": "Hi"}, name)

    assert answer.status in {400, 404}
    assert api.rows("template") == []


@pytest.mark.parametrize(
    "path", ["/none", "/none/versions/1", "/welcome/versions/2", "/welcome/versions/x"]
)
def test_what_is_not_there_is_answered_404(api: ApiUnderTest, path: str) -> None:
    put(api, WELCOME)

    assert get(api, path).status == 404


def test_a_preview_is_filled_and_counts_segments(api: ApiUnderTest) -> None:
    put(api, WELCOME)

    answer = preview(api, data=ANN)

    assert answer.json == {
        "name": "welcome", "version": 1,
        "subject": "Welcome, A & B",
        "html": "<p>Hello A &amp; B, <a href='https://x.example'>begin</a></p>",
        "text": "Hello A & B, begin (https://x.example)",
        "message": "Hello A & B: https://x.example",
        "sms": {"encoding": "GSM-7", "segments": 1, "forced_ucs2": []},
    }  # fmt: skip
    assert api.rows("message") == []


def test_a_preview_names_every_part_that_does_not_fill(api: ApiUnderTest) -> None:
    put(api, WELCOME)

    answer = preview(api, data={"link": "x"})

    details = [fault["detail"] for fault in answer.json["errors"]]
    assert [detail.split(",")[0] for detail in details] == [
        "`subject`", "`html`", "`text`", "`message`",
    ]  # fmt: skip
    assert all("the variable 'name' is missing" in detail for detail in details)


def test_a_preview_may_be_of_an_earlier_version(api: ApiUnderTest) -> None:
    put(api, {"message": "Old {{ name }}"})
    put(api, {"message": "New {{ name }}"})

    assert preview(api, data=ANN, version=1).json["message"] == "Old A & B"
    assert preview(api, data=ANN).json["message"] == "New A & B"
    assert preview(api, data=ANN, version=3).status == 404


def test_a_request_names_a_template_and_each_channel_gets_its_part(api: ApiUnderTest) -> None:
    put(api, WELCOME)

    answer = api.send({"to": [MAIL, PHONE], "template": "welcome", "data": ANN})

    (template,) = api.rows("template")
    contents = api.rows("message_content")
    assert answer.json["template"] == {"name": "welcome", "version": 1}
    assert answer.json["text"]["segments"] == 1
    assert {content["template_id"] for content in contents} == {template["template_id"]}
    assert [(content["html"], content["body"]) for content in contents] == [(None, None)] * 2


def test_a_request_may_name_an_earlier_version(api: ApiUnderTest) -> None:
    put(api, {"message": "Old"})
    put(api, {"message": "New"})

    latest = api.send({"to": PHONE, "template": {"name": "welcome"}})
    first = api.send({"to": PHONE, "template": {"name": "welcome", "version": 1}})

    assert latest.json["template"]["version"] == 2
    assert first.json["template"]["version"] == 1


def test_a_missing_variable_is_refused_with_its_recipient(api: ApiUnderTest) -> None:
    put(api, {"message": "Hi {{ name }}"})

    answer = api.send(
        {"to": [{"to": PHONE, "data": {"name": "Ann"}}, "+447860019066"], "template": "welcome"}
    )

    assert faults(answer) == {
        "#/to/1": "`message`, line 1: the variable 'name' is missing: give it in `data`, or write"
        " {{ … | default('…') }}"
    }


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"template": "none"}, {"#/template": "'none' is not known here"}),
        ({"template": {"name": "welcome", "version": 9}}, {"#/template": "version 9"}),
        ({"template": {"name": "welcome", "version": 0}}, {"#/template/version": "at least 1"}),
        ({"template": 5}, {"#/template": "must be a name in quotes"}),
        (
            {"template": {"nam": "x"}},
            {"#/template/name": "is missing", "#/template/nam": "is no field"},
        ),
        (
            {"template": "welcome", "message": "Hi", "subject": "S"},
            {"#/message": "cannot stand beside `template`", "#/subject": "remove one of them"},
        ),
        ({"template": "welcome", "ses_template": "x"}, {"#/ses_template": "cannot stand beside"}),
        ({"template": "welcome", "to": MAIL}, {"#/template": "'welcome' has no e-mail"}),
        ({"ses_template": "x"}, {"#/ses_template": "is an e-mail: remove the phone numbers"}),
        ({"ses_template": "a b", "to": MAIL}, {"#/ses_template": "as in SES"}),
        (
            {"ses_template": "x", "to": MAIL, "data": {"x": "y" * 262_144}},
            {"#/to": "exceeds 262144 characters"},
        ),
    ],
)
def test_what_is_wrong_with_the_choice_is_named_and_nothing_else(
    api: ApiUnderTest, request_: dict[str, Any], named: dict[str, str]
) -> None:
    put(api, {"message": "Hi"})

    found = faults(api.send({"to": PHONE, **request_}))

    assert found.keys() == named.keys()
    for pointer, words in named.items():
        assert words in found[pointer]


def test_an_archived_template_can_be_read_and_not_sent(api: ApiUnderTest) -> None:
    put(api, WELCOME)
    put(api, {"message": "Hi"})

    archived = api.call("DELETE", "/templates/welcome")

    refused = api.send({"to": PHONE, "template": {"name": "welcome", "version": 1}, "data": ANN})
    assert archived.json == {"name": "welcome", "archived": 2}
    assert "is archived" in faults(refused)["#/template"]
    assert get(api, "/welcome").json["archived_at"] == "2030-01-31T09:00:00Z"
    assert get(api, "").json["templates"] == []
    assert api.call("DELETE", "/templates/welcome").json["archived"] == 0
    assert api.call("DELETE", "/templates/none").status == 404


def test_an_archived_template_begins_anew_with_the_next_version(api: ApiUnderTest) -> None:
    put(api, {"message": "Hi"})
    api.call("DELETE", "/templates/welcome")

    assert put(api, {"message": "Hi"}).json["version"] == 2
    assert api.send({"to": PHONE, "template": "welcome"}).json["template"]["version"] == 2
    assert (
        "archived"
        in faults(api.send({"to": PHONE, "template": {"name": "welcome", "version": 1}}))[
            "#/template"
        ]
    )


def test_an_ses_template_keeps_all_of_the_data(api: ApiUnderTest) -> None:
    answer = api.send({"to": MAIL, "ses_template": "Offer", "data": ANN})

    (content,), (message,) = api.rows("message_content"), api.rows("message")
    assert answer.status == 200
    assert (content["ses_template"], content["subject"]) == ("Offer", None)
    assert message["data"] == ANN


def test_writers_at_once_make_each_version_once(database: Database, database_url: str) -> None:
    def push(number: int) -> int:
        own = Database(lambda: database_url)
        try:
            texts = TemplateTexts(message=f"Hi {number % 2}")
            return Templates(own).put("x", texts, NOW).version
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(push, range(16)))

    kept = Templates(database).versions("x")
    assert {each.version for each in kept} == set(range(1, len(kept) + 1)) == set(versions)
