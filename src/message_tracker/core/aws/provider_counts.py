"""What the providers have counted of our sends, by CloudWatch.

`Send` in `AWS/SES` (Amazon SES developer guide, "Retrieving Amazon SES event data from CloudWatch")
and `NumberOfTextMessagePartsSent` in `AWS/SMSVoice` (AWS End User Messaging SMS user guide,
"Monitoring with Amazon CloudWatch"). Both are of the account's region, whoever sends.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel

_METRICS: Final = {
    Channel.EMAIL: ("AWS/SES", "Send"),
    Channel.TEXT: ("AWS/SMSVoice", "NumberOfTextMessagePartsSent"),
}
_HOUR: Final = 3600


class MetricsClient(Protocol):
    """What of CloudWatch's client is used here."""

    def get_metric_statistics(self, **parameters: object) -> Mapping[str, Any]:
        """Return a metric's data points."""
        ...


class CloudWatchCounts:
    """The providers' own counts; safe to share.

    Args:
        client: returns CloudWatch's client. It is asked for late, so that where there is no region
            the counts are missing and nothing else.
    """

    def __init__(self, client: Callable[[], MetricsClient]) -> None:
        self._client = client

    def sent(self, channel: Channel, since: datetime, until: datetime) -> int | None:
        """Return how many e-mails or parts of texts were sent in whole hours; None: no data.

        Raises:
            Unavailable: CloudWatch does not answer, or may not be asked.
        """
        namespace, metric = _METRICS[channel]
        try:
            answer = self._client().get_metric_statistics(
                Namespace=namespace,
                MetricName=metric,
                StartTime=since,
                EndTime=until,
                Period=_HOUR,
                Statistics=["Sum"],
            )
        except ClientError as error:
            raise Unavailable(f"CloudWatch: {error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise Unavailable(f"CloudWatch: {type(error).__name__}") from error
        points = answer["Datapoints"]
        return round(sum(point["Sum"] for point in points)) if points else None
