"""End User Messaging SMS: who sends, how fast, for how much, and to which countries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, verdict
from message_tracker.core.domain.doctor.observed import Observed

_SMS: Final = "pinpoint-sms-voice-v2"
_TEXT_LIMIT: Final = "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT"
_NEARLY: Final = 0.8  # of the month's limit: time to raise it


class MessagingLimits(Observed):
    """What a number may send; by capability, as SMS."""

    rate_limits: Mapping[str, int] = {}


class PhoneNumber(Observed):
    """One number of DescribePhoneNumbers."""

    phone_number_id: str
    status: str
    number_capabilities: tuple[str, ...] = ()
    opt_out_list_name: str = "Default"
    messaging_limits: MessagingLimits = MessagingLimits()


class Pool(Observed):
    """One pool of DescribePools."""

    pool_id: str
    status: str
    opt_out_list_name: str = "Default"


class SpendLimit(Observed):
    """One limit of DescribeSpendLimits, in US dollars a month."""

    name: str
    enforced_limit: int
    max_limit: int


class CountryRule(Observed):
    """What a protect configuration does with messages to a country."""

    protect_status: str


@dataclass(frozen=True, slots=True)
class Origination:
    """The number, pool or sender ID that texts are sent from."""

    kind: str  # phone-number, pool or sender-id
    identity: str
    status: str
    opt_out_list: str | None  # a sender ID has none
    per_second: int | None  # message parts a second of all its numbers; None: AWS does not say


@dataclass(frozen=True, slots=True)
class Spending:
    """The limit of the month, and what of it is spent; None where the metric has no value."""

    limit: SpendLimit
    spent: float | None


@dataclass(frozen=True, slots=True)
class Protection:
    """The protect configuration in force, and what it does by country."""

    configuration: str
    rules: Mapping[str, CountryRule]


def judge_origination(
    origination: Origination, per_second: float, opt_out_list: str, stage: str
) -> Iterator[Finding]:
    """Judge whether texts can be sent from it, at our rate, and by our opt-out list.

    Args:
        origination: as AWS describes it.
        per_second: the configured segments a second.
        opt_out_list: the name of the list that is mirrored.
        stage: whose configuration it is.
    """
    name = f"{origination.kind} {origination.identity}"
    yield verdict(
        "SMS origination",
        holds=origination.status == "ACTIVE",
        says=f"{name} is active",
        otherwise=f"{name} is {origination.status}: nothing is sent from it",
        fix=Shell("aws pinpoint-sms-voice-v2 describe-registrations"),
    )
    yield _judge_rate(origination, name, per_second, stage)
    if origination.opt_out_list is not None:
        yield _judge_list_in_use(origination, opt_out_list)


def _judge_rate(origination: Origination, name: str, per_second: float, stage: str) -> Finding:
    rate = origination.per_second
    if rate is None:
        says = f"AWS does not tell the rate of {name}; {per_second:g} segments/s configured"
        return Finding(Severity.PASS, "SMS rate", says)
    return verdict(
        "SMS rate",
        holds=rate >= per_second,
        says=f"{rate} message parts/s, {per_second:g} configured",
        otherwise=f"{name} sends {rate} message parts/s, {per_second:g} are configured: AWS will"
        " throttle",
        fix=Shell(f"MT_TEXT_SEGMENTS_PER_SECOND={rate} make deploy STAGE={stage}"),
        severity=Severity.WARN,
    )


def _judge_list_in_use(origination: Origination, opt_out_list: str) -> Finding:
    verb, parameter = {
        "phone-number": ("UpdatePhoneNumber", "PhoneNumberId"),
        "pool": ("UpdatePool", "PoolId"),
    }[origination.kind]
    return verdict(
        "SMS opt-out list in use",
        holds=origination.opt_out_list == opt_out_list,
        says=f"{opt_out_list}, as configured",
        otherwise=f"{origination.identity} keeps {origination.opt_out_list}, MT_TEXT_OPT_OUT_LIST"
        f" is {opt_out_list}: who opts out stays unknown here",
        fix=AwsCall(_SMS, verb, {parameter: origination.identity, "OptOutListName": opt_out_list}),
    )


def judge_list(name: str) -> Iterator[Finding]:
    """Say that the list is there."""
    yield Finding(Severity.PASS, "SMS opt-out list", f"{name} exists")


def missing_list(name: str) -> Finding:
    """Return what to do where the opt-out list is not there."""
    call = AwsCall(_SMS, "CreateOptOutList", {"OptOutListName": name})
    return Finding(Severity.FAIL, "SMS opt-out list", f"there is no list {name}", call)


def missing_origination(identity: str, stage: str) -> Finding:
    """Return what to do where the identity is not there."""
    return Finding(
        Severity.FAIL,
        "SMS origination",
        f"{identity} does not exist: nothing can be sent from it",
        Shell(
            "aws pinpoint-sms-voice-v2 describe-phone-numbers;"
            f" MT_TEXT_ORIGINATION_IDENTITY=<its ARN> make deploy STAGE={stage}"
        ),
    )


def judge_spending(spending: Spending) -> Iterator[Finding]:
    """Judge whether the month's limit leaves anything to send for."""
    limit, spent = spending.limit, spending.spent or 0.0
    used = spent / limit.enforced_limit if limit.enforced_limit else 1.0
    says = f"${spent:.2f} of ${limit.enforced_limit} of this month"
    yield verdict(
        "SMS spend limit",
        holds=used < _NEARLY,
        says=says,
        otherwise=f"{says}: {'nothing' if used >= 1 else 'little'} more is sent",
        fix=_raise_limit(limit),
        severity=Severity.FAIL if used >= 1 else Severity.WARN,
    )


