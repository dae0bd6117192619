"""Synthesizes stages with switches thrown: one process for all, since CDK is slow to start.

`python synthesize_variants.py <folder>` reads ``{"name": {"stage": …, "fields": {…}}}`` from its
standard input and writes an assembly for each name. What cdk-nag finds ends it.
"""

import json
import sys
from pathlib import Path

import aws_cdk as cdk

from infra.app import define
from infra.synth import CDK_JSON

folder = Path(sys.argv[1])
context = json.loads(CDK_JSON.read_text())["context"]
for name, variant in json.load(sys.stdin).items():
    stage = variant["stage"]
    stages = {stage: {**context["stages"][stage], **variant["fields"]}}
    app = cdk.App(
        analytics_reporting=False,
        outdir=str(folder / name),
        context={
            **context,
            "stage": stage,
            "stages": stages,
            "bundle": "false",
            "overrides": "false",
        },
    )
    define(app)
    app.synth()
