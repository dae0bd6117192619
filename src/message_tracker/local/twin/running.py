"""A running provider twin, for the length of a `with` block."""

import contextlib
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from message_tracker.core.domain.message import Channel
from message_tracker.local.ports import LOOPBACK, claim_port
from message_tracker.local.twin.account import AccountSink
from message_tracker.local.twin.firehose import Firehose
from message_tracker.local.twin.inbox import Inbox
from message_tracker.local.twin.permissions import AccountPermissions
from message_tracker.local.twin.post_office import PostOffice
from message_tracker.local.twin.publication import EventSink, NoSink
from message_tracker.local.twin.server import Server
from message_tracker.local.twin.ses import Ses
from message_tracker.local.twin.ses_setup import SesSetup
from message_tracker.local.twin.sms import Sms
from message_tracker.local.twin.sms_setup import SmsSetup
from message_tracker.local.twin.switchboard import Switchboard
from message_tracker.local.twin.weather import Weather

LOCAL_CONFIGURATION_SET: Final = "message-tracker-local"
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOptions:
    """How the twin behaves; the defaults fit the `local` stage.

    A call that names another configuration set is refused, as at AWS.
    """

    configuration_sets: Collection[str] = (LOCAL_CONFIGURATION_SET,)
    email_stream: str = "message-tracker-local-ses-events"
    text_stream: str = "message-tracker-local-sms-events"
    texts_on_the_bus: bool = True  # EventBridge events of texts, which AWS publishes unasked
    max_send_rate: float = 50.0  # e-mails a second, what GetAccount tells
    first_event_after: float = 0.05  # seconds from the call to Send or TEXT_QUEUED
    outcome_after: float = 0.3  # seconds from there to each further event
    stream_interval: float = 1.0  # seconds between two objects of a delivery stream


@dataclass(frozen=True, slots=True)
class _Setups:
    """How the account is set up at each provider."""

    ses: SesSetup
    sms: SmsSetup

    @classmethod
    def of(cls, options: TwinOptions) -> Self:
        sets = options.configuration_sets
        return cls(
            SesSetup(sets, options.email_stream),
            SmsSetup(sets, options.text_stream, is_on_the_bus=options.texts_on_the_bus),
        )


class Twin:
    """What the owner of a running twin may do with it."""

    def __init__(self, port: int, post_office: PostOffice, account: AccountSink | None) -> None:
        self.port = port
        self._post_office = post_office
        self._account = account

    @property
    def url(self) -> str:
        """The `endpoint_url` of SES, SMS and Firehose clients, and the inbox' page."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def inbox(self) -> Inbox:
        """What was accepted."""
        return self._post_office.inbox

    @property
    def weather(self) -> Weather:
        """What goes wrong; assign another to change it from the next call on."""
        return self._post_office.weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._post_office.weather = weather

    def stats(self) -> dict[str, Any]:
        """Return the figures of `GET /stats`."""
        return self.inbox.stats() | {"pending_events": self.pending_events()}

    def pending_events(self) -> int:
        """Return how many deliveries of events have not reached the account."""
        waiting = self._account.waiting() if self._account else 0
        return self._post_office.pending_events() + waiting

    def wait_until_quiet(self, timeout_seconds: float) -> bool:
        """Wait until no event is pending; return whether it came to that in time."""
        deadline = time.monotonic() + timeout_seconds
        while self.pending_events():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


@contextlib.contextmanager
def provider_twin(
    port: int | None = None,
    *,
    account_url: str | None = None,
    sink: EventSink | None = None,
    options: TwinOptions | None = None,
) -> Iterator[Twin]:
    """Run a provider twin on threads of this process for the length of the block.

    Events that are not due when the block ends are not published; what was published is delivered.

    Args:
        port: the loopback port; a free one when None.
        account_url: the emulator whose delivery streams, buckets and event bus get the events, and
            whose roles say who may ask what of the twin.
        sink: takes the events instead of an account. Without either they are forgotten.
        options: how the twin behaves.

    Raises:
        PortInUse: `port` is taken.
    """
    options = options or TwinOptions()
    account = _account(account_url, options) if account_url and sink is None else None
    setups = _Setups.of(options)
    post_office = PostOffice(
        sink or account or NoSink(), {Channel.EMAIL: setups.ses, Channel.TEXT: setups.sms}
    )
    twin = Twin(claim_port(port, "the provider twin"), post_office, account)
    permissions = AccountPermissions(account_url) if account_url else None
    switchboard = _switchboard(twin, post_office, account, permissions, options, setups)
    server = Server(twin.port, switchboard.answer)
    with contextlib.ExitStack() as stack:
        if account is not None:
            account.start()
            stack.callback(account.stop)
        post_office.open()
        stack.callback(post_office.close)
        server.open()
        stack.callback(server.close)
        yield twin


def _account(account_url: str, options: TwinOptions) -> AccountSink:
    streams = {Channel.EMAIL: options.email_stream, Channel.TEXT: options.text_stream}
    return AccountSink(account_url, streams=streams, interval_seconds=options.stream_interval)


def _switchboard(
    twin: Twin,
    post_office: PostOffice,
    account: AccountSink | None,
    permissions: AccountPermissions | None,
    options: TwinOptions,
    setups: _Setups,
) -> Switchboard:
    configuration_sets = frozenset(options.configuration_sets)
    ses = Ses(
        post_office,
        setup=setups.ses,
        configuration_sets=configuration_sets,
        max_send_rate=options.max_send_rate,
        send_after=options.first_event_after,
        outcome_after=options.outcome_after,
    )
    sms = Sms(
        post_office,
        setup=setups.sms,
        configuration_sets=configuration_sets,
        queued_after=options.first_event_after,
        outcome_after=options.outcome_after,
    )
    firehose = Firehose(account.streams) if account else None
    return Switchboard(
        post_office, ses, sms, firehose, permissions=permissions, waiting=twin.pending_events
    )
