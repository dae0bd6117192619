"""What is answered of a group: where its messages stand, how fast it goes, and until when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.progress import Progress, estimated_finish
from message_tracker.core.domain.status import WAITING, MessageStatus
from message_tracker.core.store.groups import Group, GroupCount


def group_answer(group: Group) -> Mapping[str, Any]:
    """Return a group with its counts: in all, and per channel."""
    halted = {"at": group.halted_at, "reason": group.halt_reason}
    return {
        "group_id": group.group_id,
        "name": group.name,
        "state": group.state,
        "created_at": group.created_at,
        **asdict(group.options),
        "halted": halted if group.halted_at else None,
        **_counts(group, list(Channel)),
        "channels": {channel: _counts(group, [channel]) for channel in Channel},
    }


def groups_answer(groups: Sequence[Group], limit: int) -> Mapping[str, Any]:
    """Return a page of groups, and where the next begins."""
    is_last = len(groups) < limit
    return {
        "groups": [group_answer(group) for group in groups],
        "next": None if is_last else str(groups[-1].group_id),
    }


def _counts(group: Group, channels: Sequence[Channel]) -> dict[str, Any]:
    counts = [count for count in group.counts if count.channel in channels]
    statuses = Counter({count.status: 0 for count in counts})
    for count in counts:
        statuses[count.status] += count.messages
    return {
        "total": statuses.total(),
        "segments": sum(count.segments for count in counts),
        "statuses": {status: number for status, number in statuses.items() if number},
        "opened": sum(count.opened for count in counts),
        "clicked": sum(count.clicked for count in counts),
        "unsubscribed": sum(count.unsubscribed for count in counts),
        "messages_per_second": _per_second(sum(count.sent_lately for count in counts)),
        "segments_per_second": _per_second(sum(count.segments_lately for count in counts)),
        "estimated_finish_at": _finish(group, channels),
    }


def _per_second(in_a_minute: int) -> float:
    return round(max(in_a_minute, 0) / 60, 2)


def _finish(group: Group, channels: Sequence[Channel]) -> datetime | None:
    each = [
        _progress([one for one in group.counts if one.channel is channel]) for channel in channels
    ]
    return estimated_finish(group.state, each, group.read_at)


def _progress(counts: Sequence[GroupCount]) -> Progress:
    return Progress(
        waiting=sum(
            count.messages
            for count in counts
            if count.status in WAITING - {MessageStatus.SCHEDULED}
        ),
        sent_lately=sum(count.sent_lately for count in counts),
    )
