"""A server over a network proves who it is, by authorities that can be told."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.store.transport import authorities, secured

COMMON_NAME = NameOID.COMMON_NAME
KINDS = ("RSA2048", "RSA4096", "ECC384")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "/var/run/postgresql"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    url = make_conninfo(host=host, dbname="x")

    assert url == secured(url)


@pytest.mark.parametrize("host", ["db.example.com", "10.0.0.5", "127.0.0.1,db.example.com"])
@pytest.mark.parametrize("root", [None, "system"])
def test_a_network_needs_verify_full(host: str, root: str | None) -> None:
    parts = conninfo_to_dict(secured(make_conninfo(host=host, dbname="x", sslrootcert=root)))

    assert ("verify-full", authorities([host])) == (parts["sslmode"], parts["sslrootcert"])


def test_the_authorities_of_the_system_are_those_that_vouch_for_the_web() -> None:
    context = ssl.create_default_context(cafile=authorities(["db.example.com"]))

    assert context.cert_store_stats()["x509_ca"] > 50


def test_rds_is_vouched_for_by_authorities_of_its_own() -> None:
    file = authorities(["tracker.cluster-c9akciq32.eu-west-1.rds.amazonaws.com"])

    found = x509.load_pem_x509_certificates(Path(file).read_bytes())

    names = {each.subject.get_attributes_for_oid(COMMON_NAME)[0].value for each in found}
    assert {f"Amazon RDS eu-west-1 Root CA {kind} G1" for kind in KINDS} <= names
    assert len(names) == 81


def test_every_authority_of_rds_signed_itself_and_is_valid_for_decades() -> None:
    file = authorities(["x.rds.amazonaws.com"])

    for authority in x509.load_pem_x509_certificates(Path(file).read_bytes()):
        authority.verify_directly_issued_by(authority)
        assert "O=Amazon Web Services\\, Inc." in authority.subject.rfc4514_string()
        assert authority.not_valid_after_utc.year > 2060


def test_a_host_that_only_looks_like_rds_is_vouched_for_by_the_system() -> None:
    hosts = ["x.rds.amazonaws.com.evil.example", "rds.amazonaws.com"]

    for host in hosts:
        assert authorities([host]) == authorities(["db.example.com"])


def test_one_foreign_host_among_several_is_not_vouched_for_by_rds() -> None:
    both = ["x.rds.amazonaws.com", "db.example.com"]

    assert authorities(both) == authorities(["db.example.com"])


def test_a_named_certificate_authority_is_kept() -> None:
    parts = conninfo_to_dict(secured("host=db.example.com sslrootcert=/etc/rds.pem"))

    assert "/etc/rds.pem" == parts["sslrootcert"]


@pytest.mark.parametrize("mode", ["disable", "prefer", "require", "verify-ca"])
def test_less_than_verify_full_is_refused_over_a_network(mode: str) -> None:
    with pytest.raises(ConfigurationFault, match=f"sslmode={mode}"):
        secured(f"postgresql://db.example.com/x?sslmode={mode}")


def test_what_is_no_url_is_refused_without_repeating_it() -> None:
    with pytest.raises(ConfigurationFault, match="postgresql://user:password@host") as refused:
        secured("my secret password")

    assert "my secret" not in str(refused.value)
