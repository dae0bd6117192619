"""The bill as tables in Markdown, which read well on a terminal too."""

from collections.abc import Iterable, Sequence

from message_tracker.cli.cost.bill import Line, total
from message_tracker.cli.cost.estimate import ChannelBill, Estimate
from message_tracker.core.domain.message import Channel

_NAMES = {Channel.EMAIL: "e-mail", Channel.TEXT: "SMS"}


def sending_table(found: Estimate) -> str:
    """Return what the month's messages cost, part by part, each beside the simple way."""
    bills = list(found.channels.values())
    head = [cell for channel in found.channels for cell in (_NAMES[channel], "the simple way")]
    parts = dict.fromkeys(each.what for bill in bills for each in (*bill.lines, *bill.naive))
    columns = [column for bill in bills for column in _columns(bill, list(parts))]
    titles = [
        "messages",
        "sent a second",
        *parts,
        "**together**",
        "**a million**",
        "keeping what they leave, a month",
        "the provider's fees",
    ]
    rows = [list(row) for row in zip(titles, *columns, strict=True)]
    return _markdown(["USD a month", *head], rows)


def standing_table(found: Estimate) -> str:
    """Return what is paid for each month, whatever is sent."""
    parts = dict.fromkeys(each.what for each in found.standing if each.quantity)
    rows = [
        [part, _counted(_of(found.standing, part)), _money(total(_of(found.standing, part)))]
        for part in parts
    ]
    rows.append(["**together**", "", _money(total(found.standing))])
    return _markdown(["USD a month, whatever is sent", "of", ""], rows)


def _columns(bill: ChannelBill, parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a channel's two columns, ours and the simple way's."""
    return (
        [
            f"{bill.messages:,.0f}",
            f"{bill.units_per_second:g}",
            *_parts(bill.lines, parts),
            _money(bill.usd),
            _money(bill.usd_per_million),
            _kept(bill.lines),
            _money(bill.fees),
        ],
        [
            f"{bill.messages:,.0f}",
            "",
            *_parts(bill.naive, parts),
            _money(bill.naive_usd),
            "",
            _kept(bill.naive),
            _money(bill.fees),
        ],
    )


def _parts(lines: Iterable[Line], parts: Iterable[str]) -> list[str]:
    used = [each for each in lines if not each.is_kept]
    return [_money(total(_of(used, part))) if _of(used, part) else "" for part in parts]


def _kept(lines: Iterable[Line]) -> str:
    return _money(total(each for each in lines if each.is_kept))


def _of(lines: Iterable[Line], part: str) -> list[Line]:
    return [each for each in lines if each.what == part]


def _counted(lines: Sequence[Line]) -> str:
    """Return how much of what a part has, as far as it costs a tenth of it or more."""
    counts: dict[str, float] = {}
    costs: dict[str, float] = {}
    for each in lines:
        counts[each.unit] = counts.get(each.unit, 0.0) + each.quantity
        costs[each.unit] = costs.get(each.unit, 0.0) + each.usd
    least = total(lines) / 10
    return ", ".join(
        f"{number:,.0f} {unit}" for unit, number in counts.items() if costs[unit] >= least
    )


def _money(usd: float) -> str:
    return f"{usd:,.2f}"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose others are numbers."""
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
