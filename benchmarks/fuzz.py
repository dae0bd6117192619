"""Whether the decoder survives whatever is thrown at it: an event, a refusal, and nothing else.

Inputs are the providers' records of the test suite, mutated: bytes changed, cut, doubled and
spliced, JSON values put in the place of others, hostile text inserted. Each goes the way of an
archived line, and what comes out is encoded as it would be stored.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.figures import report
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.store.event_columns import EventColumns
from message_tracker.event_processor.archive_records import archive_lines
from message_tracker.event_processor.reading import Refused, readings

_SEED = 4242
_FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "events"
_HOSTILE = (
    *(b"\0", b"\\u0000", b"\xff", b"\xc3", b"\\ud800", b"\\udc00\\ud800", b"\xed\xa0\x80"),
    *(b'"', b"\\", b"{", b"}", b"}{", b"[", b"]", b",", b":", b"\n", b"\r\n", b" "),
    *(b"null", b"true", b"-0", b"1e999", b"-1", b"NaN", b"9" * 40, b"1.7e308", b'""', b"[[]]"),
    *(b'"mail":{},', b'"eventType":null,', b'"detail":{"mail":', b'"Message":"{}"', b'{"":'),
    *(b"[" * 2_000, b'{"a":' * 2_000, b"x" * 70_000),
)
_VALUES: Sequence[object] = (
    *(None, True, 0, -1, 2**63, 2**64, 10**40, 0.1, -0.0, 1e308, "", "x" * 5_000, "\0", "}{"),
    *("\ud800", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-02-30T00:00:00Z"),
    *("2026-03-01T00:00:00+23:59", [], [None], [[]], {}, {"a": {}}, ["a@b.c", 1, None], "a@b.c"),
)


def run(*, quick: bool) -> dict[str, object]:
    """Mutate and read; raises what the decoder raises, with the input's number to find it by."""
    number = 50_000 if quick else 1_200_000
    chance = random.Random(_SEED)
    records = [_line(path) for path in sorted(_FIXTURES.rglob("*.json"))]
    counts: Counter[str] = Counter()
    began = time.perf_counter()
    for each in range(number):
        data = _mutated(chance, records)
        try:
            counts += read_input(data)
        except Exception as error:
            raise AssertionError(f"input {each} ({data[:200]!r} …): {error!r}") from error
    return report(
        "fuzz",
        conditions={"inputs": number, "records": len(records), "seed": _SEED},
        figures={"seconds": round(time.perf_counter() - began, 1), **counts, "other_exceptions": 0},
        ratios={},
    )


def _line(path: Path) -> bytes:
    return json.dumps(json.loads(path.read_bytes()), separators=(",", ":")).encode()


def read_input(data: bytes) -> Counter[str]:
    """Read an input as an archived object, and count what came of its records.

    Whatever it raises, the decoder should not have.
    """
    counts: Counter[str] = Counter()
    events: list[DeliveryEvent] = []
    for _, found in readings(archive_lines([data])):
        if isinstance(found, DeliveryEvent):
            events.append(found)
        counts["refused" if isinstance(found, Refused) else "read"] += 1
    if events:
        EventColumns(events).parameters()
    return counts


def _mutated(chance: random.Random, records: Sequence[bytes]) -> bytes:
    data = bytearray(chance.choice(records))
    if chance.random() < 0.4:
        data = bytearray(_with_other_value(chance, bytes(data)))
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        mutate = chance.choice(_MUTATIONS)
        mutate(chance, data, records)
    return bytes(data)


def _with_other_value(chance: random.Random, data: bytes) -> bytes:
    """Put another JSON value in the place of one, at any depth."""
    document = json.loads(data)
    parent, key = document, chance.choice(list(document))
    while isinstance(parent[key], dict | list) and parent[key] and chance.random() < 0.8:
        parent = parent[key]
        key = chance.choice(list(parent)) if isinstance(parent, dict) else 0
    parent[key] = chance.choice(_VALUES)
    return json.dumps(document).encode()


def _change(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    data[chance.randrange(len(data))] = chance.randrange(256)


def _cut(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 2, 10, 10_000))]
    data += b"" if data else b"{"  # no mutation finds nothing to change


def _double(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = chance.randrange(len(data))
    end = start + chance.choice((1, 10, 300))
    data[start:start] = data[start:end]


def _insert(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = chance.randrange(len(data))
    data[place:place] = chance.choice(_HOSTILE)


def _splice(chance: random.Random, data: bytearray, records: Sequence[bytes]) -> None:
    other = chance.choice(records)
    data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :] or b"}"


_MUTATIONS: Sequence[Callable[[random.Random, bytearray, Sequence[bytes]], None]] = (
    _change,
    _cut,
    _double,
    _insert,
    _splice,
)
