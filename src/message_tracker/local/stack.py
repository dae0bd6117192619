"""The whole stack on this machine: Postgres, the emulator with the deployed template, the twin.

Everything listens on loopback and is gone when the block ends. What is slow to make (the cloud
assembly, the Lambdas' dependencies) is kept in `build/`, so a second start takes seconds.
"""

import contextlib
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import boto3

from message_tracker.core.domain.api_key import KeyTerms, Scope
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from message_tracker.local.checkout import Synthesis, dependencies
from message_tracker.local.clients import REGION, client_options
from message_tracker.local.deployer import deploy
from message_tracker.local.emulator import Emulator, emulator
from message_tracker.local.ports import claim_port
from message_tracker.local.postgres import embedded_postgres
from message_tracker.local.settings import LocalSettings
from message_tracker.local.twin import LOCAL_CONFIGURATION_SET, Twin, TwinOptions, provider_twin

STAGE: Final = "local"
DATABASE_SECRET: Final = f"message-tracker/{STAGE}/database-url"
# By the outputs of the functions: links in mail lead there, and the canary calls it.
_ADDRESSES: Final = {
    "SenderFunction": "MT_PUBLIC_URL",
    "ReporterFunction": "MT_PUBLIC_URL",
    "CanaryFunction": "MT_API_URL",
}

Say = Callable[[str], None]
"""Tells a person what is happening, a line at a time."""

Deploy = Callable[[Path, str], Mapping[str, str]]
"""Deploys a cloud assembly to the AWS at a URL and returns the stack's outputs."""


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack, and what one needs to use it."""

    api_url: str
    api_key: str
    database_url: str
    emulator: Emulator
    twin: Twin
    assembly: Path
    outputs: Mapping[str, str]

    @property
    def operator_environment(self) -> Mapping[str, str]:
        """The variables by which the operator's commands reach this stack."""
        return {
            "MT_STAGE": STAGE,
            "MT_API_URL": self.api_url,
            "MT_API_KEY": self.api_key,
            "MT_DATABASE_URL": self.database_url,
            "MT_LIMITER_TABLE": self.outputs["LimiterTable"],
            "AWS_ENDPOINT_URL": self.emulator.endpoint_url,
            "AWS_ENDPOINT_URL_SESV2": self.twin.url,
            "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": self.twin.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    @property
    def exports(self) -> str:
        """A command that points a shell, and the operator's commands in it, at this stack."""
        settings = " ".join(
            f"{name}={shlex.quote(value)}" for name, value in self.operator_environment.items()
        )
        return f"export {settings}"

    @property
    def curl(self) -> str:
        """A command that sends a first message."""
        return (
            f"curl -X POST '{self.api_url}/send' -H 'Authorization: Bearer {self.api_key}' "
            """-d '{"message": "Grüße 🎉", "to": "+14254147755"}'"""
        )

    def update(self, assembly: Path) -> None:
        """Deploy another assembly of the stack, as an operator does while it runs."""
        deploy(assembly, self.emulator.endpoint_url)
        _tell_address(self.emulator, self.outputs, self.api_url)


@contextlib.contextmanager
def local_stack(settings: LocalSettings, say: Say, deploy: Deploy = deploy) -> Iterator[LocalStack]:
    """Run the stack for the length of the block.

    Args:
        settings: ports, and a Postgres to use instead of the embedded one.
        say: called as each part comes up.
        deploy: how the template gets to the emulator; ours takes a second, the CDK CLI ten.
    """
    with contextlib.ExitStack() as parts:
        synthesis = parts.enter_context(Synthesis())
        say("starting Postgres")
        database_url = settings.database_url or parts.enter_context(embedded_postgres())
        say("bundling the Lambdas and synthesizing the template")
        shared = dependencies()
        assembly = synthesis.wait()
        say("starting the AWS emulator and the provider twin")
        twin_port = claim_port(settings.inbox_port, "the provider twin")
        running = parts.enter_context(
            emulator(
                settings.emulator_port,
                twin_url=f"http://127.0.0.1:{twin_port}",
                pythonpath=shared,
                checks_permissions=True,
            )
        )
        say("deploying the template, which migrates the database")
        _keep_secret(running, database_url)
        outputs = deploy(assembly, running.endpoint_url)
        api_key = _create_key(database_url)
        twin = parts.enter_context(
            provider_twin(
                twin_port,
                account_url=running.endpoint_url,
                options=TwinOptions(configuration_sets=_configuration_sets(outputs)),
            )
        )
        api_url = running.http_api_url(outputs["HttpApiId"])
        _tell_address(running, outputs, api_url)
        yield LocalStack(api_url, api_key, database_url, running, twin, assembly, outputs)


def _create_key(database_url: str) -> str:
    """Return a fresh API key that may do everything."""
    database = Database(lambda: database_url)
    now = datetime.now(UTC)
    name, terms = f"local {now:%Y-%m-%d %H:%M:%S}", KeyTerms(scopes=frozenset(Scope))
    _, key = ApiKeys(database).create(STAGE, name, now, terms)
    database.close()
    return key


def _keep_secret(running: Emulator, database_url: str) -> None:
    """Put the database's URL where the template's functions look for it."""
    secrets = boto3.client("secretsmanager", **client_options(running.endpoint_url))
    secrets.create_secret(Name=DATABASE_SECRET, SecretString=database_url)


def _tell_address(running: Emulator, outputs: Mapping[str, str], api_url: str) -> None:
    """Tell functions where the API is reached here: the address in the template is AWS'."""
    lambdas = boto3.client("lambda", **client_options(running.endpoint_url))
    for output, variable in _ADDRESSES.items():
        name = outputs[output]
        known = lambdas.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables = {**known, variable: api_url}
        lambdas.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


def _configuration_sets(outputs: Mapping[str, str]) -> frozenset[str]:
    names = ("EmailConfigurationSet", "ReportConfigurationSet", "TextConfigurationSet")
    return frozenset({LOCAL_CONFIGURATION_SET, *(outputs[name] for name in names)})
