import json
from itertools import product

import pytest
import smsutil
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from benchmarks import segments as benchmark
from message_tracker.core.domain.segments import (
    Encoding,
    Segmentation,
    count_segments,
    max_characters,
    segment,
)

# 3GPP TS 23.038, 6.2.1: the code point of each code, eight to a row. 0x1B is ESC, not a character.
CODE_POINTS = (
    *(0x0040, 0x00A3, 0x0024, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC),  # 0x00
    *(0x00F2, 0x00C7, 0x000A, 0x00D8, 0x00F8, 0x000D, 0x00C5, 0x00E5),  # 0x08
    *(0x0394, 0x005F, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8),  # 0x10
    *(0x03A3, 0x0398, 0x039E, 0x001B, 0x00C6, 0x00E6, 0x00DF, 0x00C9),  # 0x18
    *(0x0020, 0x0021, 0x0022, 0x0023, 0x00A4, 0x0025, 0x0026, 0x0027),  # 0x20
    *(0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F),  # 0x28
    *(0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037),  # 0x30
    *(0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F),  # 0x38
    *(0x00A1, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047),  # 0x40
    *(0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F),  # 0x48
    *(0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057),  # 0x50
    *(0x0058, 0x0059, 0x005A, 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7),  # 0x58
    *(0x00BF, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067),  # 0x60
    *(0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F),  # 0x68
    *(0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077),  # 0x70
    *(0x0078, 0x0079, 0x007A, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0),  # 0x78
)
DEFAULT_ALPHABET = {chr(point) for point in CODE_POINTS} - {"\x1b"}

# 3GPP TS 23.038, 6.2.1.1.
EXTENSION_TABLE = {
    0x0A: 0x000C,  # form feed
    0x14: 0x005E,  # circumflex accent
    0x28: 0x007B,  # left curly bracket
    0x29: 0x007D,  # right curly bracket
    0x2F: 0x005C,  # reverse solidus
    0x3C: 0x005B,  # left square bracket
    0x3D: 0x007E,  # tilde
    0x3E: 0x005D,  # right square bracket
    0x40: 0x007C,  # vertical line
    0x65: 0x20AC,  # euro sign
}
EXTENSION = {chr(character) for character in EXTENSION_TABLE.values()}
GSM = EXTENSION | DEFAULT_ALPHABET
CAPACITY = {Encoding.GSM_7BIT: (160, 153), Encoding.UCS2: (70, 67)}


def units_of(character: str, encoding: Encoding) -> int:
    pair = character in EXTENSION if encoding is Encoding.GSM_7BIT else ord(character) > 0xFFFF
    return 2 if pair else 1


def packed(text: str) -> tuple[Encoding, int, int]:
    """Encode and pack one character after the other, as plainly as the standard says it."""
    encoding = Encoding.GSM_7BIT if set(text) <= GSM else Encoding.UCS2
    sizes = [units_of(character, encoding) for character in text]
    single, concatenated = CAPACITY[encoding]
    if sum(sizes) <= single:
        return encoding, 1, sum(sizes)
    segments, used = 1, 0
    for size in sizes:
        if used + size > concatenated:
            segments, used = segments + 1, 0
        used += size
    return encoding, segments, sum(sizes)


def runs(characters: str) -> st.SearchStrategy[str]:
    """Texts of a few runs of one character each, of lengths around what a segment holds."""
    near = [0, 1, 2, 33, 34, 35, 36, *range(64, 72), *range(74, 82), *range(150, 162)]
    run = st.builds(str.__mul__, st.sampled_from(characters), st.sampled_from(near))
    return st.lists(run, max_size=8).map("".join)


gsm_texts = runs("aé€[\f") | st.text(st.sampled_from(sorted(GSM)), max_size=400)
any_texts = (
    gsm_texts
    | runs("a€я🎉\ud83d\ude00\x1b")
    | st.text(st.characters(exclude_categories=()), max_size=200)
)


@pytest.mark.parametrize("character", sorted(DEFAULT_ALPHABET), ids=ascii)
def test_a_character_of_the_default_alphabet_is_one_septet(character: str) -> None:
    expected = Segmentation(Encoding.GSM_7BIT, segments=1, units=1)

    assert segment(character) == expected


@pytest.mark.parametrize("character", sorted(EXTENSION), ids=ascii)
def test_a_character_of_the_extension_table_is_two_septets(character: str) -> None:
    expected = Segmentation(Encoding.GSM_7BIT, segments=1, units=2, extension=(character,))

    assert segment(character) == expected


