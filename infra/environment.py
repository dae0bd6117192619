"""A function's environment, made from the settings model that reads it."""

from message_tracker.core.settings import Settings


def environment(model: type[Settings], **values: object) -> dict[str, str]:
    """Return the variables that `model` reads its fields from.

    A field with a default may be left out. Values may be CDK tokens.

    Raises:
        ValueError: a field without a default is missing, or there is no such field.
    """
    fields = model.fields()
    unknown = values.keys() - fields.keys()
    required = {name for name, field in fields.items() if field.is_required}
    if unknown or (missing := required - values.keys()):
        fault = f"has no {sorted(unknown)}" if unknown else f"needs {sorted(missing)}"
        raise ValueError(f"{model.__name__} {fault}: the function's environment must match it")
    return {f"MT_{name.upper()}": _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
