"""Audiences: kept by name, filled by JSON and CSV, every address once."""

import json

import pytest

from tests.http_api import ApiUnderTest, HttpAnswer

MAIL, OTHER_MAIL, PHONE = "ann@example.com", "bob@example.com", "+14254147755"
CSV = {"Content-Type": "text/csv; charset=utf-8"}


@pytest.fixture
def spring(api: ApiUnderTest) -> ApiUnderTest:
    """The API with one audience, "spring"."""
    assert api.call("PUT", "/audiences/spring").status == 200
    return api


def add(api: ApiUnderTest, *members: object, query: str = "") -> HttpAnswer:
    body = json.dumps({"members": members})
    return api.call("POST", f"/audiences/spring/members{query}", body=body)


def members(api: ApiUnderTest) -> list[tuple[str, str, object, object]]:
    return [
        (row["channel"], row["address"], row["data"], row["user_id"])
        for row in api.rows("audience_member")
    ]


def test_making_an_audience_again_changes_nothing(api: ApiUnderTest) -> None:
    first, again = (api.call("PUT", "/audiences/spring") for _ in range(2))

    assert first.json == again.json
    assert first.json == {
        "name": "spring", "created_at": "2030-01-31T09:00:00Z", "members": 0, "email": 0,
        "text": 0,
    }  # fmt: skip


@pytest.mark.parametrize("name", [".hidden", "a" * 101, "two%20words", "-"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(api: ApiUnderTest, name: str) -> None:
    answer = api.call("PUT", f"/audiences/{name}")

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/name")


def test_members_are_added_as_a_request_names_them(spring: ApiUnderTest) -> None:
    answer = add(spring, MAIL, {"to": PHONE, "data": {"name": "Bob"}, "user_id": "u-2"})

    assert answer.json == {"name": "spring", "added": 2, "updated": 0}
    assert members(spring) == [
        ("email", MAIL, None, None),
        ("text", PHONE, {"name": "Bob"}, "u-2"),
    ]


def test_a_member_added_again_has_the_new_data(spring: ApiUnderTest) -> None:
    add(spring, {"to": MAIL, "data": {"name": "Ann"}}, OTHER_MAIL)

    answer = add(spring, {"to": "ann@EXAMPLE.com", "data": {"name": "Anna"}})

    assert (answer.json["added"], answer.json["updated"]) == (0, 1)
    assert [data for _, address, data, _ in members(spring) if address == MAIL] == [
        {"name": "Anna"}
    ]


def test_of_an_address_twice_in_a_list_the_last_counts(spring: ApiUnderTest) -> None:
    answer = add(spring, {"to": MAIL, "user_id": "1"}, {"to": MAIL, "user_id": "2"})

    assert (answer.json["added"], answer.json["updated"]) == (1, 0)
    assert members(spring) == [("email", MAIL, None, "2")]


def test_members_are_added_as_csv(spring: ApiUnderTest) -> None:
    body = f"email;phone;user_id;name\n{MAIL};{PHONE};u-1;Ann\n{OTHER_MAIL};;;\n"

    answer = spring.call("POST", "/audiences/spring/members", body=body, headers=CSV)

    assert answer.json["added"] == 3
    assert members(spring) == [
        ("email", MAIL, {"name": "Ann"}, "u-1"),
        ("email", OTHER_MAIL, None, None),
        ("text", PHONE, {"name": "Ann"}, "u-1"),
    ]


def test_bad_lines_of_csv_refuse_it_all_and_are_named(spring: ApiUnderTest) -> None:
    body = f"to\nbob\n{MAIL}\na@b\n"

    answer = spring.call("POST", "/audiences/spring/members", body=body, headers=CSV)

    assert answer.status == 400
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/lines/2", "#/lines/4"]
    assert members(spring) == []


@pytest.mark.parametrize("body", ["", "name\nAnn\n", "to\n", "to\n" + "x" * 70_000])
def test_csv_without_addresses_is_refused(spring: ApiUnderTest, body: str) -> None:
    answer = spring.call("POST", "/audiences/spring/members", body=body, headers=CSV)

    assert answer.status == 400


def test_a_bad_member_refuses_all_unless_the_rest_is_wanted(spring: ApiUnderTest) -> None:
    refused = add(spring, MAIL, "bob")
    partial = add(spring, MAIL, "bob", query="?partial=true")

    assert [error["pointer"] for error in refused.json["errors"]] == ["#/members/1"]
    assert (partial.json["added"], partial.json["refused"][0]["pointer"]) == (1, "#/members/1")
    assert len(members(spring)) == 1


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_list_has_one_to_ten_thousand_members(spring: ApiUnderTest, count: int) -> None:
    answer = add(spring, *["x"] * count)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/members")


def test_counts_are_told_by_channel(spring: ApiUnderTest) -> None:
    add(spring, MAIL, OTHER_MAIL, PHONE)
    spring.call("PUT", "/audiences/autumn")

    one = spring.call("GET", "/audiences/spring").json
    listed = spring.call("GET", "/audiences").json["audiences"]

    assert (one["members"], one["email"], one["text"]) == (3, 2, 1)
    assert [each["name"] for each in listed] == ["autumn", "spring"]
    assert listed[1] == one


@pytest.mark.parametrize("written", ["ann%40example.com", "ann@EXAMPLE.com"])
def test_a_member_is_taken_out_by_its_address(spring: ApiUnderTest, written: str) -> None:
    add(spring, MAIL, PHONE)

    first = spring.call("DELETE", f"/audiences/spring/members/{written}")
    again = spring.call("DELETE", f"/audiences/spring/members/{written}")

    assert (first.status, again.status) == (200, 404)
    assert [address for _, address, _, _ in members(spring)] == [PHONE]


def test_a_phone_number_is_taken_out_with_its_plus_encoded_or_not(spring: ApiUnderTest) -> None:
    add(spring, PHONE)

    answer = spring.call("DELETE", "/audiences/spring/members/%2B14254147755")

    assert (answer.status, members(spring)) == (200, [])


def test_an_audience_goes_with_its_members(spring: ApiUnderTest) -> None:
    add(spring, MAIL)

    gone = spring.call("DELETE", "/audiences/spring")

    assert (gone.status, members(spring)) == (200, [])
    assert spring.call("DELETE", "/audiences/spring").status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/audiences/none"),
        ("DELETE", "/audiences/none"),
        ("DELETE", "/audiences/none/members/a@example.com"),
        ("DELETE", "/audiences/none/members/nobody"),
    ],
)
def test_what_is_not_there_is_not_found(api: ApiUnderTest, method: str, path: str) -> None:
    assert api.call(method, path).status == 404


def test_nobody_is_added_to_an_audience_that_is_not_there(api: ApiUnderTest) -> None:
    answer = add(api, MAIL)

    assert answer.status == 404


def test_the_log_names_no_member(spring: ApiUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    add(spring, MAIL, PHONE, "bob", query="?partial=true")
    spring.call("DELETE", f"/audiences/spring/members/{MAIL}")

    log = "\n".join(str(vars(record)) for record in caplog.records)
    assert "members added" in log
    assert not any(word in log for word in (MAIL, PHONE, "bob"))
