"""What a request is told: the ids of its messages, what its texts cost, when they will be sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from message_tracker.core.domain.estimate import Estimate
from message_tracker.core.domain.message import GroupId
from message_tracker.core.domain.submission import Submission
from message_tracker.core.domain.transliteration import Spelling


def receipt(submission: Submission, group_id: GroupId, estimate: Estimate) -> dict[str, Any]:
    """Return the answer to an accepted ``POST /send``, as a JSON object."""
    return {
        "group_id": str(group_id),
        "accepted": len(submission.messages),
        "message_ids": [str(message.message_id) for message in submission.messages],
        **_findings(submission, estimate),
    }


def preview(submission: Submission, estimate: Estimate) -> dict[str, Any]:
    """Return the answer to a dry run: as if it had been accepted, and nothing was."""
    return {
        "dry_run": True,
        "accepted": 0,
        "would_accept": len(submission.messages),
        "message_ids": [],
        **_findings(submission, estimate),
    }


def _findings(submission: Submission, estimate: Estimate) -> dict[str, Any]:
    messages = submission.messages
    answer: dict[str, Any] = {"duplicates": submission.duplicates, **estimate.to_json()}
    if submission.template is not None:
        answer["template"] = {
            "name": submission.template.name,
            "version": submission.template.version,
        }
    spellings = [message.spelling for message in messages if message.spelling]
    if spellings:
        answer["text"] = _texts(spellings, is_transliterated=submission.is_transliterated)
    if len(messages) == 1 and spellings:
        answer["encoding"] = spellings[0].sent_as.encoding.value
        answer["segments"] = spellings[0].sent_as.segments
    if submission.refused is not None:
        answer["refused"] = [fault.to_json() for fault in submission.refused]
    return answer


def _texts(spellings: Sequence[Spelling], *, is_transliterated: bool) -> dict[str, Any]:
    texts = [spelling.sent_as for spelling in spellings]
    encodings = {text.encoding.value for text in texts}
    sizes = {text.segments for text in texts}
    cost = {
        "messages": len(texts),
        "encoding": encodings.pop() if len(encodings) == 1 else "mixed",
        "segments": sum(text.segments for text in texts),
        "segments_per_message": sizes.pop() if len(sizes) == 1 else None,
        "forced_ucs2": _distinct(text.forced_ucs2 for text in texts),
        "extension": _distinct(text.extension for text in texts),
    }
    return {**cost, "transliteration": _transliteration(spellings)} if is_transliterated else cost


def _transliteration(spellings: Sequence[Spelling]) -> dict[str, Any]:
    times: Counter[tuple[str, str]] = Counter()
    for spelling in spellings:
        for each in spelling.replaced:
            times[each.character, each.replacement] += each.times
    return {
        "segments_before": sum(spelling.before.segments for spelling in spellings),
        "segments": sum(spelling.sent_as.segments for spelling in spellings),
        "replaced": [
            {"character": character, "replacement": replacement, "count": count}
            for (character, replacement), count in times.items()
        ],
    }


def _distinct(characters: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(character for some in characters for character in some))
