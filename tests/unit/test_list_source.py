"""Which URLs may be read."""

import pytest

from message_tracker.core.domain.list_source import parse_object_url

ALLOWED = ("s3://lists/imports/", "s3://others")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://lists/imports/a.csv", ("lists", "imports/a.csv")),
        ("s3://lists/imports/a b?c=#d.csv", ("lists", "imports/a b?c=#d.csv")),
        ("s3://others/any/where.csv", ("others", "any/where.csv")),
    ],
)
def test_an_object_below_an_allowed_place_is_taken(url: str, expected: tuple[str, str]) -> None:
    assert parse_object_url(url, ALLOWED) == expected


@pytest.mark.parametrize(
    "url",
    [
        "s3://lists/import/a.csv",
        "s3://lists/imports",
        "s3://others",
        "s3://others/",
        "s3://others.example.com/a.csv",
        "S3://lists/imports/a.csv",
        "https://lists/imports/a.csv",
        "s3://user@lists/imports/a.csv",
        " s3://lists/imports/a.csv",
        "",
    ],
)
def test_any_other_url_is_refused_and_the_places_are_named(url: str) -> None:
    with pytest.raises(ValueError, match="it begins s3://lists/imports/ or s3://others/"):
        parse_object_url(url, ALLOWED)


def test_without_a_place_nothing_may_be_read() -> None:
    with pytest.raises(ValueError, match="no source is configured"):
        parse_object_url("s3://lists/imports/a.csv", ())
