"""A broken migration fails the stack's update, and the old code goes on."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from infra.bundling import local_code, local_dependencies
from message_tracker.local.clients import client_options
from message_tracker.local.deployer import DeployFailed, deploy
from message_tracker.local.emulator import Emulator, emulator
from tests import postgres
from tests.integration.local.test_deployer import BUCKET, an_assembly

STACK = "migrated"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with emulator(pythonpath=local_dependencies()) as started:
        yield started


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    with postgres.fresh_database(postgres_url) as url:
        yield url


def a_release(folder: Path, database_url: str, name: str, *broken: str) -> Path:
    """Return the assembly of a stack whose function `app` answers with the release's name."""
    folder.mkdir()
    code = folder / "code"
    shutil.copytree(local_code(), code)
    migrations = code / "message_tracker" / "core" / "store" / "sql" / "migrations"
    for sql in broken:
        (migrations / "9999_pre_break.sql").write_text(sql)
    (code / "app.py").write_text(f"def handler(event, context): return {name!r}")
    assembly = an_assembly(folder, STACK, resources(database_url, name))
    manifest = assembly / "stack.assets.json"
    manifest.write_text(manifest.read_text().replace("code.zip", f"{name}.zip"))
    return assembly


def resources(database_url: str, release: str) -> dict[str, Any]:
    """Return the migrator, its first phase, and the function that waits for it."""
    settings = {"MT_STAGE": "local", "MT_DATABASE_URL": database_url}
    phase = {
        "ServiceToken": {"Fn::GetAtt": ["Migrator", "Arn"]},
        "ServiceTimeout": "60",
        "Phase": "pre",
        "Files": release,
    }
    app = a_function(release, "app.handler", settings)
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Migrator": a_function(release, "message_tracker.migrator.handler.handler", settings),
        "Pre": {"Type": "Custom::Migrations", "Properties": phase},
        "App": {**app, "DependsOn": ["Pre"]},
    }


def a_function(release: str, handler: str, variables: dict[str, str]) -> dict[str, Any]:
    name = f"{STACK}-{handler.partition('.')[0]}"
    properties = {
        "FunctionName": name.replace("_", "-"),
        "Runtime": "python3.13",
        "Handler": handler,
        "Timeout": 50,
        "Role": "arn:aws:iam::000000000000:role/any",
        "Code": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": f"{release}.zip"},
        "Environment": {"Variables": variables},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def test_a_broken_migration_is_rolled_back_and_the_old_code_goes_on(
    running: Emulator, empty_url: str, tmp_path: Path
) -> None:
    first = a_release(tmp_path / "first", empty_url, "first")
    broken = a_release(
        tmp_path / "second", empty_url, "second", "CREATE TABLE half (); SELECT 1 / 0"
    )
    deploy(first, running.endpoint_url)

    with pytest.raises(DeployFailed, match=r"9999_pre_break.sql: 22012: DivisionByZero"):
        deploy(broken, running.endpoint_url)

    client = boto3.client("lambda", **client_options(running.endpoint_url))
    answered = client.invoke(FunctionName=f"{STACK}-app")["Payload"].read()
    with psycopg.connect(empty_url) as connection:
        kept = connection.execute("SELECT to_regclass('message'), to_regclass('half')").fetchone()
    assert json.loads(answered) == "first"
    assert kept == ("message", None)
