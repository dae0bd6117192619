"""Amazon SNS: whether it signed what was posted to us, and the subscriptions to its topics.

Source: Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages".
"""

import urllib.request
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import HTTPRedirectHandler

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.domain.errors import Forged, Unavailable
from message_tracker.core.domain.sns_post import SnsPost

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from types_boto3_sns import SNSClient

_TIMEOUT_SECONDS = 5
_LARGEST_CERTIFICATE = 16 * 1024
# A certificate is used for so long without asking again; SNS changes its own about once a year.
_LIFETIME = timedelta(hours=6)
_MOST_KEPT = 16
# The parser of X.509 looks for a certificate anywhere in what it is given; SNS serves nothing else.
_PEM = (b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----")


class SnsVerifier:
    """Verifies signatures of version 2 (SHA-256 with RSA, PKCS #1 v1.5).

    A certificate is kept for six hours; that one could not be fetched is not kept at all. The URL
    is trusted: `sns_post.check` must have seen the post first.

    Args:
        fetch: returns the bytes at a URL, or raises `Unavailable`.
        clock: tells the time, in UTC.
    """

    def __init__(self, fetch: Callable[[str], bytes], clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Certificate]] = {}

    def verify(self, notification: SnsPost) -> None:
        """Return if SNS signed it; raises `Forged` or `Unavailable`."""
        # Loaded here, as no other route needs it: it would cost every cold start 50 ms.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256

        certificate = self._certificate(notification.signing_cert_url)
        now = self._clock()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Forged("the signing certificate is not valid at this time")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise Forged("the signing certificate has no RSA key")
        try:
            signature = b64decode(notification.signature, validate=True)
            key.verify(signature, notification.string_to_sign(), PKCS1v15(), SHA256())
        except (Base64Error, ValueError, InvalidSignature) as error:
            raise Forged("the signature is not the certificate's") from error

    def _certificate(self, url: str) -> "Certificate":
        fetched_at, certificate = self._kept.get(url, (None, None))
        now = self._clock()
        if certificate is None or fetched_at is None or now - fetched_at >= _LIFETIME:
            certificate = _parsed(self._fetch(url))
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[url] = (now, certificate)
        return certificate


def _parsed(pem: bytes) -> "Certificate":
    from cryptography.x509 import load_pem_x509_certificate

    begin, end = _PEM
    whole = pem.strip()
    if not (whole.startswith(begin) and whole.endswith(end) and whole.count(begin) == 1):
        raise Forged("SigningCertURL holds no certificate")
    try:
        return load_pem_x509_certificate(whole)
    except ValueError as error:
        raise Forged("SigningCertURL holds no certificate") from error


class _NoRedirect(HTTPRedirectHandler):
    """Takes a redirect for what it is not: an answer."""

    def redirect_request(self, *_: object) -> None:
        """Follow nowhere."""


def fetch_certificate(url: str) -> bytes:
    """Return what is at an https URL: at most 16 KB, within seconds, without following redirects.

    Raises:
        Unavailable: It cannot be had now.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(url, timeout=_TIMEOUT_SECONDS) as response:
            body: bytes = response.read(_LARGEST_CERTIFICATE + 1)
    except (OSError, HTTPException) as error:  # HTTPError, also of a redirect, is an OSError
        raise Unavailable(f"the signing certificate: {type(error).__name__}") from error
    if len(body) > _LARGEST_CERTIFICATE:
        raise Unavailable("the signing certificate: more than 16 KB")
    return body


class SnsSubscriptions:
    """Confirms subscriptions by the API, never by the URL that a post names.

    Args:
        client_of: returns the client of a region.
    """

    def __init__(self, client_of: Callable[[str], "SNSClient"]) -> None:
        self._client_of = client_of

    def confirm(self, topic_arn: str, token: str) -> None:
        """Confirm a subscription, which only this account can end then; raises `Unavailable`."""
        client = self._client_of(topic_arn.split(":")[3])
        try:
            client.confirm_subscription(
                TopicArn=topic_arn, Token=token, AuthenticateOnUnsubscribe="true"
            )
        except ClientError as error:
            raise Unavailable(f"SNS: {error.response['Error'].get('Code', '')}") from error
        except BotoCoreError as error:
            raise Unavailable(f"SNS: {type(error).__name__}") from error
