"""What a CDK app of ours holds: one stage, looked at by cdk-nag."""

import sys

import aws_cdk as cdk

from infra import reviews
from infra.bundling import (
    LOCK,
    SENTRY_LOCK,
    LambdaCode,
    lambda_code,
    local_code,
    no_code,
)
from infra.config import LOCAL, InvalidConfiguration, StageConfig
from infra.stack import MessageTrackerStack
from infra.synth import stage_config


def define(app: cdk.App) -> None:
    """Define the stage that the context of `app` names, and have it looked at.

    Raises:
        InvalidConfiguration: it names no stage, or the stage's configuration cannot be used.
        SystemExit: the functions would open more connections than Postgres takes.
    """
    config = stage_config(
        {key: app.node.try_get_context(key) for key in ("stage", "stages", "overrides")}
    )
    if app.node.try_get_context("bundle") == "false":
        code = no_code(has_layer=config.stage != LOCAL)
    else:
        code = LambdaCode(local_code(), None) if config.stage == LOCAL else _code(config)
    try:
        MessageTrackerStack(app, config, code)
    except InvalidConfiguration as error:
        sys.exit(str(error))  # a person's to put right, to whom a traceback tells nothing
    reviews.check(app)


def _code(config: StageConfig) -> LambdaCode:
    return lambda_code(SENTRY_LOCK if config.sentry_dsn else LOCK)
