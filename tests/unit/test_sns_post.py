"""What must be true of a post before its signature is looked at."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import Forged
from message_tracker.core.domain.sns_post import check, parse_post
from tests.sns_posts import CERTIFICATE_URL, NOW, TOPIC_ARN, body, post


def checked(now: datetime = NOW, **fields: str) -> None:
    check(parse_post(body(post() | fields)), topic_arns={TOPIC_ARN}, now=now)


@pytest.mark.parametrize(
    "kind", ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
)
def test_each_kind_of_post_of_a_topic_of_ours_passes(kind: str) -> None:
    check(parse_post(body(post(kind))), topic_arns={TOPIC_ARN}, now=NOW)


@pytest.mark.parametrize(
    "topic_arn",
    [
        TOPIC_ARN.replace("111122223333", "444455556666"),
        TOPIC_ARN + "-of-another",
        TOPIC_ARN.upper(),
        "",
    ],
)
def test_a_topic_that_is_not_listed_is_refused_however_well_it_signs(topic_arn: str) -> None:
    with pytest.raises(Forged, match="TopicArn"):
        checked(TopicArn=topic_arn)


@pytest.mark.parametrize("version", ["1", "", "2.0", "3"])
def test_only_signature_version_2_will_do(version: str) -> None:
    with pytest.raises(Forged, match="SignatureVersion"):
        checked(SignatureVersion=version)


@pytest.mark.parametrize(
    "url",
    [
        "http" + CERTIFICATE_URL.removeprefix("https"),
        CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.attacker.example"),
        CERTIFICATE_URL.replace("sns.", "user@sns."),
        CERTIFICATE_URL.replace("sns.eu-west-1", "bucket.s3"),
        CERTIFICATE_URL.replace(".com/", ".com:8443/"),
        CERTIFICATE_URL.replace("SimpleNotificationService-", "bucket/SimpleNotificationService-"),
        CERTIFICATE_URL.replace("/Simple", "/../Simple"),
        CERTIFICATE_URL.replace(".pem", ".pem?x=.pem"),
        CERTIFICATE_URL + "\n",
        CERTIFICATE_URL + "#",
        CERTIFICATE_URL.replace("0123", "012"),
        "https://sns.eu-west-1.amazonaws.com/?Action=ListTopics&x=/SimpleNotificationService-a.pem",
        "",
    ],
)
def test_a_certificate_is_asked_for_at_one_address_only(url: str) -> None:
    with pytest.raises(Forged, match="SigningCertURL"):
        checked(SigningCertURL=url)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "ap-southeast-5", "cn-north-1"])
def test_every_region_has_certificates(region: str) -> None:
    suffix = ".com.cn" if region.startswith("cn-") else ".com"
    url = CERTIFICATE_URL.replace("eu-west-1", region).replace(".com", suffix)

    checked(SigningCertURL=url)


@pytest.mark.parametrize(
    "timestamp",
    ["2030-01-31T08:00:00.000Z", "2030-01-31T09:00:00.000Z", "2030-01-31T09:05:00.000Z"],
)
def test_a_post_lives_for_an_hour(timestamp: str) -> None:
    checked(Timestamp=timestamp)


@pytest.mark.parametrize(
    "timestamp", ["2030-01-31T07:59:59.999Z", "2030-01-31T09:05:00.001Z", "yesterday", ""]
)
def test_a_post_of_another_time_is_refused(timestamp: str) -> None:
    with pytest.raises(Forged, match="Timestamp"):
        checked(Timestamp=timestamp)


@given(st.binary() | st.text().map(str.encode))
def test_what_is_no_post_is_refused_and_raises_nothing_else(raw: bytes) -> None:
    with pytest.raises(Forged):
        parse_post(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        body({name: value for name, value in post().items() if name != "Signature"}),
        body(post()).replace(b'"2"', b"2"),
        b'{"Type":"Notification"}',
    ],
)
def test_a_post_that_lacks_a_field_or_nests_without_end_is_refused(raw: bytes) -> None:
    with pytest.raises(Forged):
        parse_post(raw)


def test_an_unknown_type_is_refused() -> None:
    values = post() | {"Type": "Invitation"}

    with pytest.raises(Forged, match="Type"):
        check(parse_post(body(values)), topic_arns={TOPIC_ARN}, now=NOW)


def test_what_is_queued_is_ascii_and_says_the_same_without_the_signature() -> None:
    values = post(message='{"subject":"Grüße \U0001f600"}', Subject="Ereignis ü")

    envelope = parse_post(body(values)).envelope()

    assert envelope.isascii()
    again = parse_post(body({**values, **json.loads(envelope)}))
    assert again == parse_post(body(values))
    assert "Signature" not in envelope


def test_what_is_printed_of_a_post_is_not_what_it_says() -> None:
    printed = repr(parse_post(body(post("SubscriptionConfirmation", message="secret"))))

    assert "secret" not in printed
    assert "t0ken" not in printed


def test_times_are_compared_in_utc() -> None:
    checked(now=datetime(2030, 1, 31, 9, tzinfo=UTC), Timestamp="2030-01-31T09:30:00+01:00")
