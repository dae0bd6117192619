"""Amazon SES: the account, the identity that mail is sent by, and the configuration sets."""

from collections.abc import Iterator
from typing import Final

from pydantic import Field

from message_tracker.core.domain.doctor.finding import (
    AwsCall,
    Finding,
    Fix,
    Severity,
    Shell,
    verdict,
)
from message_tracker.core.domain.doctor.observed import Observed

_SES: Final = "sesv2"
_NEARLY: Final = 0.8  # of the day's quota: time to ask for more
_UNLIMITED: Final = -1.0  # SES API Reference, SendQuota: no limit a day


class SendQuota(Observed):
    """How much the account may send."""

    max_24_hour_send: float = Field(alias="Max24HourSend")
    max_send_rate: float
    sent_last_24_hours: float = Field(alias="SentLast24Hours")


class EmailAccount(Observed):
    """SES v2 GetAccount."""

    send_quota: SendQuota
    sending_enabled: bool
    production_access_enabled: bool
    enforcement_status: str = "HEALTHY"


class Dkim(Observed):
    """How mail of an identity is signed."""

    signing_enabled: bool = False
    status: str = "NOT_STARTED"
    tokens: tuple[str, ...] = ()


class EmailIdentity(Observed):
    """SES v2 GetEmailIdentity, and the name that was asked for."""

    name: str
    verified_for_sending_status: bool
    dkim_attributes: Dkim = Dkim()


class SendingOptions(Observed):
    """Whether a set sends."""

    sending_enabled: bool = True


class EmailSet(Observed):
    """SES v2 GetConfigurationSet."""

    configuration_set_name: str
    sending_options: SendingOptions = SendingOptions()


def judge_account(account: EmailAccount, per_second: float) -> Iterator[Finding]:
    """Judge whether the account may send, to everyone, as much and as fast as configured.

    Args:
        account: as SES describes it.
        per_second: the configured e-mails a second.
    """
    quota = account.send_quota
    yield verdict(
        "SES sending",
        holds=account.sending_enabled and account.enforcement_status != "SHUTDOWN",
        says="the account may send",
        otherwise=f"the account may not send (status {account.enforcement_status})",
        fix=_ask_aws() if account.enforcement_status == "SHUTDOWN" else _enable_sending(),
    )
    yield verdict(
        "SES reputation",
        holds=account.enforcement_status == "HEALTHY",
        says="healthy",
        otherwise=f"{account.enforcement_status}: too many bounces or complaints",
        fix=_ask_aws(),
        severity=Severity.WARN,
    )
    yield verdict(
        "SES sandbox",
        holds=account.production_access_enabled,
        says="production access",
        otherwise="in the sandbox: verified recipients only, 200 e-mails a day",
        fix=Shell(
            "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL"
            " --website-url <https://your.site> --use-case-description <what you send, to whom>"
        ),
        severity=Severity.WARN,
    )
    yield verdict(
        "SES rate",
        holds=quota.max_send_rate >= per_second,
        says=f"{quota.max_send_rate:g} e-mails/s, {per_second:g} configured",
        otherwise=f"{quota.max_send_rate:g} e-mails/s: less than the {per_second:g} configured,"
        " which are not reached",
        fix=_more("L-CDEF9B6B", per_second),
        severity=Severity.WARN,
    )
    yield _judge_quota(quota)


def _judge_quota(quota: SendQuota) -> Finding:
    if quota.max_24_hour_send == _UNLIMITED:
        return Finding(Severity.PASS, "SES quota", "no limit a day")
    used = quota.sent_last_24_hours / quota.max_24_hour_send if quota.max_24_hour_send else 1.0
    says = f"{quota.sent_last_24_hours:g} of {quota.max_24_hour_send:g} e-mails in 24 hours"
    return verdict(
        "SES quota",
        holds=used < _NEARLY,
        says=says,
        otherwise=f"{says}: {'nothing' if used >= 1 else 'little'} is left",
        fix=_more("L-804C8AE8", 2 * quota.max_24_hour_send),
        severity=Severity.FAIL if used >= 1 else Severity.WARN,
    )


