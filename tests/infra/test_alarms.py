"""Every alarm says in words what has happened, and leads to a runbook that is there."""

import re
from fnmatch import fnmatchcase

import pytest

from infra.config import ROOT
from infra.runbooks import PAGE, Runbook
from tests.infra.cloudformation import Template

_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)


def chapters() -> dict[str, str]:
    """Return the runbooks of the page, by their headings."""
    page = (ROOT / PAGE).read_text("utf-8")
    alarms = page[page.index("\n## Alarms\n") : page.index("\n## Logs, metrics and traces\n")]
    _, *parts = _HEADING.split(alarms)
    return dict(zip(parts[::2], parts[1::2], strict=True))


CHAPTERS = chapters()


def alarms(template: Template) -> dict[str, str]:
    """Return the descriptions of a stage's alarms, by what their names end with."""
    return {
        alarm["AlarmName"].rpartition("-")[2]: alarm["AlarmDescription"]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
    }


def test_the_page_has_a_chapter_for_each_runbook_and_no_other() -> None:
    assert [runbook.value for runbook in Runbook] == list(CHAPTERS)


def test_a_link_leads_to_the_heading() -> None:
    assert [runbook.anchor for runbook in Runbook] == [
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in CHAPTERS
    ]


def test_every_alarm_says_what_has_happened_and_where_to_read_on(
    local: Template, prod: Template
) -> None:
    told = {runbook.told() for runbook in Runbook}

    assert set(alarms(prod).values()) == told
    assert set(alarms(local).values()) == told - {Runbook.CANARY_FAILED.told()}


def test_an_alarm_leads_to_where_a_team_reads_the_page() -> None:
    told = Runbook.BOOKS_OFF.told("https://wiki.example.com/operations")

    assert told == (
        "The books are off. What to do: https://wiki.example.com/operations#the-books-are-off"
    )


def test_a_chapter_names_the_alarms_that_lead_to_it_and_no_others(template: Template) -> None:
    leads_to = {
        name: next(runbook.value for runbook in Runbook if runbook.told() == description)
        for name, description in alarms(template).items()
    }

    # The more telling of two patterns is the one without a star.
    named = {name: _chapter_of(name) for name in leads_to}

    assert named == leads_to


@pytest.mark.parametrize("heading", CHAPTERS)
def test_a_chapter_tells_symptom_cause_and_command(heading: str) -> None:
    chapter = CHAPTERS[heading].strip()

    assert re.match(r"Alarms? `[*A-Za-z]+`", chapter)
    assert re.findall(r"^\* (\w+): ", chapter, re.MULTILINE) == ["Cause", "Command"]
    assert "`" in chapter[chapter.index("* Command") :]


def _chapter_of(name: str) -> str:
    patterns = {
        re.match(r"\s*Alarms? `([*A-Za-z]+)`", chapter)[1]: heading  # type: ignore[index] # tested
        for heading, chapter in CHAPTERS.items()
    }
    matching = [pattern for pattern in patterns if fnmatchcase(name, pattern)]
    return patterns[min(matching, key=lambda pattern: "*" in pattern)]
