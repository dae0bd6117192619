"""What documents and code must agree on."""

import re
from pathlib import Path

from infra.config import StageConfig
from message_tracker.cli.settings import (
    ClientSettings,
    DoctorSettings,
    OperatorSettings,
    RateSettings,
)
from message_tracker.core.domain import errors
from message_tracker.core.domain.status import MessageStatus
from message_tracker.local.settings import LocalSettings

ROOT = Path(__file__).parents[2]


def test_the_status_page_lists_the_statuses_of_the_code_in_order() -> None:
    page = (ROOT / "docs" / "statuses.md").read_text("utf-8")

    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert [status.value for status in MessageStatus] == listed


def test_the_tree_in_the_errors_docstring_names_every_error_class() -> None:
    drawn = re.findall(r"^ *[*x-] (\w+)", errors.__doc__ or "", re.MULTILINE)
    defined = [name for name, value in vars(errors).items() if isinstance(value, type)]

    assert sorted(defined) == sorted(drawn)


def test_every_error_stands_under_the_parent_the_tree_shows() -> None:
    parents: dict[int, type] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"^( *)[*x-] (\w+)", line):
            depth, error = len(match[1]), getattr(errors, match[2])
            above = [parents[d] for d in sorted(parents) if d < depth]
            assert error.__mro__[1] is (above[-1] if above else Exception)
            parents = {d: p for d, p in parents.items() if d < depth} | {depth: error}


def test_the_environment_example_names_every_setting_a_person_may_set() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    named = re.findall(r"^(?:# )?MT_([A-Z_]+)=", example, re.MULTILINE)
    operators = OperatorSettings, ClientSettings, DoctorSettings, RateSettings, LocalSettings
    fields = StageConfig.model_fields.keys() | {
        field for model in operators for field in model.fields()
    }

    assert sorted(field.upper() for field in fields) == sorted(named)


def test_the_page_on_configuration_explains_every_field_of_a_stage() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `MT_")]

    explained = [name.lower() for row in rows for name in re.findall(r"`MT_([A-Z_]+)`", row)]

    assert sorted(StageConfig.model_fields.keys() - {"stage"}) == sorted(explained)


def test_the_readme_names_only_targets_and_files_there_are() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert set(re.findall(r"make ([a-z]+)", readme)) <= set(targets)
    links = re.findall(r"\]\(([^)#]+)\)", readme)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_version_says_how_to_upgrade_to_it_before_what_is_new() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")

    _, *versions = re.split(r"^## ", changelog, flags=re.MULTILINE)

    assert len(versions) >= 2
    assert [re.findall(r"^### (\w+)", each, re.MULTILINE)[:1] for each in versions] == [
        ["Upgrading"]
    ] * len(versions)
