"""The CDK app: one stage of Message Tracker, a pure function of the repository and its context."""

import aws_cdk as cdk

from infra import reviews
from infra.bundling import lambda_asset, local_code, no_code
from infra.config import LOCAL
from infra.stack import MessageTrackerStack
from infra.synth import stage_config

app = cdk.App(analytics_reporting=False)
config = stage_config(
    {key: app.node.try_get_context(key) for key in ("stage", "stages", "overrides")}
)
if app.node.try_get_context("bundle") == "false":
    code = no_code()
else:
    code = local_code() if config.stage == LOCAL else lambda_asset()
MessageTrackerStack(app, config, code)
reviews.check(app)
app.synth()
