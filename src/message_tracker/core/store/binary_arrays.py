"""One-dimensional arrays in Postgres' binary format, made at the price of joining bytes.

psycopg adapts a list value by value, which for a batch of events costs more than parsing them. An
array made here is bytes already; psycopg only has to know its type.

Source: PostgreSQL's ``array_recv`` (arrayfuncs.c): the number of dimensions, whether there are
nulls, the type of the elements, the length and lower bound of the dimension, and then each element
after its length; a null is the length -1.
"""

from collections.abc import Iterable
from struct import Struct
from typing import ClassVar

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEADER = Struct("!iiIii")
_LENGTH = Struct("!i")
NULL = _LENGTH.pack(-1)
"""An element that is null, in an array of any type."""

_UUID_LENGTH = _LENGTH.pack(16)
_BIGINT_LENGTH = _LENGTH.pack(8)


class BinaryArray(bytes):
    """The bytes of an array; each subclass is one type of elements."""

    element_oid: ClassVar[int]
    oid: ClassVar[int]

    @classmethod
    def of(cls, elements: Iterable[bytes]) -> "BinaryArray":
        """Return the array of elements that this module's functions have made."""
        listed = list(elements)
        header = _HEADER.pack(1, 1, cls.element_oid, len(listed), 1)
        return cls(header + b"".join(listed))


class UuidArray(BinaryArray):
    """``uuid[]``; see `uuid_element`."""

    element_oid, oid = 2950, 2951


class TimestampArray(BinaryArray):
    """``timestamptz[]``; see `timestamp_element`."""

    element_oid, oid = 1184, 1185


class TextArray(BinaryArray):
    """``text[]``; see `text_element`."""

    element_oid, oid = 25, 1009


class BooleanArray(BinaryArray):
    """``boolean[]``; see `boolean_element`."""

    element_oid, oid = 16, 1000


class SmallintArray(BinaryArray):
    """``smallint[]``; see `smallint_element`."""

    element_oid, oid = 21, 1005


def uuid_element(number: int) -> bytes:
    """Return a UUID, given as its 128-bit number."""
    return _UUID_LENGTH + number.to_bytes(16, "big")


def timestamp_element(microseconds: int) -> bytes:
    """Return a time, given in microseconds since 2000-01-01 UTC."""
    return _BIGINT_LENGTH + microseconds.to_bytes(8, "big", signed=True)


def text_element(text: str) -> bytes:
    """Return a text; it must be storable, without NUL and without lone surrogates."""
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded


def boolean_element(*, is_true: bool) -> bytes:
    """Return a truth value."""
    return b"\0\0\0\1" + is_true.to_bytes(1, "big")


def smallint_element(number: int) -> bytes:
    """Return a small number."""
    return b"\0\0\0\2" + number.to_bytes(2, "big", signed=True)


def json_element(document: bytes) -> bytes:
    """Return a JSON document as text, given as it is encoded."""
    return _LENGTH.pack(len(document)) + document


class _ArrayDumper(Dumper):
    """Hands the bytes over as they are, under the type of the array."""

    format = Format.BINARY

    def dump(self, obj: Buffer) -> Buffer:
        return obj


def _register(array: type[BinaryArray]) -> None:
    dumper = type(f"_{array.__name__}Dumper", (_ArrayDumper,), {"oid": array.oid})
    psycopg.adapters.register_dumper(array, dumper)


for _array in (UuidArray, TimestampArray, TextArray, BooleanArray, SmallintArray):
    _register(_array)
