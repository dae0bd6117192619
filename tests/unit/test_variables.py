"""Typed values out of the text of environment variables."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from message_tracker.core.domain.errors import InvalidSettings
from message_tracker.core.domain.variables import Field, Variables

Port = Annotated[int, Field(ge=1, le=65535)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Shop(Variables):
    prefix = "SHOP_"

    name: str
    key: str = Field(default="", repr=False, description="never shown")
    rate: float = Field(default=1.5, gt=0)
    port: Port | None = None
    is_open: bool = False
    color: Color = Color.RED
    language: Literal["en", "de"] = "en"
    countries: tuple[Country, ...] = ()
    till: int = Field(default=1, variable="TILL_NUMBER")


class Branch(Shop):
    name: str = "branch"
    floor: Annotated[int, Field(ge=0)] = Field(default=0, le=9)


def test_what_is_not_set_has_its_default() -> None:
    shop = Shop.read({"SHOP_NAME": "corner", "NAME": "another's"})

    assert (shop.name, shop.rate, shop.port, shop.is_open) == ("corner", 1.5, None, False)
    assert (shop.color, shop.language, shop.countries) == (Color.RED, "en", ())


def test_texts_become_what_the_fields_are() -> None:
    shop = Shop.read(
        {
            "SHOP_NAME": "",
            "SHOP_RATE": "2",
            "SHOP_PORT": "8080",
            "SHOP_IS_OPEN": "True",
            "SHOP_COLOR": "blue",
            "SHOP_LANGUAGE": "de",
            "SHOP_COUNTRIES": " US, ,CA ",
        }
    )

    assert (shop.name, shop.rate, shop.port, shop.is_open) == ("", 2.0, 8080, True)
    assert (shop.color, shop.language, shop.countries) == (Color.BLUE, "de", ("US", "CA"))


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("rate", "0", "must be greater than 0"),
        ("rate", "fast", "must be a number"),
        ("port", "0", "must be at least 1"),
        ("port", "70000", "must be at most 65535"),
        ("port", "8o", "must be a whole number"),
        ("is_open", "perhaps", "must be true or false"),
        ("color", "green", "must be one of red, blue"),
        ("language", "fr", "must be one of en, de"),
        ("countries", "US,usa", "must match ^[A-Z]{2}$"),
        ("floor", "-1", "must be at least 0"),
        ("floor", "10", "must be at most 9"),
    ],
)
def test_a_fault_names_the_variable_and_what_it_must_be(name: str, value: str, fault: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        Branch.read({f"SHOP_{name.upper()}": value})

    assert refused.value.faults == {f"SHOP_{name.upper()}": fault}


def test_a_field_may_be_read_from_a_variable_that_others_named() -> None:
    assert Shop.read({"SHOP_NAME": "x", "SHOP_TILL": "5", "TILL_NUMBER": "2"}).till == 2
    with pytest.raises(InvalidSettings, match="TILL_NUMBER: must be a whole number"):
        Shop.read({"SHOP_NAME": "x", "TILL_NUMBER": "two"})


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as refused:
        Shop.read({"SHOP_RATE": "-1", "SHOP_COLOR": "green"})

    assert list(refused.value.faults) == ["SHOP_COLOR", "SHOP_NAME", "SHOP_RATE"]
    assert "SHOP_NAME: is not set, and must be" in str(refused.value)


@given(st.text(min_size=1))
def test_a_fault_never_quotes_the_value(value: str) -> None:
    secret = f"s3cr3t {value}"

    with pytest.raises(InvalidSettings) as refused:
        Shop.read({"SHOP_NAME": "x", "SHOP_RATE": secret, "SHOP_COUNTRIES": secret})

    assert "s3cr3t" not in str(refused.value)


def test_a_subclass_has_its_parents_fields_and_may_say_another_default() -> None:
    assert Branch.fields().keys() == {*Shop.fields(), "floor"}
    assert Branch().name == "branch"
    assert not Branch.fields()["name"].is_required
    assert Shop.fields()["name"].is_required


def test_a_model_is_made_of_values_too_and_an_unknown_one_is_refused() -> None:
    assert Shop(name="corner", port=1).port == 1
    with pytest.raises(InvalidSettings, match="SHOP_PROT: there is no such setting"):
        Shop(name="corner", prot=1)  # type: ignore[call-arg]  # mypy sees it as well


def test_a_model_is_frozen_and_shows_no_secret() -> None:
    shop = Shop(name="corner", key="s3cr3t")

    assert "corner" in repr(shop)
    assert "s3cr3t" not in repr(shop)
    with pytest.raises(AttributeError):
        shop.name = "other"  # type: ignore[misc]  # mypy sees it as well


def test_a_model_of_pydantic_keeps_to_the_same_rules() -> None:
    class Page(BaseModel):
        port: Port

    assert Page(port=80).port == 80
    with pytest.raises(ValidationError, match="must be at least 1"):
        Page(port=0)
