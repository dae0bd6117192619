"""Recipients by reference: every line of a list is sent to once, or refused by its number."""

import gzip
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from message_tracker.api.importer import batches
from message_tracker.core.domain.api_key import USUAL_SCOPES, KeyTerms, Scope
from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from message_tracker.core.store.imports import Imports
from tests.http_api import BUCKET, ApiUnderTest, HttpAnswer
from tests.importing import importer_of, put, run

MAIL, PHONE = "ann@example.com", "+14254147755"
E_MAIL = {"subject": "Hi {{ name }}", "text": "Hello {{ name }}"}


@pytest.fixture
def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines a transaction."""
    monkeypatch.setattr(batches, "MOST_LINES", 3)


def people(count: int, first: int = 0) -> str:
    rows = (f"p{n}@example.com,P{n}\n" for n in range(first, first + count))
    return "to,name\n" + "".join(rows)


def send(api: ApiUnderTest, body: str | bytes, key: str = "a.csv", **request: object) -> HttpAnswer:
    return api.send({"recipients_url": put(api, key, body), **E_MAIL, **request})


def told(api: ApiUnderTest, answer: HttpAnswer) -> Any:  # noqa: ANN401 - JSON
    return api.call("GET", f"/imports/{answer.json['import_id']}").json


def recipients(api: ApiUnderTest) -> Counter[str]:
    return Counter(row["recipient"] for row in api.rows("message"))


def test_the_call_accepts_and_wakes_and_the_importer_sends_to_every_line(
    api: ApiUnderTest,
) -> None:
    answer = send(api, people(4), group="spring", user_id="u")
    before = told(api, answer)

    run(api)

    assert (answer.status, answer.json["accepted"], answer.json["message_ids"]) == (200, 0, [])
    assert (before["state"], api.import_queue.bodies) == ("checking", ["{}"])
    after = told(api, answer)
    assert (after["state"], after["accepted"], after["lines"]) == ("finished", 4, 5)
    assert {str(row["group_id"]) for row in api.rows("message")} == {answer.json["group_id"]}
    assert [row["data"] for row in api.rows("message")] == [{"name": f"P{n}"} for n in range(4)]
    assert len(api.rows("message_content")) == 1


def test_its_messages_are_enqueued_as_they_are_accepted(api: ApiUnderTest) -> None:
    send(api, people(20), kind="marketing")

    run(api)

    bodies = api.queues[Channel.EMAIL, Kind.MARKETING].bodies
    assert [len(parse_chunk(body).message_ids) for body in bodies] == [14, 6]
    assert all(row["enqueued_at"] is not None for row in api.rows("dispatch"))


@pytest.mark.parametrize("key", ["a.csv.gz", "a.ndjson", "a.jsonl.gz"])
def test_lists_are_csv_or_ndjson_compressed_or_not(api: ApiUnderTest, key: str) -> None:
    entries = "".join(json.dumps({"to": f"p{n}@x.org", "data": {"name": n}}) + "\n" for n in "ab")
    text = (people(2) if "csv" in key else entries).encode()

    answer = send(api, gzip.compress(text) if key.endswith("gz") else text, key)
    run(api)

    assert told(api, answer)["accepted"] == 2


def test_a_list_of_both_channels_gets_what_the_request_says(api: ApiUnderTest) -> None:
    both = f"email,phone\n{MAIL},{PHONE}\n"

    texts = send(api, both, "1.csv", subject=None, text=None, message="Hi")
    mails = send(api, both, "2.csv", subject="S", text="T")
    each = send(api, both, "3.csv", subject="S", text=None, message="Hi")
    run(api)

    outcomes = [told(api, answer) for answer in (texts, mails, each)]
    assert [(one["accepted"], one["skipped"]) for one in outcomes] == [(1, 1), (1, 1), (2, 0)]
    assert recipients(api) == {MAIL: 2, PHONE: 2}


def test_an_address_twice_in_a_list_is_sent_to_once(
    api: ApiUnderTest, in_small_batches: None
) -> None:
    answer = send(api, people(5) + people(5).partition("\n")[2] + "p9@example.com,P9\n" * 4)

    run(api)

    after = told(api, answer)
    assert (after["accepted"], after["duplicates"]) == (6, 8)
    assert set(recipients(api).values()) == {1}
    assert api.rows("import_recipient") == []


def test_two_imports_may_name_the_same_address(api: ApiUnderTest) -> None:
    for key in ("1.csv", "2.csv"):
        send(api, people(1), key)

    run(api)

    assert recipients(api) == {"p0@example.com": 2}


def test_a_bad_line_refuses_the_list_before_anything_is_accepted(
    api: ApiUnderTest, in_small_batches: None
) -> None:
    answer = send(api, people(7) + "bob,B\n" + "p7@example.com,\n")

    run(api)

    after = told(api, answer)
    assert (after["state"], after["accepted"], after["refused"]) == ("refused", 0, 2)
    assert [one["line"] for one in after["refused_lines"]] == [9, 10]
    assert "'name'" in after["refused_lines"][1]["detail"]
    assert api.rows("message") == []


def test_a_partial_import_sends_to_the_good_lines_and_names_the_bad(api: ApiUnderTest) -> None:
    answer = send(api, people(2) + "bob,B\n", partial=True)

    run(api)

    after = told(api, answer)
    assert (after["state"], after["accepted"], after["refused"]) == ("finished", 2, 1)
    page = api.call("GET", f"/imports/{answer.json['import_id']}/refused?after=3&limit=5").json
    assert [one["line"] for one in page["refused"]] == [4]
    assert page["next"] is None


def test_refused_lines_are_told_page_by_page(api: ApiUnderTest) -> None:
    answer = send(api, "to,name\n" + "bob,B\n" * 5, partial=True)
    run(api)
    path = f"/imports/{answer.json['import_id']}/refused?limit=2"

    first = api.call("GET", path).json
    second = api.call("GET", f"{path}&after={first['next']}").json

    assert [one["line"] for one in first["refused"] + second["refused"]] == [2, 3, 4, 5]


@pytest.mark.parametrize("dies_after", range(8))
def test_a_crash_loses_and_doubles_nobody(
    api: ApiUnderTest,
    in_small_batches: None,
    monkeypatch: pytest.MonkeyPatch,
    dies_after: int,
) -> None:
    answer = send(api, people(10) + "p3@example.com,again\n")
    left = iter(range(dies_after))
    store = Imports.store

    def dying(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the method's own
        stored = store(*arguments, **named)
        if next(left, None) is None:
            raise Unavailable("the process is gone")
        return stored

    with monkeypatch.context() as patched:
        patched.setattr(Imports, "store", dying)
        with pytest.raises(Unavailable):
            run(api)
    api.now += timedelta(minutes=3)
    run(api)

    after = told(api, answer)
    assert (after["state"], after["accepted"], after["duplicates"]) == ("finished", 10, 1)
    assert recipients(api) == Counter(f"p{n}@example.com" for n in range(10))


def test_importers_at_once_lose_and_double_nobody(
    api: ApiUnderTest, in_small_batches: None, database_url: str
) -> None:
    answer = send(api, people(60))
    databases = [Database(lambda: database_url) for _ in range(4)]
    # All claim it, as if every claim had expired at once.
    jobs = []
    for database in databases:
        jobs.append(importer_of(api, database)._claim())
        api.now += timedelta(minutes=3)

    with ThreadPoolExecutor(4) as pool:
        works = [
            pool.submit(importer_of(api, database)._work, job, api.now + timedelta(hours=1))
            for database, job in zip(databases, jobs, strict=True)
            if job
        ]
        accepted = [work.result() for work in works]
    api.now += timedelta(minutes=3)
    run(api)

    for database in databases:
        database.close()
    assert len(accepted) == 4
    assert (told(api, answer)["state"], told(api, answer)["accepted"]) == ("finished", 60)
    assert recipients(api) == Counter(f"p{n}@example.com" for n in range(60))


def test_an_importer_out_of_time_hands_over_and_the_next_goes_on(
    api: ApiUnderTest, in_small_batches: None
) -> None:
    answer = send(api, people(10), partial=True)
    api.import_queue.bodies.clear()

    accepted = []
    while told(api, answer)["state"] != "finished":
        accepted.append(importer_of(api)._work(_claimed(api), api.now))

    assert accepted == [3, 3, 3, 1, 0]
    assert api.import_queue.bodies == ["{}"] * 4


def _claimed(api: ApiUnderTest) -> Any:  # noqa: ANN401 - a job
    return importer_of(api)._claim()


def test_one_that_is_worked_on_is_left_alone(api: ApiUnderTest) -> None:
    send(api, people(1))
    importer_of(api)._claim()

    assert run(api) == 0


@pytest.mark.parametrize("order", ["stop", "pause"])
def test_a_group_that_is_stopped_or_paused_stops_the_rest_until_it_goes_on(
    api: ApiUnderTest, in_small_batches: None, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    answer = send(api, people(10), partial=True)
    group = f"/groups/{answer.json['group_id']}"
    store = Imports.store

    def ordered_meanwhile(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the method's own
        stored = store(*arguments, **named)
        api.call("POST", f"{group}/{order}")
        return stored

    with monkeypatch.context() as patched:
        patched.setattr(Imports, "store", ordered_meanwhile)
        run(api)
    held = told(api, answer)
    api.now += timedelta(minutes=3)
    run(api)
    still = told(api, answer)
    api.call("POST", f"{group}/resume")
    run(api)

    assert (held["state"], held["accepted"]) == ("importing", 3)
    assert held["group_state"] == {"stop": "stopped", "pause": "paused"}[order]
    assert still == held
    assert (told(api, answer)["state"], len(api.rows("message"))) == ("finished", 10)


def test_an_object_that_was_replaced_meanwhile_is_not_read(api: ApiUnderTest) -> None:
    answer = send(api, people(2))
    put(api, "a.csv", people(3))

    run(api)

    after = told(api, answer)
    assert (after["state"], after["accepted"]) == ("failed", 0)
    assert "another" in after["reason"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"name\nAnn\n", "no column"),
        (gzip.compress(people(900).encode())[:-30], "damaged gzip data"),
        (b"to,name\n" + b"x" * 70_000, "longer than"),
    ],
)
def test_a_list_that_cannot_be_read_fails_with_a_reason(
    api: ApiUnderTest, body: bytes, reason: str
) -> None:
    answer = send(api, body)

    run(api)

    after = told(api, answer)
    assert after["state"] == "failed"
    assert reason in after["reason"]
    assert api.rows("message") == []


def test_one_that_never_gets_further_is_given_up(api: ApiUnderTest) -> None:
    answer = send(api, people(1))
    api.objects.error = Unavailable("S3 is away")
    for _ in range(20):
        with pytest.raises(Unavailable):
            run(api)
        api.now += timedelta(minutes=3)

    run(api)

    assert told(api, answer)["state"] == "failed"


def test_an_empty_list_is_finished_at_once(api: ApiUnderTest) -> None:
    answer = send(api, "to\n")

    run(api)

    after = told(api, answer)
    assert (after["state"], after["accepted"]) == ("finished", 0)


def test_the_wake_up_may_be_lost(api: ApiUnderTest) -> None:
    api.import_queue.refuses = lambda _body: True

    answer = send(api, people(1))
    run(api)

    assert (answer.status, told(api, answer)["state"]) == (200, "finished")


def test_a_repeat_with_its_key_imports_once(api: ApiUnderTest) -> None:
    request = {"recipients_url": put(api, "a.csv", people(3)), **E_MAIL}
    key = {"Idempotency-Key": "spring"}

    first, again = api.send(request, key), api.send(request, key)
    run(api)

    assert first.json == again.json
    assert (len(api.rows("recipient_import")), len(api.rows("message"))) == (1, 3)


def test_what_is_wrong_with_the_request_itself_is_said_at_once(api: ApiUnderTest) -> None:
    answer = send(api, people(1), subject=None, text="Hi {{ name", html="<p>", kind="junk")

    assert answer.status == 400
    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert pointers == {"#/subject", "#/text", "#/kind"}
    assert api.rows("message_group") == api.rows("recipient_import") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.example.com/imports/a.csv",
        "http://169.254.169.254/latest/meta-data.csv",
        "file:///etc/passwd.csv",
        f"s3://{BUCKET}/reports/a.csv",
        f"s3://{BUCKET}/imports-of-others/a.csv",
        f"s3://{BUCKET}.evil.com/imports/a.csv",
        "s3://another/imports/a.csv",
        f"s3://{BUCKET}/imports/missing.csv",
        f"s3://{BUCKET}/imports/a",
        f"s3://{BUCKET}/imports/",
        "",
        5,
    ],
)
def test_only_objects_that_may_be_read_are_taken(api: ApiUnderTest, url: object) -> None:
    put(api, "a.csv.bak", people(1))

    answer = api.send({"recipients_url": url, **E_MAIL})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/recipients_url")


def test_an_import_that_is_not_there_is_not_found(api: ApiUnderTest) -> None:
    for path in (f"/imports/{uuid4()}", "/imports/x", f"/imports/{uuid4()}/refused"):
        assert api.call("GET", path).status == 404


def with_key(api: ApiUnderTest, terms: KeyTerms) -> None:
    """Let the API be called with a key of these terms from now on."""
    _, api.key = ApiKeys(api.database).create("test", "limited", api.now, terms)


def test_a_test_keys_import_makes_test_messages(api: ApiUnderTest) -> None:
    with_key(api, KeyTerms(is_test=True))
    send(api, people(2))

    run(api)

    assert [row["is_test"] for row in api.rows("message")] == [True, True]


def test_a_key_without_a_channels_scope_cannot_import_for_it(api: ApiUnderTest) -> None:
    with_key(api, KeyTerms(scopes=frozenset({Scope.SEND_TEXT})))

    assert send(api, people(1)).status == 403
    assert api.rows("recipient_import") == []


def test_lines_beyond_a_keys_countries_are_refused_by_number(api: ApiUnderTest) -> None:
    with_key(api, KeyTerms(countries=frozenset({"GB"}), scopes=USUAL_SCOPES))
    body = f"to\n{PHONE}\n+447860019066\n"

    texts: dict[str, Any] = {"subject": None, "text": None, "message": "Hi", "partial": True}
    answer = send(api, body, **texts)
    nobody = send(api, f"to\n{PHONE}\n", key="b.csv", **texts)
    run(api)

    after = told(api, answer)
    assert (after["accepted"], [one["line"] for one in after["refused_lines"]]) == (1, [2])
    assert (told(api, nobody)["state"], told(api, nobody)["refused"]) == ("finished", 1)


def test_a_keys_rate_of_messages_holds_for_imports_too(
    api: ApiUnderTest, in_small_batches: None
) -> None:
    with_key(api, KeyTerms(messages_per_second=0.001))
    answer = send(api, people(5), partial=True)

    run(api)
    first = told(api, answer)
    run(api)
    waiting = told(api, answer)
    api.database.fetch("DELETE FROM api_key_rate")
    api.now += timedelta(hours=1)
    run(api)

    assert first["accepted"] == waiting["accepted"] == 3
    assert (told(api, answer)["state"], told(api, answer)["accepted"]) == ("finished", 5)


def test_a_dry_run_of_a_list_stores_nothing(api: ApiUnderTest) -> None:
    answer = send(api, people(2), dry_run=True)

    assert (answer.status, answer.json["dry_run"]) == (200, True)
    assert api.rows("recipient_import") == []


def test_an_import_keeps_the_version_of_its_template(api: ApiUnderTest) -> None:
    path = "/templates/welcome"
    api.call("PUT", path, body=json.dumps({"subject": "S", "text": "One {{ name }}"}))
    both = "email,phone,name\n" + f"{MAIL},{PHONE},Ann\n"

    answer = send(api, both, subject=None, text=None, template="welcome")
    api.call("PUT", path, body=json.dumps({"subject": "S", "text": "Two {{ other }}"}))
    run(api)

    after = told(api, answer)
    assert (after["accepted"], after["skipped"]) == (1, 1)
    assert [row["data"] for row in api.rows("message")] == [{"name": "Ann"}]
