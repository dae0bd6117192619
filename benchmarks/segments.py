"""How fast a text's segments are counted, beside smsutil, and where the two answers differ.

The texts are seeded. Half are plain ASCII; the others carry accents, extension characters,
typographic quotes or emoji, or are in another script. One in eight is several segments long.
"""

import random
from collections import Counter
from collections.abc import Callable
from statistics import mean

from benchmarks.figures import median_cpu_seconds, report
from message_tracker.core.domain.segments import Encoding, count_segments, segment

_SEED = 23038
_WORDS = (
    *("your", "order", "parcel", "code", "is", "now", "ready", "at", "the", "shop", "please"),
    *("reply", "YES", "to", "confirm", "or", "NO", "until", "tomorrow", "10:30,", "thank", "you."),
    *("Invoice", "4711", "of", "$19.90", "was", "paid;", "see", "https://example.com/a7", "for"),
)
_ACCENTED = ("café", "señor", "über", "Århus", "£20", "niño", "è", "Ωmega")
_EXTENSION = ("€49", "[ref]", "{name}", "~5", "a|b", "C:\\x")
_TYPOGRAPHIC = ("\u201cnow\u201d", "don\u2019t", "\u2013", "\u2026")
_EMOJI = ("🎉", "👍🏽", "👩‍👧", "🚚", "❤️")
_SCRIPT = ("您的包裹", "正在路上", "ваш", "заказ", "готов", "दुकान", "です")

# The share of each kind of text, and the words mixed into its plain ones.
_KINDS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("ascii", 50, ()),
    ("accented", 12, _ACCENTED),
    ("extension", 14, _EXTENSION),
    ("typographic", 8, _TYPOGRAPHIC),
    ("emoji", 10, _EMOJI),
    ("script", 6, _SCRIPT),
)
_EDGE_CASES = (
    "",
    "\x1b",
    "tell \x1b[31mred",
    "a" * 160,
    "a" * 161,
    "a" * 152 + "€" + "a" * 152,
    "a" * 153 + "€" + "a" * 151,
    "€" * 80,
    "€" * 81,
    "я" * 70,
    "я" * 71,
    "я" * 66 + "🎉" + "я" * 66,
    "🎉" * 36,
    "\f" * 81,
    "ç`\t\0",
)


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: microseconds of CPU per text, and ratios to smsutil."""
    texts = sample_texts(2_000 if quick else 20_000)
    rounds = 15
    contestants = _contestants()
    seconds = median_cpu_seconds(
        {name: _over(texts, function) for name, function in contestants.items()}, rounds=rounds
    )
    return report(
        "segments",
        conditions={
            "texts": len(texts),
            "rounds": rounds,
            "seed": _SEED,
            "mean_characters": round(mean(map(len, texts)), 1),
        },
        figures={
            "us_per_text": {name: round(s / len(texts) * 1e6, 3) for name, s in seconds.items()},
            "disagreements": disagreements([*texts, *_EDGE_CASES]),
        },
        ratios={
            "over_smsutil": seconds["smsutil"] / seconds["count_segments"],
            "segment_over_smsutil": seconds["smsutil"] / seconds["segment"],
        },
    )


def sample_texts(number: int) -> list[str]:
    """Return that many texts, always the same, of about 160 characters in the mean."""
    generator = random.Random(_SEED)
    kinds = generator.choices(_KINDS, weights=[share for _, share, _ in _KINDS], k=number)
    return [_text(generator, special) for _, _, special in kinds]


def disagreements(texts: list[str]) -> dict[str, int]:
    """Count the texts that smsutil encodes or splits otherwise, by the reason.

    ``empty``: smsutil calls the empty text UCS-2. ``escape``: it takes ESC (0x1B) for a character
    of the alphabet, but ESC only announces an extension character (3GPP TS 23.038, 6.2.1).
    """
    counts = Counter(empty=0, escape=0, unexplained=0)
    for text in texts:
        if _of_smsutil(text) != (segment(text).encoding, count_segments(text)):
            reason = "empty" if not text else "escape" if "\x1b" in text else "unexplained"
            counts[reason] += 1
    return dict(counts)


def _contestants() -> dict[str, Callable[[str], object]]:
    import smsutil

    return {"count_segments": count_segments, "segment": segment, "smsutil": smsutil.split}


def _of_smsutil(text: str) -> tuple[Encoding, int]:
    import smsutil

    split = smsutil.split(text)
    encoding = Encoding.GSM_7BIT if split.encoding == "gsm0338" else Encoding.UCS2
    return encoding, len(split.parts)


def _text(generator: random.Random, special: tuple[str, ...]) -> str:
    length = (
        generator.randint(300, 700) if generator.random() < 1 / 8 else generator.randint(20, 200)
    )
    words: list[str] = []
    while sum(map(len, words)) + len(words) < length:
        words.append(generator.choice(_WORDS))
    for word in special and generator.choices(special, k=generator.randint(1, 6)):
        words[generator.randrange(len(words))] = word
    return " ".join(words)


def _over(texts: list[str], function: Callable[[str], object]) -> Callable[[], None]:
    def run_over_all() -> None:
        for text in texts:
            function(text)

    return run_over_all
