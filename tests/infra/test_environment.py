"""A function's environment and its settings model are the same thing."""

import pytest

from infra.environment import environment
from message_tracker.core.settings import DeadLetterSettings, ReporterSettings

REPORTER = {
    "stage": "dev",
    "database_secret_arn": "arn:secret",
    "report_recipients": ("a@shop.test", "b@shop.test"),
    "report_from": "Ops <ops@shop.test>",
    "report_configuration_set": "reports",
    "report_bucket": "bucket",
}


def test_the_settings_read_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(ReporterSettings, **REPORTER).items():
        monkeypatch.setenv(name, value)

    settings = ReporterSettings.from_env()

    assert {name: getattr(settings, name) for name in REPORTER} == REPORTER


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match=r"DeadLetterSettings needs \['stage'\]"):
        environment(DeadLetterSettings, database_secret_arn="arn:secret")


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(ValueError, match=r"DeadLetterSettings has no \['qeueu'\]"):
        environment(DeadLetterSettings, stage="dev", qeueu="x")
