"""`message-tracker stats`: the API's statistics as a table."""

from typing import Any

import pytest
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.core.caller.client import ApiClient

ROW = {
    "day": "2030-01-31", "channel": "email", "accepted": 1200, "sent": 1000, "delivered": 900,
    "bounced": 40, "complained": 1, "opened": 300, "clicked": 30, "unsubscribed": 2, "segments": 0,
    "delivery_rate": 0.9, "bounce_rate": 0.04, "complaint_rate": 0.001, "open_rate": None,
    "click_rate": 0.0333, "unsubscribe_rate": 0.0022,
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the API was asked for; it answers one row of more."""
    paths: list[str] = []

    def get(_: object, path: str) -> dict[str, Any]:
        paths.append(path)
        return {
            "from": "2030-01-02", "to": "2030-01-31", "by": ["day", "channel"], "rows": [ROW],
            "is_complete": False,
        }  # fmt: skip

    monkeypatch.setattr(ApiClient, "get", get)
    return paths


def test_statistics_are_shown_as_a_table_with_rates(asked: list[str]) -> None:
    environment = {"MT_API_URL": "https://api.example", "MT_API_KEY": "k", "COLUMNS": "250"}

    result = CliRunner().invoke(
        program, ["stats", "--from", "2030-01-02", "--by", "day,channel"], env=environment
    )

    assert ["/stats?from=2030-01-02&by=day%2Cchannel"] == asked
    line = next(
        line for line in result.output.splitlines() if "2030-01-31 " in line and "900" in line
    )
    assert ["2030-01-31", "email", "1200", "1000", "900", "40", "1", "300", "30", "2", "0"] == [
        cell for cell in line.replace("│", " ").split() if "%" not in cell
    ]
    assert ["90.0%", "4.0%", "3.3%"] == [cell for cell in line.split() if "%" in cell]
    assert "There are more rows" in result.output