def test_the_two_tables_are_all_of_gsm_7bit() -> None:
    plane = map(chr, range(0x10000))

    encoded = {character for character in plane if segment(character).encoding is Encoding.GSM_7BIT}

    assert encoded == GSM
    assert (len(DEFAULT_ALPHABET), len(EXTENSION), len(GSM)) == (127, 10, 137)


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "units"),
    [
        pytest.param("", Encoding.GSM_7BIT, 1, 0, id="the empty text is one segment"),
        pytest.param("a" * 160, Encoding.GSM_7BIT, 1, 160, id="160 septets fit one"),
        pytest.param("a" * 161, Encoding.GSM_7BIT, 2, 161, id="161 septets are concatenated"),
        pytest.param("a" * 306, Encoding.GSM_7BIT, 2, 306, id="153 septets to each of two"),
        pytest.param("a" * 307, Encoding.GSM_7BIT, 3, 307, id="and one more"),
        pytest.param("€" * 80, Encoding.GSM_7BIT, 1, 160, id="80 pairs fit one"),
        pytest.param("€" * 81, Encoding.GSM_7BIT, 2, 162, id="81 pairs are concatenated"),
        pytest.param("€" * 153, Encoding.GSM_7BIT, 3, 306, id="76 pairs and an empty septet each"),
        pytest.param("a" * 159 + "€", Encoding.GSM_7BIT, 2, 161, id="the pair does not fit"),
        pytest.param("a" * 151 + "€" + "a" * 153, Encoding.GSM_7BIT, 2, 306, id="pair at the end"),
        pytest.param("a" * 152 + "€" + "a" * 152, Encoding.GSM_7BIT, 3, 306, id="pair straddling"),
        pytest.param(
            "a" * 153 + "€" + "a" * 151, Encoding.GSM_7BIT, 2, 306, id="pair at the start"
        ),
        pytest.param(
            "a" * 152 + "€", Encoding.GSM_7BIT, 1, 154, id="no end at 153 in a single one"
        ),
        pytest.param(
            "a" * 150 + "é" * 10, Encoding.GSM_7BIT, 1, 160, id="an accented letter is one septet"
        ),
        pytest.param("a" * 151 + "é" * 10, Encoding.GSM_7BIT, 2, 161, id="beside any other"),
        pytest.param("a" * 60 + "я" * 10, Encoding.UCS2, 1, 70, id="a letter is one code unit"),
        pytest.param("я" * 70, Encoding.UCS2, 1, 70, id="70 code units fit one"),
        pytest.param("я" * 71, Encoding.UCS2, 2, 71, id="71 code units are concatenated"),
        pytest.param("я" * 134, Encoding.UCS2, 2, 134, id="67 code units to each of two"),
        pytest.param("я" * 135, Encoding.UCS2, 3, 135, id="and one more"),
        pytest.param("🎉" * 35, Encoding.UCS2, 1, 70, id="35 surrogate pairs fit one"),
        pytest.param("🎉" * 36, Encoding.UCS2, 2, 72, id="36 surrogate pairs are concatenated"),
        pytest.param("🎉" * 67, Encoding.UCS2, 3, 134, id="33 pairs and an empty unit each"),
        pytest.param("я" * 66 + "🎉" + "я" * 66, Encoding.UCS2, 3, 134, id="surrogates straddling"),
        pytest.param("я" * 65 + "🎉" + "я" * 67, Encoding.UCS2, 2, 134, id="surrogates at the end"),
        pytest.param("a" * 129 + "\u2019", Encoding.UCS2, 2, 130, id="one quotation mark does it"),
        pytest.param("€" * 71 + "я", Encoding.UCS2, 2, 72, id="a euro is one code unit in UCS-2"),
        pytest.param("a\r\nb\f", Encoding.GSM_7BIT, 1, 6, id="CR, LF and FF are GSM"),
        pytest.param("\x1b[", Encoding.UCS2, 1, 2, id="ESC cannot be sent by itself"),
        pytest.param("\t", Encoding.UCS2, 1, 1, id="a tab is not GSM"),
        pytest.param("\0", Encoding.UCS2, 1, 1, id="nor is NUL"),
        pytest.param("\ud83d" * 70, Encoding.UCS2, 1, 70, id="a lone surrogate is one code unit"),
        pytest.param("a" * 66 + "\ude00" * 2, Encoding.UCS2, 1, 68, id="and does not raise"),
    ],
)
def test_a_text_is_encoded_and_packed(
    text: str, encoding: Encoding, segments: int, units: int
) -> None:
    segmentation = segment(text)

    found = (segmentation.encoding, segmentation.segments, segmentation.units)
    assert found == (encoding, segments, units)
    assert count_segments(text) == segments


