"""Bad input gets a clear answer that names the field, and nothing is accepted."""

import json

import pytest

from tests.running_stack import RunningStack


def body(**fields: object) -> bytes:
    return json.dumps({"message": "x", "subject": "x", **fields}).encode()


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        pytest.param(b'{"message": "x", "to": ', "", id="malformed JSON"),
        pytest.param(b'["a", "list"]', "", id="not an object"),
        pytest.param(body(to="nobody"), "#/to", id="neither an address nor a number"),
        pytest.param(body(to=12, message=True), "#/to", id="wrong types"),
        pytest.param(
            body(to=[f"a{n}@example.com" for n in range(10_001)]), "#/to", id="10,001 recipients"
        ),
        pytest.param(body(to="a@example.com", subject="x\r\nBcc: y"), "#/subject", id="CRLF"),
        pytest.param(body(to="+12025550100", message="\x00"), "#/message", id="NUL"),
        pytest.param(body(to="+12025550100", message="\ud800"), "#/message", id="lone surrogate"),
        pytest.param(
            body(to={"to": "+12025550100", "data": {"name": "A"}}, message="Hi {{ nam }}"),
            "#/to",
            id="unknown template variable",
        ),
        pytest.param(b"[" * 100_000, "", id="deep nesting"),
    ],
)
def test_bad_input_is_refused_and_named(stack: RunningStack, sent: bytes, pointer: str) -> None:
    answer = stack.call("POST", "/send", sent)

    assert 400 == answer.status, answer.body
    assert answer.headers["content-type"].startswith("application/problem+json")
    # What is no JSON object has no fields to point at; its detail says where it went wrong.
    faults = answer.body.get("errors", [{"pointer": "", "detail": answer.body["detail"]}])
    assert any(fault["pointer"].startswith(pointer) and fault["detail"] for fault in faults)


def test_a_body_of_11_mb_is_too_large(stack: RunningStack) -> None:
    answer = stack.call("POST", "/send", body(to="a@example.com", message="x" * 11_000_000))

    assert 413 == answer.status
    assert "MiB" in answer.body["detail"]


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer mt_local_guess", "Basic eDp5"])
def test_nobody_sends_without_a_key(stack: RunningStack, authorization: str) -> None:
    answer = stack.call("POST", "/send", body(to="a@example.com"), Authorization=authorization)

    assert (401, "Bearer") == (answer.status, answer.headers["www-authenticate"].split()[0])


def test_an_unknown_message_is_not_found(stack: RunningStack) -> None:
    answer = stack.call("GET", "/messages/01a2006a-57fa-77f3-9dd2-40b9e5ea8e28")

    assert 404 == answer.status
