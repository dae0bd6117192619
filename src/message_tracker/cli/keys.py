"""`message-tracker keys`: who may call the API."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import phonenumbers
import typer
from rich.console import Console
from rich.table import Column, Table

from message_tracker.cli.database import operator_database
from message_tracker.cli.settings import OperatorSettings
from message_tracker.core.domain.api_key import USUAL_SCOPES, KeyTerms, Scope
from message_tracker.core.store.api_keys import ApiKey, ApiKeys

program = typer.Typer(no_args_is_help=True)

_USUAL_SCOPES = sorted(USUAL_SCOPES)
_PerSecond = Annotated[float | None, typer.Option(min=0.001, max=1_000_000)]


def _country(text: str) -> str:
    code = text.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise typer.BadParameter(f"{text} is no country: give its two letters, as US or GB")
    return code


@program.command()
def create(
    name: Annotated[str, typer.Argument(help="whose key it is, e.g. shop-backend")],
    *,
    scope: Annotated[
        list[Scope], typer.Option(help="what it opens; give it once for each")
    ] = _USUAL_SCOPES,
    test: Annotated[
        bool, typer.Option("--test", help="all it sends goes to the providers' simulators")
    ] = False,
    country: Annotated[
        list[str] | None,
        typer.Option(parser=_country, help="that it may text to, as US; without it, any"),
    ] = None,
    requests_per_second: _PerSecond = None,
    messages_per_second: _PerSecond = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, max=3650)] = None,
) -> None:
    """Create a key and print it: it is shown this once, and only its hash is kept."""
    stage = OperatorSettings.from_env().stage
    now = datetime.now(UTC)
    terms = KeyTerms(
        scopes=frozenset(scope),
        is_test=test,
        countries=frozenset(country) if country else None,
        requests_per_second=requests_per_second,
        messages_per_second=messages_per_second,
        expires_at=now + timedelta(days=expires_in_days) if expires_in_days else None,
    )
    with operator_database() as database:
        api_key_id, key = ApiKeys(database).create(stage, name, now, terms)
    console = Console()
    console.print(f"id   {api_key_id}")
    console.print(f"key  {key}", soft_wrap=True, highlight=False)


@program.command("list")
def show() -> None:
    """List the keys: names, dates and what they open, never the keys."""
    table = Table(Column("id", no_wrap=True), "name", "opens", "limits", "dates")
    with operator_database() as database:
        rows = ApiKeys(database).list_all()
    for row in rows:
        table.add_row(*_cells(row))
    Console().print(table)


@program.command()
def revoke(api_key_id: Annotated[UUID, typer.Argument(help="the id that `list` shows")]) -> None:
    """Revoke a key at once."""
    with operator_database() as database:
        is_revoked = ApiKeys(database).revoke(api_key_id, datetime.now(UTC))
    if not is_revoked:
        Console(stderr=True).print(f"no key {api_key_id} that is not revoked: see `keys list`")
        raise typer.Exit(1)
    Console().print(f"revoked {api_key_id}")


def _cells(row: ApiKey) -> tuple[str, ...]:
    opens = [*sorted(row.terms.scopes), *(["test only"] if row.terms.is_test else [])]
    dates = {
        "made": row.created_at,
        "used": row.last_used_at,
        "ends": row.terms.expires_at,
        "revoked": row.revoked_at,
    }
    return (
        str(row.api_key_id),
        row.name,
        "\n".join(opens),
        "\n".join(_limits(row.terms)),
        "\n".join(f"{what} {at:%Y-%m-%d %H:%M}" for what, at in dates.items() if at),
    )


def _limits(terms: KeyTerms) -> list[str]:
    rates = {
        "requests/s": terms.requests_per_second,
        "messages/s": terms.messages_per_second,
    }
    shown = [f"{rate:g} {unit}" for unit, rate in rates.items() if rate is not None]
    return [*shown, *(["SMS to " + " ".join(sorted(terms.countries))] if terms.countries else [])]
