"""The channels' circuits, kept in Postgres: opened once, they are open for the whole fleet."""

from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.circuit import FIRST_WAIT, LONGEST_WAIT, PROBE_PATIENCE, Circuit
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.outcome import ChannelFault
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("circuits")


class Circuits:
    """Opens, probes, closes and shows circuits; each method is one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, channel: Channel, fault: ChannelFault, message_id: MessageId, *, now: datetime
    ) -> bool:
        """Open the channel's circuit, and return whether it was closed before.

        Args:
            channel: whose provider refuses everyone.
            fault: what it says, fit to be stored.
            message_id: the message that met the fault. If it is the probe of an open circuit, the
                wait for the next one is doubled; else an open circuit stays as it is.
            now: when.
        """
        rows = self._database.fetch(
            _QUERIES["open_circuit"],
            {
                "channel": channel,
                "cause": fault.cause,
                "cause_detail": fault.detail,
                "message_id": message_id,
                "now": now,
                "first_wait": FIRST_WAIT,
                "longest_wait": LONGEST_WAIT,
            },
        )
        return any(row["is_new"] for row in rows)

    def close_by_probe(self, channel: Channel, message_id: MessageId) -> bool:
        """Close the channel's circuit, and return whether it was open for this probe."""
        parameters = {"channel": channel, "message_id": message_id}
        return bool(self._database.fetch(_QUERIES["close_circuit_by_probe"], parameters))

    def close(self, channel: Channel) -> bool:
        """Close the channel's circuit whatever its probes say, and return whether it was open."""
        return bool(self._database.fetch(_QUERIES["close_circuit"], {"channel": channel}))

    def open_circuits(self) -> list[Circuit]:
        """Return the open circuits."""
        return [
            Circuit(**{**row, "channel": Channel(row["channel"])})
            for row in self._database.fetch(_QUERIES["open_circuits"])
        ]

    def take_probes(
        self, claim_id: UUID, *, now: datetime, until: datetime
    ) -> dict[MessageId, Channel]:
        """Return the messages to try now, at most one of a channel, and their channels.

        They are claimed until `until`; `SweepStore.confirm_enqueued` must follow.
        """
        rows = self._database.fetch(
            _QUERIES["take_probes"],
            {
                "claim_id": claim_id,
                "now": now,
                "claimed_until": until,
                "patience": PROBE_PATIENCE,
            },
        )
        return {MessageId(row["message_id"]): Channel(row["channel"]) for row in rows}
