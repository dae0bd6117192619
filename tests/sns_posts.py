"""What SNS posts, made up and signed with a key and a certificate of the tests' own."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:events"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-"
    + "0123456789abcdef" * 2
    + ".pem"
)
_SIGNED = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": [
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ],
}  # fmt: skip
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]


@cache
def rsa_key(name: str = "sns") -> RSAPrivateKey:
    """Return a key, the same for the same name."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    key: RSAPrivateKey | EllipticCurvePrivateKey | None = None,
    *,
    not_before: datetime = NOW - timedelta(days=30),
    not_after: datetime = NOW + timedelta(days=300),
) -> bytes:
    """Return a PEM certificate of a key, by default of SNS'."""
    key = key or rsa_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def elliptic_key() -> EllipticCurvePrivateKey:
    """Return a key that SNS would never sign with."""
    return generate_ec_key(SECP256R1())


def post(
    kind: str = "Notification",
    *,
    key: RSAPrivateKey | None = None,
    message: str = '{"eventType":"Delivery"}',
    **fields: str,
) -> dict[str, str]:
    """Return a post of SNS, signed; `fields` overrule its others before it is."""
    values = {
        "Type": kind,
        "MessageId": "6d1f0c1e-0f3d-5f6b-9c55-52d3b6a0e2aa",
        "TopicArn": TOPIC_ARN,
        "Message": message,
        "Timestamp": "2030-01-31T08:59:30.120Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    }
    if kind != "Notification":
        values |= {"Token": "t0ken", "SubscribeURL": "https://sns.invalid/confirm"}
    values |= fields
    lines = [f"{name}\n{values[name]}\n" for name in _SIGNED[kind] if name in values]
    signature = (key or rsa_key()).sign("".join(lines).encode(), PKCS1v15(), SHA256())
    return {**values, "Signature": b64encode(signature).decode()}


def body(values: dict[str, str]) -> bytes:
    """Return a post's bytes."""
    return json.dumps(values, ensure_ascii=False).encode()


@dataclass(slots=True)
class Certificates:
    """Serves a certificate and keeps the URLs asked for; raises `error` while it is set."""

    pem: bytes = field(default_factory=certificate)
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """Return the certificate, whatever the URL."""
        self.asked.append(url)
        if self.error:
            raise self.error
        return self.pem
