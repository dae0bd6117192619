"""What fields say together that cannot be, though each is right by itself."""

from collections.abc import Collection, Iterator, Mapping

from infra.config.database import DatabaseFields
from infra.config.intake import IntakeFields
from infra.config.machinery import MachineryFields
from infra.config.sending import EmailFields, TextFields
from infra.config.telling import TellingFields
from message_tracker.core.domain.message import Channel

_FEWEST_SUBNETS = 2  # Aurora wants two availability zones
_OF_THE_GATEWAY = ".amazonaws.com"


def of_channels(
    channels: Collection[Channel], email: EmailFields, text: TextFields, telling: TellingFields
) -> Iterator[str]:
    """Yield what a channel that messages go by lacks."""
    if Channel.EMAIL in channels and not email.email_from:
        yield (
            "email_from: is missing: set it to Name <name@domain>, or leave email out of channels"
        )
    if Channel.TEXT in channels and not text.text_origination_identity:
        yield (
            "text_origination_identity: is missing: set it to the ARN of a phone number, a pool "
            "or a sender ID, or leave text out of channels"
        )
    if Channel.EMAIL not in channels and not (email.email_from or telling.report_from):
        yield (
            "report_from: is missing: reports go by e-mail, also where no message does: set it "
            "to Name <name@domain>"
        )


def of_identity(fields: EmailFields, sender: str) -> Iterator[str]:
    """Yield what is wrong with the SES identity.

    Args:
        fields: of e-mail.
        sender: the domain that mail is sent from.
    """
    identity = fields.email_identity or sender
    if fields.email_identity and not is_within(sender, identity):
        yield (
            f"email_identity: {identity} cannot sign for {sender}, the domain that mail is from: "
            f"name {sender} or a domain above it, or leave it out"
        )
    mail_from = fields.email_mail_from_domain
    if mail_from and not fields.creates_email_identity:
        yield (
            "email_mail_from_domain: is set of an identity that the stack makes: set "
            "creates_email_identity too, or leave it out and set it with the identity"
        )
    if mail_from and (mail_from == identity or not is_within(mail_from, identity)):
        yield (
            f"email_mail_from_domain: {mail_from} must lie below the identity: "
            f"bounce.{identity}, and nothing else may receive mail there"
        )


def of_api(fields: IntakeFields) -> Iterator[str]:
    """Yield what is wrong with the API's name, and with how it is kept warm."""
    if fields.api_domain and not fields.api_certificate_arn:
        yield (
            f"api_certificate_arn: {fields.api_domain} needs a certificate: name one of ACM that "
            "is valid for it, in the stack's own region"
        )
    if fields.api_certificate_arn and not fields.api_domain:
        yield "api_domain: a certificate is named, and no domain that it is for: name it too"
    if fields.api_domain.endswith(_OF_THE_GATEWAY):
        yield f"api_domain: {fields.api_domain} is of AWS' own: name one of yours"
    if 0 < fields.api_concurrency < fields.api_provisioned_concurrency:
        yield (
            f"api_concurrency: {fields.api_concurrency} invocations at most leave some of "
            f"{fields.api_provisioned_concurrency} warm instances idle: raise it, or set it to 0"
        )
    if fields.api_snap_start and fields.api_provisioned_concurrency:
        yield (
            "api_snap_start: a function has either SnapStart or provisioned concurrency: leave "
            "api_provisioned_concurrency at 0, or this one false"
        )


def of_key(fields: MachineryFields) -> Iterator[str]:
    """Yield what is wrong with the key that all is encrypted by."""
    if fields.creates_kms_key and fields.kms_key_arn:
        yield (
            "kms_key_arn: names a key, and creates_kms_key asks for a new one: leave it out, or "
            "set creates_kms_key to false"
        )


def of_database(fields: DatabaseFields) -> Iterator[str]:
    """Yield what is wrong with where the database is, and how the functions reach it."""
    if fields.database == "aurora" and fields.database_secret:
        yield (
            "database_secret: RDS itself keeps the secret of the stack's Aurora: leave it out, or "
            "set database to url"
        )
    if fields.database_min_capacity > fields.database_max_capacity:
        yield (
            f"database_min_capacity: {fields.database_min_capacity:g} ACUs at least and "
            f"{fields.database_max_capacity:g} at most cannot be: lower it, or raise "
            "database_max_capacity"
        )
    if fields.vpc_id and len(fields.vpc_subnet_ids) < _FEWEST_SUBNETS:
        yield (
            f"vpc_subnet_ids: {fields.vpc_id} needs two private subnets or more, of different "
            "availability zones: name them"
        )
    if fields.vpc_subnet_ids and not fields.vpc_id:
        yield "vpc_id: subnets are named, and no VPC that they are of: name it too"


def of_place(fields: MachineryFields, arns: Mapping[str, str]) -> Iterator[str]:
    """Yield which resources lie elsewhere than the stage, where it says where it is.

    Args:
        fields: the stage's account and region.
        arns: what the stage uses, by the names of the fields; empty where it uses none.
    """
    for field, arn in arns.items():
        region, account = arn.split(":", 5)[3:5] if arn else ("", "")
        if fields.region and region and region != fields.region:
            yield f"{field}: lies in {region}, not {fields.region}: name one of the stage's region"
        if fields.account and account and account != fields.account:
            yield f"{field}: is of account {account}, not {fields.account}: name one of the stage's"


def is_within(domain: str, above: str) -> bool:
    """Return whether `domain` is `above`, or lies below it."""
    return domain == above or domain.endswith(f".{above}")