def _raise_limit(limit: SpendLimit) -> AwsCall | Shell:
    if limit.enforced_limit < limit.max_limit:
        wanted = {"MonthlyLimit": limit.max_limit}
        return AwsCall(_SMS, "SetTextMessageSpendLimitOverride", wanted)
    # Only AWS raises the limit itself, on request.
    return Shell(
        "aws support create-case --subject 'Raise the SMS monthly spend limit' --service-code"
        " service-sms-voice-v2 --category-code <as describe-services lists it>"
        " --communication-body <how much, and for what>"
    )


def text_limit(limits: Sequence[SpendLimit]) -> SpendLimit | None:
    """Return the limit on texts."""
    return next((one for one in limits if one.name == _TEXT_LIMIT), None)


def judge_tier(tier: str) -> Iterator[Finding]:
    """Judge whether the account reaches everyone."""
    yield verdict(
        "SMS sandbox",
        holds=tier == "PRODUCTION",
        says="production access",
        otherwise="in the sandbox: ten verified numbers only, and one dollar a month",
        fix=Shell(
            "aws support create-case --subject 'SMS production access' --service-code"
            " service-sms-voice-v2 --category-code <as describe-services lists it>"
            " --communication-body <what you send, to whom>"
        ),
        severity=Severity.WARN,
    )


def judge_protection(protection: Protection, countries: Sequence[str]) -> Iterator[Finding]:
    """Judge whether the countries that texts may go to are let through.

    Args:
        protection: the configuration in force.
        countries: those of MT_TEXT_COUNTRIES; none for any.
    """
    blocked = [
        one
        for one in countries
        if one in protection.rules and protection.rules[one].protect_status == "BLOCK"
    ]
    yield verdict(
        "SMS protection",
        holds=not blocked,
        says=f"{protection.configuration} blocks none of the countries texts go to",
        otherwise=f"{protection.configuration} blocks {', '.join(blocked)}, which MT_TEXT_COUNTRIES"
        " allows",
        fix=AwsCall(
            _SMS,
            "UpdateProtectConfigurationCountryRuleSet",
            {
                "ProtectConfigurationId": protection.configuration,
                "NumberCapability": "SMS",
                "CountryRuleSetUpdates": {one: {"ProtectStatus": "ALLOW"} for one in blocked},
            },
        ),
    )


def no_protection(countries: Sequence[str]) -> Finding:
    """Return what to say where no protect configuration is in force."""
    return verdict(
        "SMS protection",
        holds=bool(countries),
        says="no protect configuration; MT_TEXT_COUNTRIES limits where texts go",
        otherwise="no protect configuration and no MT_TEXT_COUNTRIES: who has a key can send to"
        " every country, the dearest too",
        fix=AwsCall(_SMS, "CreateProtectConfiguration"),
        severity=Severity.WARN,
    )
