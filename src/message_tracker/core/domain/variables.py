"""Typed, checked values out of the text of environment variables.

Every function reads some when it starts, and most would load a library of validation for nothing
else: this costs a start a millisecond or two, that half as much as boto3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from message_tracker.core.domain.errors import InvalidSettings

_MISSING: Any = ...
_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must keep to; as a field's default also what it is if nobody says."""

    default: Any = _MISSING
    description: str = ""
    repr: bool = True
    gt: float | None = None
    ge: float | None = None
    le: float | None = None
    pattern: str | None = None
    variable: str = ""

    def check(self, value: Any) -> Any:  # noqa: ANN401 - a value of any field
        """Return the value; raises `ValueError`, which says what it must be."""
        if self.gt is not None and not value > self.gt:
            raise ValueError(f"must be greater than {self.gt:g}")
        if self.ge is not None and not value >= self.ge:
            raise ValueError(f"must be at least {self.ge:g}")
        if self.le is not None and not value <= self.le:
            raise ValueError(f"must be at most {self.le:g}")
        if self.pattern is not None and not re.search(self.pattern, value):
            raise ValueError(f"must match {self.pattern}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:  # noqa: ANN401 - pydantic's protocol
        """Let a model of pydantic, as a stage's configuration, keep to the same rule."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))


def Field(  # noqa: N802 - written as in the models of pydantic, beside which it stands
    *,
    default: Any = _MISSING,  # noqa: ANN401 - of any field
    description: str = "",
    repr: bool = True,  # noqa: A002 - dataclasses' word for it
    gt: float | None = None,
    ge: float | None = None,
    le: float | None = None,
    pattern: str | None = None,
    variable: str = "",
) -> Any:  # noqa: ANN401 - it stands in for the field's value
    """Return a rule, to annotate a type with or to stand as a field's default.

    Args:
        default: the value if the variable is not set; without one it must be.
        description: for people.
        repr: whether the value may be shown.
        gt: a number must be greater.
        ge: a number must not be less.
        le: a number must not be greater.
        pattern: a text must match it somewhere.
        variable: its whole name, where others have named it.
    """
    return Rule(default, description, repr, gt, ge, le, pattern, variable)


@dataclass_transform(
    eq_default=False, kw_only_default=True, frozen_default=True, field_specifiers=(Field,)
)
class Variables:
    """A frozen model of variables: a class attribute each, in a subclass.

    Texts, numbers, booleans, enums and literals; tuples are separated by commas.
    """

    prefix: ClassVar[str]
    """What the names of the variables begin with."""

    def __init__(self, **values: object) -> None:
        """Take the values, checked; defaults in place of those that are not given.

        Raises:
            InvalidSettings: lists every fault, each with its variable.
        """
        fields = type(self).fields()
        faults = dict.fromkeys(values.keys() - fields.keys(), "there is no such setting")
        for name, field in fields.items():
            if name not in values and field.rule.default is _MISSING:
                faults[name] = "is not set, and must be"
                continue
            try:
                vars(self)[name] = field.read(values.get(name, field.rule.default))
            except ValueError as error:
                faults[name] = str(error)
        if not faults:
            faults = dict(self.faults())
        if faults:
            raise InvalidSettings(
                {self.variable(name): fault for name, fault in sorted(faults.items())}
            )

    def faults(self) -> Mapping[str, str]:
        """Return what is wrong with the fields together, by the field to put right."""
        return {}

    @classmethod
    def fields(cls) -> Mapping[str, "VariableField"]:
        """Return the fields by name."""
        return _fields(cast("Any", cls))  # mypy takes the class for one that cannot be hashed

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the model of values by field; raises `InvalidSettings`."""
        return cls(**values)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the model of an environment; raises `InvalidSettings`."""
        named = {name: cls.variable(name) for name in cls.fields()}
        return cls.of({n: environment[given] for n, given in named.items() if given in environment})

    @classmethod
    def variable(cls, field: str) -> str:
        """Return the name of the variable that a field is read from."""
        known = cls.fields().get(field)
        return (known and known.rule.variable) or cls.prefix + field.upper()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __repr__(self) -> str:
        shown = (f"{n}={vars(self)[n]!r}" for n, field in self.fields().items() if field.rule.repr)
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class VariableField:
    """A field of a model: its type, and what its value must keep to."""

    type: Any
    rule: Rule

    @property
    def is_required(self) -> bool:
        """Whether there is no default."""
        return self.rule.default is _MISSING

    def read(self, value: object) -> object:
        """Return a value, or what a text spells; raises `ValueError`."""
        if isinstance(value, str) and get_origin(_plain(self.type)) is tuple:
            value = tuple(filter(None, (part.strip() for part in value.split(","))))
        try:
            converted = msgspec.convert(value, self.type, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(_expectation(self.type)) from error
        return self.rule.check(_checked(converted, self.type))


@cache
def _fields(model: type[Variables]) -> Mapping[str, VariableField]:
    found = {}
    for name, hint in get_type_hints(model, include_extras=True).items():
        if get_origin(hint) is ClassVar:
            continue
        default = getattr(model, name, _MISSING)
        rule = default if isinstance(default, Rule) else Rule(default)
        found[name] = VariableField(hint, rule)
    return found


def _checked(value: Any, hint: Any) -> Any:  # noqa: ANN401 - a value of any field
    """Return the value if it keeps to all rules in its type."""
    if value is None:
        return value
    if get_origin(hint) is Annotated:
        for rule in hint.__metadata__:
            if isinstance(rule, Rule):
                rule.check(value)
        return _checked(value, hint.__origin__)
    for inner in get_args(hint):
        if get_origin(inner) is Annotated:
            for each in value if isinstance(value, tuple) else (value,):
                _checked(each, inner)
    return value


def _expectation(hint: Any) -> str:  # noqa: ANN401 - any type
    """Return what a value of the type must be, in words."""
    plain = _plain(hint)
    if get_origin(plain) is Literal:
        return f"must be one of {', '.join(map(str, get_args(plain)))}"
    if isinstance(plain, type) and issubclass(plain, Enum):
        return f"must be one of {', '.join(str(each.value) for each in plain)}"
    return f"must be {_WORDS.get(plain, 'of another kind')}"


def _plain(hint: Any) -> Any:  # noqa: ANN401 - any type
    """Return the type alone: without rules, and of what may be None."""
    if get_origin(hint) is Annotated:
        return _plain(hint.__origin__)
    if get_origin(hint) in (Union, UnionType):
        return next(_plain(inner) for inner in get_args(hint) if inner is not NoneType)
    return hint