def judge_identity(identity: EmailIdentity) -> Iterator[Finding]:
    """Judge whether mail may be sent by the identity, and is signed."""
    name, dkim = identity.name, identity.dkim_attributes
    yield verdict(
        "SES identity",
        holds=identity.verified_for_sending_status,
        says=f"{name} is verified",
        otherwise=f"{name} is not verified: {_to_publish(identity)}",
        fix=_verification(identity),
    )
    is_signed = dkim.signing_enabled and dkim.status == "SUCCESS"
    yield verdict(
        "SES DKIM",
        holds=is_signed,
        says=f"mail of {name} is signed",
        otherwise=f"mail of {name} is not signed (DKIM {dkim.status}): {_to_publish(identity)}"
        if dkim.signing_enabled
        else f"mail of {name} is not signed: signing is off",
        fix=_verification(identity)
        if dkim.signing_enabled
        else AwsCall(
            _SES, "PutEmailIdentityDkimAttributes", {"EmailIdentity": name, "SigningEnabled": True}
        ),
        severity=Severity.WARN,
    )


def _to_publish(identity: EmailIdentity) -> str:
    if "@" in identity.name:
        return "follow the link in the mail that AWS sent there"
    records = [f"{name} CNAME {target}" for name, target in _records(identity)]
    return "publish " + ", ".join(records) if records else "publish its DKIM records"


def _records(identity: EmailIdentity) -> list[tuple[str, str]]:
    """Return the CNAME records of Easy DKIM, which verify the domain too."""
    return [
        (f"{token}._domainkey.{identity.name}", f"{token}.dkim.amazonses.com")
        for token in identity.dkim_attributes.tokens
    ]


def _verification(identity: EmailIdentity) -> Fix:
    """Return what verifies an address, or a domain of Route 53."""
    if "@" in identity.name:
        again = AwsCall(_SES, "CreateEmailIdentity", {"EmailIdentity": identity.name}).text
        return Shell(f"{again.replace('create-', 'delete-', 1)} && {again}")
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": name,
                "Type": "CNAME",
                "TTL": 1800,
                "ResourceRecords": [{"Value": target}],
            },
        }
        for name, target in _records(identity)
    ]
    zone = f"<zone of {identity.name}>"
    return AwsCall(
        "route53",
        "ChangeResourceRecordSets",
        {"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}},
    )


def missing_identity(name: str) -> Finding:
    """Return what to do where SES does not know the identity."""
    call = AwsCall(_SES, "CreateEmailIdentity", {"EmailIdentity": name})
    says = f"SES does not know {name} in this region: nothing can be sent by it"
    return Finding(Severity.FAIL, "SES identity", says, call)


def judge_set(found: EmailSet) -> Iterator[Finding]:
    """Judge whether a configuration set sends."""
    name = found.configuration_set_name
    yield verdict(
        f"SES set {name}",
        holds=found.sending_options.sending_enabled,
        says="it sends",
        otherwise="it is paused, and so is all mail through it",
        fix=AwsCall(
            _SES,
            "PutConfigurationSetSendingOptions",
            {"ConfigurationSetName": name, "SendingEnabled": True},
        ),
    )


def _enable_sending() -> AwsCall:
    return AwsCall(_SES, "PutAccountSendingAttributes", {"SendingEnabled": True})


def _ask_aws() -> Shell:
    # No API lifts what SES imposed; the case is answered in the support center.
    return Shell("aws support describe-cases --include-communications")


def _more(quota_code: str, wanted: float) -> AwsCall:
    return AwsCall(
        "service-quotas",
        "RequestServiceQuotaIncrease",
        {"ServiceCode": "ses", "QuotaCode": quota_code, "DesiredValue": wanted},
    )
