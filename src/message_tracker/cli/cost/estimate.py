"""A month's bill of a stage: what was sent, beside the simple way, and what stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from message_tracker.cli.cost.bill import Line, total
from message_tracker.cli.cost.campaign import Campaign
from message_tracker.cli.cost.figures import Figures
from message_tracker.cli.cost.machinery import Machinery
from message_tracker.cli.cost.naive import naive
from message_tracker.cli.cost.standing import standing
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import Channel

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ChannelBill:
    """What a month's messages of one channel cost.

    `lines` are of our machinery and `naive` of the simple way; `fees` are the provider's, which no
    machinery saves.
    """

    messages: float
    units_per_second: float
    lines: list[Line]
    naive: list[Line]
    fees: float

    @property
    def usd(self) -> float:
        """What the messages cost, without keeping what they leave behind."""
        return total(each for each in self.lines if not each.is_kept)

    @property
    def naive_usd(self) -> float:
        """The same of the simple way."""
        return total(each for each in self.naive if not each.is_kept)

    @property
    def usd_per_million(self) -> float:
        """Of a million messages; 0 where there are none."""
        return self.usd / self.messages * _MILLION if self.messages else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "messages": self.messages,
            "units_per_second": self.units_per_second,
            "usd": _rounded(self.usd),
            "usd_per_million": _rounded(self.usd_per_million),
            "kept_usd_per_month": _rounded(total(each for each in self.lines if each.is_kept)),
            "naive_usd": _rounded(self.naive_usd),
            "provider_usd": _rounded(self.fees),
            "lines": _lines(self.lines),
            "naive_lines": _lines(self.naive),
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month of a stage."""

    figures: Figures
    channels: Mapping[Channel, ChannelBill]
    standing: list[Line]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "prices": {"date": self.figures.date.isoformat(), "region": self.figures.region},
            **{str(channel): bill.as_json() for channel, bill in self.channels.items()},
            "standing_usd": _rounded(total(self.standing)),
            "standing_lines": _lines(self.standing),
        }


def estimate(
    messages: Mapping[Channel, float],
    machinery: Machinery,
    figures: Figures,
    rates: Mapping[Channel, float] | None = None,
) -> Estimate:
    """Return what a month costs in which so many messages are sent.

    Args:
        messages: by channel.
        machinery: of the stage.
        figures: prices, what was measured, what is assumed.
        rates: units a second, where the account's are others than the stage's.

    Raises:
        ConfigurationFault: the stage does not have a channel that is to send.
    """
    for channel, number in messages.items():
        if number and channel not in machinery.channels:
            raise ConfigurationFault(f"the stage has no {channel}: ask for 0 of it")
    bills = {
        channel: _bill(channel, messages.get(channel, 0.0), machinery, figures, rates or {})
        for channel in machinery.channels
    }
    return Estimate(figures, bills, standing(machinery, figures))


def _bill(
    channel: Channel,
    messages: float,
    machinery: Machinery,
    figures: Figures,
    rates: Mapping[Channel, float],
) -> ChannelBill:
    rate = rates.get(channel) or machinery.channels[channel].units_per_second
    is_text = channel is Channel.TEXT
    fee = figures.prices.segment if is_text else figures.prices.email
    units = messages * (figures.assumed.segments_per_text if is_text else 1)
    return ChannelBill(
        messages=messages,
        units_per_second=rate,
        lines=Campaign(channel, messages, machinery, figures, rate).lines(),
        naive=naive(channel, messages, machinery, figures),
        fees=units * fee.each,
    )


def _lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        {
            "what": each.what,
            "unit": each.unit,
            "quantity": _rounded(each.quantity),
            "usd": _rounded(each.usd),
        }
        for each in lines
        if each.quantity
    ]


def _rounded(value: float) -> float:
    return round(value, 4)
