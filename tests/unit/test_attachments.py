"""Attachments of a request: what is wrong with each, by name; else files."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.attachments import MAX_ATTACHMENTS
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.message import Attachment, Disposition
from message_tracker.core.domain.problem import RequestRefused
from message_tracker.core.domain.submission import Submission

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
PDF = base64.b64encode(b"%PDF").decode()


def submission(*files: object, **request: object) -> Submission:
    body = {"to": "ann@example.com", "subject": "S", "text": "T", "attachments": [*files]}
    return parse_submission({**body, **request}, rules=AddressRules(), now=NOW)


def a_file(**changes: object) -> dict[str, Any]:
    return {"name": "invoice.pdf", "content": PDF, **changes}


def faults(*files: object, **request: object) -> list[tuple[str, str]]:
    with pytest.raises(RequestRefused) as caught:
        submission(*files, **request)
    return [(fault.pointer, fault.detail) for fault in caught.value.problem.faults]


def test_a_file_is_kept_as_its_bytes_with_defaults() -> None:
    (content,) = submission(a_file()).contents

    assert content.attachments == (
        Attachment(
            "invoice.pdf", "application/octet-stream", Disposition.ATTACHMENT, None, b"%PDF"
        ),
    )


def test_base64_may_be_broken_into_lines() -> None:
    (content,) = submission(a_file(content=f"{PDF[:4]}\r\n{PDF[4:]}\n")).contents

    assert content.attachments[0].content == b"%PDF"


def test_only_e_mails_have_the_files_of_a_mixed_request() -> None:
    email, text = submission(a_file(), to=["ann@example.com", "+14254147755"]).contents

    assert (len(email.attachments), len(text.attachments)) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"name": "setup.EXE"}, "name", "`attachments[0].name` has the extension .exe, which SES"),
        ({"name": "setup.exe. "}, "name", "has the extension .exe"),
        ({"name": "invoice"}, "name", "has no extension"),
        ({"name": "../invoice.pdf"}, "name", "leave out the folder"),
        ({"name": "a\r\nb.pdf"}, "name", "has a line break"),
        ({"name": "x" * 252 + ".pdf"}, "name", "longer than 255"),
        ({"content": "no base64!"}, "content", "is not base64"),
        ({"content": ""}, "content", "is an empty file"),
        ({"content_type": "pdf"}, "content_type", "is no media type"),
        ({"content_type": "text/html; charset=x"}, "content_type", "is no media type"),
        ({"content_id": "<logo>"}, "content_id", "without < and >"),
        ({"disposition": "form-data"}, "disposition", "must be 'attachment' or 'inline'"),
        ({"s3_uri": "s3://b/k"}, "s3_uri", "is no field of this request"),
    ],
)
def test_each_fault_of_a_file_is_named(changes: dict[str, str], where: str, what: str) -> None:
    ((pointer, detail),) = faults(a_file(**changes))

    assert pointer == f"#/attachments/0/{where}"
    assert what in detail


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ([a_file()] * (MAX_ATTACHMENTS + 1), f"has 21 entries: {MAX_ATTACHMENTS} are allowed"),
        ([a_file(disposition="inline")], "inline file without `content_id`"),
        ([a_file(content_id="a"), a_file(content_id="a")], "one `content_id` twice"),
    ],
)
def test_faults_of_all_files_together_are_named(files: list[object], what: str) -> None:
    ((pointer, detail),) = faults(*files)

    assert pointer == "#/attachments"
    assert what in detail


def test_files_that_nobody_would_get_are_refused() -> None:
    ((pointer, detail),) = faults(a_file(), to="+14254147755")

    assert (pointer, "e-mail only" in detail) == ("#/attachments", True)


def test_neither_name_nor_content_shows_in_a_log() -> None:
    shown = repr(submission(a_file(name="divorce.pdf")).contents)

    assert "divorce" not in shown
    assert "%PDF" not in shown
