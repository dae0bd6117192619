"""What a person should know beside the causes of failures: the worst comes first."""

from collections.abc import Iterator
from dataclasses import dataclass

from message_tracker.core.domain.advice import advice_key
from message_tracker.core.domain.report import Report
from message_tracker.core.domain.throttling import HeldBack
from message_tracker.failed_message_reporter.wording import Wording

_LEAST_HELD = 60.0  # seconds: less is what any few messages take


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is, why, and what to do about it, if anything is."""

    title: str
    text: str
    remedy: str = ""

    @property
    def is_urgent(self) -> bool:
        """Whether someone should do something."""
        return bool(self.remedy)


def notices(report: Report, wording: Wording) -> tuple[Notice, ...]:
    """Return all there is to say, in words."""
    return (*_standstills(report, wording), *_counted(report, wording))


def _standstills(report: Report, wording: Wording) -> Iterator[Notice]:
    say = wording.language.say
    if not report.books.balanced:
        count = max(report.books.contradictions, abs(report.books.total.difference))
        yield Notice(
            say("out_of_balance"), say("out_of_balance_why", count), say("out_of_balance_remedy")
        )
    for circuit in report.situation.circuits:
        meaning, remedy = wording.language.advice[advice_key(circuit.cause)]
        since = wording.moment(circuit.opened_at, report.title.zone)
        yield Notice(
            say("open_circuit", channel=wording.channel(circuit.channel), since=since),
            say("open_circuit_why", meaning=meaning),
            remedy,
        )


def _counted(report: Report, wording: Wording) -> Iterator[Notice]:
    say, situation = wording.language.say, report.situation
    urgent = {
        "unconfirmed": report.books.total.unconfirmed,
        "dead_letters": report.dead_letters,
        "quarantined": situation.quarantined,
        "overdue": situation.overdue,
    }
    for key, count in urgent.items():
        if count:
            yield Notice(say(key, count), say(f"{key}_why", count), say(f"{key}_remedy"))
    for held in situation.held_back:
        yield from _held_back(held, wording)
    calm = {"suppressed": situation.suppressed, "unmatched": report.unmatched}
    for key, count in calm.items():
        if count:
            yield Notice(say(key, count), say(f"{key}_why"))


def _held_back(held: HeldBack, wording: Wording) -> Iterator[Notice]:
    say, channel = wording.language.say, wording.channel(held.channel)
    if held.seconds >= _LEAST_HELD:
        yield Notice(say("held_back", held.minutes, channel=channel), say("held_back_why"))
    if held.calls:
        yield Notice(say("told_later", held.calls, channel=channel), say("told_later_why"))
