"""A stage, with the fields of every part."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from infra.config import contradictions
from infra.config.contradictions import is_within
from infra.config.database import DatabaseFields
from infra.config.intake import IntakeFields
from infra.config.machinery import MachineryFields
from infra.config.reading import InvalidConfiguration, explained, values_of
from infra.config.sending import ChannelFields, EmailFields, TextFields
from infra.config.telling import TellingFields
from infra.config.values import domain_of
from infra.config.watching import WatchingFields
from message_tracker.core.domain.message import Channel

# What the examples in cdk.json hold until a team puts its own there (RFC 2606, AWS' own account).
_EXAMPLES = ("@example.com", ":111122223333:")


class StageConfig(
    ChannelFields,
    EmailFields,
    TextFields,
    IntakeFields,
    TellingFields,
    WatchingFields,
    DatabaseFields,
    MachineryFields,
):
    """What differs between two stages, and between two teams."""

    stage: str = Field(pattern=r"^[a-z][a-z0-9]{0,15}$")

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> Self:
        arns = {
            "text_origination_identity": self.text_origination_identity
            if self.sends(Channel.TEXT)
            else "",
            "api_certificate_arn": self.api_certificate_arn,
            "kms_key_arn": self.kms_key_arn,
        }
        found = [
            *contradictions.of_channels(self.channels, self, self, self),
            *contradictions.of_identity(self, domain_of(self.mail_from)),
            *contradictions.of_api(self),
            *contradictions.of_key(self),
            *contradictions.of_place(self, arns),
            *contradictions.of_database(self),
        ]
        if found:
            raise ValueError("\n  ".join(found))
        return self

    @property
    def name(self) -> str:
        """The stack's name, and the beginning of the name of everything in it."""
        return f"message-tracker-{self.stage}"

    @property
    def from_of_reports(self) -> str:
        """The From header of reports."""
        return self.report_from or self.email_from

    def sends(self, channel: Channel) -> bool:
        """Return whether messages go by a channel."""
        return channel in self.channels

    def of_channels(self, *fields: str) -> dict[str, object]:
        """Return these fields with their values, without those of a channel none goes by."""
        return {field: getattr(self, field) for field in fields if field not in self._unused}

    @property
    def _unused(self) -> set[str]:
        """The fields of channels that no message goes by."""
        fields = {
            Channel.EMAIL: EmailFields.model_fields,
            Channel.TEXT: TextFields.model_fields,
        }
        return {
            field for channel in Channel if not self.sends(channel) for field in fields[channel]
        }

    @property
    def email_identity_name(self) -> str:
        """The SES domain that mail is signed by."""
        return self.identity_of(self.mail_from)

    @property
    def mail_from(self) -> str:
        """The From header of mail: of messages, or of reports where no message is one."""
        return self.email_from if self.sends(Channel.EMAIL) else self.from_of_reports

    def identity_of(self, header: str) -> str:
        """Return the SES domain by which mail with a From header is signed."""
        domain = domain_of(header)
        named = self.email_identity
        return named if named and is_within(domain, named) else domain

    @property
    def public_base(self) -> str:
        """Where recipients reach the API, if by anything but its own URL."""
        return self.public_url or (f"https://{self.api_domain}" if self.api_domain else "")

    @property
    def database_secret_name(self) -> str:
        """The name of the secret that holds the Postgres URL."""
        return self.database_secret or f"message-tracker/{self.stage}/database-url"

    def examples(self) -> list[str]:
        """Return the fields that still hold the examples of `cdk.json`, which AWS would refuse."""
        unused = self._unused - {"email_from"}  # reports may come from it all the same
        return [
            field
            for field, value in self
            if field not in unused
            and any(example in text for text in _texts(value) for example in _EXAMPLES)
        ]

    @classmethod
    def read(
        cls, stage: str, stages: Mapping[str, Mapping[str, object]], env_file: Path | None
    ) -> Self:
        """Return the configuration of `stage`.

        Args:
            stage: its name in `stages`.
            stages: the `stages` of cdk.json's context.
            env_file: a dotenv file which, as the environment does, overrules `stages`; with None
                (and for the local stage) nothing overrules them.

        Raises:
            InvalidConfiguration: the stage is unknown, or a field is missing, unknown or wrong.
        """
        values = values_of(stage, stages, cls.model_fields.keys() - {"stage"}, env_file)
        try:
            return cls.model_validate({**values, "stage": stage})
        except ValidationError as error:
            raise InvalidConfiguration(explained(stage, error)) from error


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
