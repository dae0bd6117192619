"""Structured logs and metrics of every Lambda, by Powertools for AWS Lambda.

No personal data belongs in either: message ids, counts and causes only.
"""

from aws_lambda_powertools import Logger, Metrics

NAMESPACE = "MessageTracker"


def logger(service: str) -> Logger:
    """Return the service's structured JSON logger."""
    return Logger(service=service)


def metrics(service: str) -> Metrics:
    """Return the service's metrics, written to the log in Embedded Metric Format."""
    return Metrics(namespace=NAMESPACE, service=service)