def test_a_pair_is_packed_wherever_it_stands() -> None:
    texts = [
        letter * before + pair * pairs + letter * after
        for letter, pair, capacity in (("a", "€", 153), ("я", "🎉", 67))
        for before, pairs, after in product(
            range(capacity - 4, capacity + 3), (1, 2, 3), range(capacity - 6, capacity + 2)
        )
    ]

    counted = [count_segments(text) for text in texts]

    assert counted == [packed(text)[1] for text in texts]


@settings(max_examples=500)
@given(any_texts)
@example("a" * 152 + "€" + "a" * 152)
@example("я" * 66 + "🎉" + "я" * 66)
@example("я" * 66 + "\ud83d\ude00" + "я" * 66)
def test_both_answers_are_those_of_plain_packing(text: str) -> None:
    encoding, segments, units = packed(text)

    segmentation = segment(text)

    assert (segmentation.encoding, segmentation.units) == (encoding, units)
    assert segmentation.segments == count_segments(text) == segments


@given(any_texts.filter(lambda text: text != "" and "\x1b" not in text))
def test_smsutil_packs_every_text_without_an_escape_the_same(text: str) -> None:
    theirs = smsutil.split(text)

    assert count_segments(text) == len(theirs.parts)
    assert (segment(text).encoding is Encoding.GSM_7BIT) == (theirs.encoding == "gsm0338")


@given(any_texts)
def test_packing_takes_no_fewer_segments_than_dividing(text: str) -> None:
    segmentation = segment(text)
    single, concatenated = CAPACITY[segmentation.encoding]
    assume(segmentation.units > single)

    divided = -(-segmentation.units // concatenated)

    assert segmentation.segments >= divided


@given(any_texts, st.data())
def test_taking_characters_out_of_a_text_never_adds_a_segment(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    shorter = text[:start] + text[end:]

    assert count_segments(shorter) <= count_segments(text)
    assert count_segments(text[start:end]) <= count_segments(text)


@given(any_texts, any_texts)
def test_joining_texts_of_one_encoding_adds_or_saves_one_segment_at_most(
    one: str, other: str
) -> None:
    assume(segment(one).encoding is segment(other).encoding)
    apart = count_segments(one) + count_segments(other)

    together = count_segments(one + other)

    assert apart - 1 <= together <= apart + 1


@given(any_texts, any_texts)
def test_joining_adds_a_segment_only_where_a_single_one_is_fuller_than_a_concatenated_one(
    one: str, other: str
) -> None:
    encoding = segment(one).encoding
    assume(encoding is segment(other).encoding)
    single, concatenated = CAPACITY[encoding]
    assume(not any(concatenated < segment(text).units <= single for text in (one, other)))

    together = count_segments(one + other)

    assert together <= count_segments(one) + count_segments(other)


@given(any_texts)
def test_the_characters_that_forced_ucs2_are_the_distinct_ones_that_are_not_gsm(text: str) -> None:
    expected = tuple(character for character in dict.fromkeys(text) if character not in GSM)

    assert segment(text).forced_ucs2 == expected


def test_the_characters_that_forced_ucs2_keep_their_order() -> None:
    segmentation = segment("№ 5 of “5”: 5 € for “tea”`")

    assert segmentation.forced_ucs2 == ("№", "“", "”", "`")


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        pytest.param("a" * 1600, "a" * 1601, id="GSM 7-bit"),
        pytest.param("€" * 800, "€" * 801, id="an extension character counts as two"),
        pytest.param("я" * 630, "я" * 631, id="UCS-2"),
        pytest.param("🎉" * 315, "🎉" * 316, id="a surrogate pair counts as two"),
        pytest.param("a" * 629 + "ç", "a" * 630 + "ç", id="one character makes it UCS-2"),
    ],
)
def test_a_text_is_too_long_above_the_provider_s_limit(longest: str, longer: str) -> None:
    assert not segment(longest).is_too_long
    assert segment(longer).is_too_long


def test_the_provider_s_limits_are_by_encoding() -> None:
    limits = {encoding: max_characters(encoding) for encoding in Encoding}

    assert limits == {Encoding.GSM_7BIT: 1600, Encoding.UCS2: 630}


def test_the_benchmark_reports_plain_numbers_and_no_unexplained_disagreement() -> None:
    report = benchmark.run(quick=True)

    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report.keys() == {"benchmark", "conditions", "figures", "ratios"}
    texts = benchmark.sample_texts(500)
    assert benchmark.disagreements([*texts, "", "\x1b"]) == {
        "empty": 1,
        "escape": 1,
        "unexplained": 0,
    }
