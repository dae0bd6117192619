"""Reads what End User Messaging SMS says of the account and of what texts are sent from."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.domain.doctor.destinations import TextSet
from message_tracker.core.domain.doctor.text import (
    CountryRule,
    Origination,
    PhoneNumber,
    Pool,
    Protection,
    Spending,
    SpendLimit,
    text_limit,
)

if TYPE_CHECKING:
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

_SPENT_WITHIN = timedelta(hours=24)
_ORIGINATIONS_AT_MOST = 100


def configuration_set(client: "PinpointSMSVoiceV2Client", name: str) -> TextSet | None:
    """Return a configuration set, with its event destinations."""
    answer = client.describe_configuration_sets(ConfigurationSetNames=[name])
    found = [TextSet.model_validate(one) for one in answer["ConfigurationSets"]]
    return found[0] if found else None


def origination(client: "PinpointSMSVoiceV2Client", arn: str) -> Origination | None:
    """Return the number, pool or sender ID of an ARN."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "phone-number":
        return _number(client, name)
    if kind == "pool":
        return _pool(client, name)
    return _sender_id(client, *name.split("/"))


def _number(client: "PinpointSMSVoiceV2Client", name: str) -> Origination | None:
    numbers = _numbers(client, [name])
    if not numbers:
        return None
    number = numbers[0]
    return Origination(
        "phone-number", name, number.status, number.opt_out_list_name, _per_second(numbers)
    )


def _pool(client: "PinpointSMSVoiceV2Client", name: str) -> Origination | None:
    pools = [Pool.model_validate(one) for one in client.describe_pools(PoolIds=[name])["Pools"]]
    if not pools:
        return None
    listed = client.list_pool_origination_identities(PoolId=name, MaxResults=_ORIGINATIONS_AT_MOST)
    ids = [
        one["OriginationIdentityArn"].rpartition("/")[2]
        for one in listed["OriginationIdentities"]
        if ":phone-number/" in one["OriginationIdentityArn"]
    ]
    numbers = _numbers(client, ids) if ids else []
    active = [number for number in numbers if number.status == "ACTIVE"]
    return Origination(
        "pool", name, pools[0].status, pools[0].opt_out_list_name, _per_second(active)
    )


def _sender_id(
    client: "PinpointSMSVoiceV2Client", name: str, country: str = ""
) -> Origination | None:
    found = client.describe_sender_ids(SenderIds=[{"SenderId": name, "IsoCountryCode": country}])
    # A sender ID has no status: while it is listed, it is active.
    return Origination("sender-id", name, "ACTIVE", None, None) if found["SenderIds"] else None


def _numbers(client: "PinpointSMSVoiceV2Client", ids: list[str]) -> list[PhoneNumber]:
    answer = client.describe_phone_numbers(PhoneNumberIds=ids)
    return [PhoneNumber.model_validate(one) for one in answer["PhoneNumbers"]]


def _per_second(numbers: list[PhoneNumber]) -> int | None:
    rates = [number.messaging_limits.rate_limits.get("SMS") for number in numbers]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None


def opt_out_list(client: "PinpointSMSVoiceV2Client", name: str) -> str | None:
    """Return the list's name, if it exists."""
    found = client.describe_opt_out_lists(OptOutListNames=[name])["OptOutLists"]
    return found[0]["OptOutListName"] if found else None


def spending(
    client: "PinpointSMSVoiceV2Client",
    metrics: Any,  # noqa: ANN401 - no types of CloudWatch are installed
    now: datetime,
) -> Spending | None:
    """Return the month's limit on texts, and what is spent of it."""
    answer = client.describe_spend_limits()
    limit = text_limit([SpendLimit.model_validate(one) for one in answer["SpendLimits"]])
    return Spending(limit, _spent(metrics, now)) if limit else None


def _spent(metrics: Any, now: datetime) -> float | None:  # noqa: ANN401 - as above
    """Return the last value of the metric; None where it has none, or is not ours to read."""
    try:
        answer = metrics.get_metric_statistics(
            Namespace="AWS/SMSVoice",
            MetricName="TextMessageMonthlySpend",
            StartTime=now - _SPENT_WITHIN,
            EndTime=now,
            Period=3600,
            Statistics=["Maximum"],
        )
    except (BotoCoreError, ClientError):
        return None
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return float(points[-1]["Maximum"]) if points else None


def tier(client: "PinpointSMSVoiceV2Client") -> str | None:
    """Return whether the account is in SANDBOX or PRODUCTION."""
    return _attributes(client).get("ACCOUNT_TIER")


def protection(client: "PinpointSMSVoiceV2Client", set_name: str) -> Protection | None:
    """Return what protects a configuration set: its own configuration, or the account's."""
    found = configuration_set(client, set_name)
    name = (found and found.protect_configuration_id) or _attributes(client).get(
        "DEFAULT_PROTECT_CONFIGURATION_ID"
    )
    if not name:
        return None
    answer = client.get_protect_configuration_country_rule_set(
        ProtectConfigurationId=name, NumberCapability="SMS"
    )
    rules = {
        country: CountryRule.model_validate(rule)
        for country, rule in answer["CountryRuleSet"].items()
    }
    return Protection(name, rules)


def _attributes(client: "PinpointSMSVoiceV2Client") -> dict[str, str]:
    answer = client.describe_account_attributes()
    return {one["Name"]: one["Value"] for one in answer["AccountAttributes"]}
