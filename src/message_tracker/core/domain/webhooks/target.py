"""Where a callback may go: an https URL of a host that everyone can reach.

Whoever may add a webhook could else have us call what only our own network reaches. So a URL is
looked at when it is given, and the addresses of its name at every call.
"""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from pydantic_core import Url, ValidationError

MAX_URL: Final = 2_000  # characters
_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

# IANA's registry of special-purpose IPv4 addresses, with multicast and what is reserved; and those
# that AS 112 and relays answer for, whoever asks. Python's `is_global` differs between versions.
_NOT_PUBLIC_4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT (RFC 6598), inside of AWS too
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local; the metadata services
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Of IPv6, global unicast (RFC 4291, section 2.4) less what is no host or hides an IPv4 address:
# so IPv4-mapped ones, NAT64 (64:ff9b::/96), unique local and link-local are out by themselves.
_PUBLIC_6: Final = ip_network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # Teredo, benchmarking, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)


class Unreachable(ValueError):
    """A URL that we do not call; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, as a call needs them.

    Args:
        url: the whole, normalized.
        host: a name in ASCII, or an address without brackets.
        port: to connect to.
        path: path and query, as the request line has them.
        is_secure: by TLS.
        is_local: a name that the settings permit on this very machine, and there only.
    """

    url: str
    host: str
    port: int
    path: str
    is_secure: bool
    is_local: bool

    @property
    def host_header(self) -> str:
        """The value of the header Host (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == _PORTS["https" if self.is_secure else "http"]
        return host if is_usual else f"{host}:{self.port}"

    def may_be_at(self, address: str) -> bool:
        """Whether the host may be called at this address that its name resolved to."""
        if self.is_local:
            return is_loopback(address)
        return is_public(address)


def target_of(text: str, local_hosts: Collection[str] = ()) -> Target:
    """Return the target that a URL names.

    Args:
        text: the URL as a person wrote it.
        local_hosts: names that may be called on this machine, by http too.

    Raises:
        Unreachable: it is no URL that we call.
    """
    url = _parsed(text)
    host = (url.host or "").strip("[]").rstrip(".")
    is_local = host in local_hosts
    if url.scheme != "https" and not (is_local and url.scheme == "http"):
        raise Unreachable("must begin with https://, since callbacks tell of people")
    if url.username or url.password:
        raise Unreachable("must not hold a user or a password: calls are signed instead")
    if url.fragment:
        raise Unreachable("must not end with a #fragment, which is never sent")
    if not is_local:
        _refuse_inner(host)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    port = url.port or _PORTS[url.scheme]
    return Target(str(url), host, port, path, url.scheme == "https", is_local)


def is_public(address: str) -> bool:
    """Whether an address is one that everyone reaches."""
    parsed = _address(address)
    match parsed:
        case IPv4Address():
            return not any(parsed in network for network in _NOT_PUBLIC_4)
        case IPv6Address():
            is_special = any(parsed in network for network in _NOT_PUBLIC_6)
            return parsed in _PUBLIC_6 and not is_special
        case None:
            return False


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in _LOOPBACK)


def _parsed(text: str) -> Url:
    if len(text) > MAX_URL:
        raise Unreachable(f"has {len(text)} characters: at most {MAX_URL} are allowed")
    try:
        return Url(text)
    except ValidationError as error:
        raise Unreachable("is no URL: write https://host/path") from error


def _refuse_inner(host: str) -> None:
    parsed = _address(host)
    if parsed is None and "." not in host:
        raise Unreachable("names a host of an inner network: use its full name, with a domain")
    if parsed is not None and not is_public(host):
        raise Unreachable("names an address that is not public: use one that everyone reaches")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
