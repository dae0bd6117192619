"""The CDK app: one stage of Message Tracker, a pure function of the repository and its context."""

import aws_cdk as cdk

from infra.app import define

app = cdk.App(analytics_reporting=False)
define(app)
app.synth()
