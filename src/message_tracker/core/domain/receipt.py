"""What an accepted request is told: the ids of its messages, and what its texts cost."""

from collections.abc import Iterable
from typing import Any

from message_tracker.core.domain.intake import Submission
from message_tracker.core.domain.message import GroupId
from message_tracker.core.domain.segments import Segmentation


def receipt(submission: Submission, group_id: GroupId) -> dict[str, Any]:
    """Return the answer to an accepted ``POST /send``, as a JSON object."""
    messages = submission.messages
    answer: dict[str, Any] = {
        "group_id": str(group_id),
        "accepted": len(messages),
        "message_ids": [str(message.message_id) for message in messages],
        "duplicates": submission.duplicates,
    }
    if submission.template is not None:
        answer["template"] = {
            "name": submission.template.name,
            "version": submission.template.version,
        }
    texts = [message.segmentation for message in messages if message.segmentation]
    if texts:
        answer["text"] = _texts(texts)
    if len(messages) == 1 and texts:
        answer["encoding"] = texts[0].encoding.value
        answer["segments"] = texts[0].segments
    if submission.refused is not None:
        answer["refused"] = [fault.to_json() for fault in submission.refused]
    return answer


def _texts(texts: list[Segmentation]) -> dict[str, Any]:
    encodings = {text.encoding.value for text in texts}
    sizes = {text.segments for text in texts}
    return {
        "messages": len(texts),
        "encoding": encodings.pop() if len(encodings) == 1 else "mixed",
        "segments": sum(text.segments for text in texts),
        "segments_per_message": sizes.pop() if len(sizes) == 1 else None,
        "forced_ucs2": _distinct(text.forced_ucs2 for text in texts),
    }


def _distinct(characters: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(character for some in characters for character in some))
