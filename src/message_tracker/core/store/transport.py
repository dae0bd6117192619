"""A connection over a network is encrypted, and the server proves who it is.

libpq is told which file holds the authorities to trust. Its own way of naming the system's
(``sslrootcert=system``) finds none in psycopg's wheels, whose OpenSSL looks in a folder that no
system has.
"""

import ssl
from collections.abc import Mapping, Sequence
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from message_tracker.core.domain.errors import ConfigurationFault

# Amazon RDS and Aurora sign their servers' certificates by authorities of their own, one for each
# region and algorithm, which no system trusts (Amazon Aurora User Guide, "Using SSL/TLS to encrypt
# a connection to a DB cluster"). The file holds all of the commercial regions', valid until 2061.
_OF_RDS = files(__package__).joinpath("rds_authorities.pem")
_RDS = ".rds.amazonaws.com"
# Where Amazon Linux, Debian and macOS keep the authorities that they trust.
_OF_SYSTEM = (
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
)


def secured(url: str) -> str:
    """Return the URL with ``sslmode=verify-full``, unless Postgres is on this very machine.

    Raises:
        ConfigurationFault: it is none, or it asks for less over a network.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ConfigurationFault(
            "the database URL is not a libpq URL: write postgresql://user:password@host:5432/name"
        ) from error
    if all(_is_this_machine(str(host)) for host in _hosts(parts)):
        return url
    if parts.get("sslmode", "verify-full") != "verify-full":
        raise ConfigurationFault(
            f"the database URL says sslmode={parts['sslmode']}: over a network only verify-full"
            " proves who answers; remove sslmode, or name the CA with sslrootcert=/path/to/ca.pem"
        )
    named = str(parts.get("sslrootcert", "system"))
    trusted = authorities(_hosts(parts)) if named == "system" else named
    return make_conninfo(url, sslmode="verify-full", sslrootcert=trusted)


def authorities(hosts: Sequence[str]) -> str:
    """Return the file of the authorities that may vouch for `hosts`."""
    if all(host.endswith(_RDS) for host in hosts):
        return str(_OF_RDS)
    # Python names its own default only if it is there, or if SSL_CERT_FILE says so.
    candidates = (ssl.get_default_verify_paths().cafile, *_OF_SYSTEM)
    return next((file for file in candidates if file and Path(file).exists()), "system")


def _hosts(parts: Mapping[str, Any]) -> Sequence[str]:
    return str(parts.get("hostaddr") or parts.get("host") or "").split(",")


def _is_this_machine(host: str) -> bool:
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
