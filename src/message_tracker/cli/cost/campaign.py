"""What a month's messages cost the stage's own machinery, line by line."""

import math
from dataclasses import dataclass, replace
from typing import Final

from message_tracker.cli.cost.bill import GB, Line, Runs, line, traced
from message_tracker.cli.cost.figures import ChannelMeasures, Figures, Price
from message_tracker.cli.cost.machinery import Machinery, Sending
from message_tracker.core.domain.message import Channel

_PER_BATCH_CALL: Final = 10  # entries of SQS SendMessageBatch
_FIREHOSE_STEP: Final = 5_000  # bytes: each record counts as a multiple
_IO_BYTES: Final = 4096  # of Aurora's log that count as one write
_MICRO: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Campaign:
    """So many messages of one channel within a month.

    Args:
        channel: of them all.
        messages: how many.
        machinery: of the stage.
        figures: prices, what was measured, what is assumed.
        units_per_second: the rate at which they are sent; None for the stage's own.
    """

    channel: Channel
    messages: float
    machinery: Machinery
    figures: Figures
    units_per_second: float | None = None

    def lines(self) -> list[Line]:
        """Return every line; of nothing, each is zero."""
        if not self.messages:
            return []
        return [*self._intake(), *self._sending(), *self._archive(), *self._fast(), *self._rows()]

    @property
    def _settings(self) -> Sending:
        found = self.machinery.channels[self.channel]
        rate = self.units_per_second or found.units_per_second
        return replace(found, units_per_second=rate)

    @property
    def _measured(self) -> ChannelMeasures:
        return self.figures.measured.of(self.channel)

    @property
    def _units(self) -> float:
        is_text = self.channel is Channel.TEXT
        return self.messages * (self.figures.assumed.segments_per_text if is_text else 1)

    @property
    def _events(self) -> float:
        return self.messages * self._measured.events

    @property
    def _chunks(self) -> float:
        return max(1.0, self._units / self._settings.units_per_chunk)

    @property
    def _sending_seconds(self) -> float:
        return self._units / self._settings.units_per_second

    @property
    def _leases(self) -> float:
        """How often sending time is bought: for each chunk, and for each second of a long one."""
        return max(self._chunks, self._sending_seconds)

    def _intake(self) -> list[Line]:
        prices, assumed, measured = self.figures.prices, self.figures.assumed, self._measured
        requests = math.ceil(self.messages / assumed.recipients_per_request)
        waiting = self.messages * measured.accept_postgres_us * _MICRO
        runs = Runs(
            "intake",
            self.machinery.memory_mb["api"],
            requests,
            cpu_seconds=self.messages * measured.accept_cpu_us * _MICRO,
            waiting_seconds=waiting + requests * assumed.request_seconds,
            log_bytes=self._log_bytes(requests, self.figures.measured.log_bytes_per_request),
            traces=self._traces("api", requests),
        )
        calls = max(requests, self._chunks / _PER_BATCH_CALL)
        return [
            line("intake", "HTTP API requests", requests, prices.api_request),
            line("intake", "SQS requests", calls, prices.sqs_request),
            *self._lines(runs),
        ]

    def _sending(self) -> list[Line]:
        """Return what the senders cost: all of a queue's run as long as there is a backlog."""
        prices, settings = self.figures.prices, self._settings
        seconds = self._sending_seconds
        per_chunk = self._measured.send_log_bytes * self.messages / self._chunks
        runs = Runs(
            "sending",
            self.machinery.memory_mb["sender"],
            self._chunks,
            waiting_seconds=seconds * min(settings.concurrency, self._chunks),
            log_bytes=self._log_bytes(self._chunks, per_chunk),
            traces=self._traces("sender", self._chunks, seconds),
        )
        return [
            line("sending", "SQS requests", 2 * self._chunks, prices.sqs_request),
            line("sending", "DynamoDB writes", self._leases, prices.dynamodb_write),
            line("sending", "DynamoDB reads", self._leases, prices.dynamodb_read),
            *self._lines(runs),
        ]

    @property
    def _objects(self) -> float:
        """How many objects the archive gets where events trickle in all month long."""
        settings = self._settings
        by_time = self.figures.assumed.seconds_per_month / settings.buffer_seconds
        by_size = self._events * self._measured.raw_event_bytes / settings.buffer_bytes
        return min(self._events, max(by_time, by_size))

    def _archive(self) -> list[Line]:
        """Return what the archive and the reading of it cost."""
        prices, measured, objects = self.figures.prices, self._measured, self._objects
        steps = math.ceil(measured.raw_event_bytes / _FIREHOSE_STEP)
        stored = self._events * measured.archived_event_bytes / GB
        waiting = self._events * measured.read_postgres_us * _MICRO
        runs = Runs(
            "reading",
            self.machinery.memory_mb["event-processor"],
            objects,
            cpu_seconds=self._events * measured.read_cpu_us * _MICRO,
            waiting_seconds=waiting + objects * self.figures.assumed.object_seconds,
            log_bytes=self._log_bytes(objects, self.figures.measured.log_bytes_per_object),
            traces=self._traces("event-processor", objects),
        )
        return [
            line(
                "archive",
                "Firehose GB",
                self._events * steps * _FIREHOSE_STEP / GB,
                prices.firehose_gb,
            ),
            line("archive", "S3 PUT", objects, prices.s3_put),
            line("archive", "S3 GB-months", stored, prices.s3_gb_month),
            line("reading", "S3 GET", objects, prices.s3_get),
            line("reading", "SQS requests", 3 * objects, prices.sqs_request),
            *self._lines(runs),
        ]

    def _fast(self) -> list[Line]:
        """Return what EventBridge's copies of events cost, the queue and the reading of each."""
        prices, assumed, settings = self.figures.prices, self.figures.assumed, self._settings
        is_text = self.channel is Channel.TEXT
        failed = assumed.failed_texts if is_text else assumed.failed_emails
        share = self._measured.events if settings.has_all_fast else failed
        copies = self.messages * share if settings.has_fast_events else 0.0
        seconds = self._sending_seconds
        gathered = (
            copies / seconds * max(self.machinery.event_window_seconds, assumed.event_seconds)
        )
        number = copies / min(max(gathered, 1.0), self.machinery.event_batch)
        runs = Runs(
            "fast events",
            self.machinery.memory_mb["event-processor"],
            number,
            waiting_seconds=number * assumed.event_seconds,
            log_bytes=self._log_bytes(number, self.figures.measured.log_bytes_per_object),
            traces=self._traces("event-processor", number, seconds),
        )
        return [
            line("fast events", "EventBridge events", copies, prices.bus_event),
            line("fast events", "SQS requests", copies + 2 * number, prices.sqs_request),
            line("fast events", "Aurora writes", number, prices.aurora_io),
            *self._lines(runs),
        ]

    def _rows(self) -> list[Line]:
        """Return what Postgres costs on Aurora, beside its capacity."""
        prices, measured = self.figures.prices, self._measured
        wal = self.messages * (measured.accept_wal_bytes + measured.send_wal_bytes)
        wal += self._events * measured.read_wal_bytes
        requests = self.messages / self.figures.assumed.recipients_per_request
        # A request, a claim, a lease's begin, a record, and an object's beginning and end.
        commits = 4 * requests + 2 * self._chunks + self._leases + 2 * self._objects
        stored = self.messages * measured.row_bytes + self._events * measured.event_row_bytes
        return [
            line("Postgres", "Aurora writes", wal / _IO_BYTES + commits, prices.aurora_io),
            line("Postgres", "Aurora GB-months", stored / GB, prices.aurora_gb_month),
        ]

    def _log_bytes(self, runs: float, own: float) -> float:
        return runs * (own + self.figures.assumed.platform_log_bytes)

    def _traces(self, function: str, runs: float, seconds: float | None = None) -> float:
        """Return how many runs X-Ray records, within so many seconds or all month long."""
        if function not in self.machinery.traced:
            return 0.0
        return traced(runs, self.figures.assumed.seconds_per_month if seconds is None else seconds)

    def _lines(self, runs: Runs) -> list[Line]:
        return runs.lines(self.figures.prices, kept_logs(self.machinery, self.figures))


def kept_logs(machinery: Machinery, figures: Figures) -> Price:
    """Return what it costs to keep a GB of logs as long as the stage keeps them."""
    months = machinery.log_days / 30 * figures.assumed.log_compression
    return figures.prices.logs_gb_month.model_copy(
        update={"usd": figures.prices.logs_gb_month.usd * months}
    )
