"""What a stage costs by the month, however much is sent."""

from message_tracker.cli.cost.bill import Line, Runs, line, traced
from message_tracker.cli.cost.campaign import kept_logs
from message_tracker.cli.cost.figures import Figures
from message_tracker.cli.cost.machinery import Machinery

_POLL_SECONDS = 20  # SQS' longest wait, which Lambda uses


def standing(machinery: Machinery, figures: Figures) -> list[Line]:
    """Return the lines of a month in which nothing is sent."""
    found, prices, assumed = machinery.standing, figures.prices, figures.assumed
    hours = assumed.hours_per_month
    polls = found.event_sources * assumed.pollers * assumed.seconds_per_month / _POLL_SECONDS
    return [
        line("Aurora", "ACU-hours", found.capacity_units * hours, prices.aurora_acu_hour),
        line("network", "NAT gateway hours", found.nat_gateways * hours, prices.nat_hour),
        line("network", "endpoint hours", found.endpoint_zones * hours, prices.endpoint_hour),
        line("watching", "alarms", found.alarms, prices.alarm_month),
        line("watching", "custom metrics", assumed.custom_metrics, prices.metric_month),
        line("watching", "dashboards", found.dashboards, prices.dashboard_month),
        line("secrets", "secrets", found.secrets, prices.secret_month),
        line("secrets", "keys", found.keys, prices.key_month),
        line("idle queues", "SQS requests", polls, prices.sqs_request),
        *_clock(machinery, figures),
    ]


def _clock(machinery: Machinery, figures: Figures) -> list[Line]:
    """Return what the functions cost that run by the clock and mostly find nothing to do."""
    assumed = figures.assumed
    lines: list[Line] = []
    for name, per_hour in sorted(machinery.standing.runs_per_hour.items()):
        number = per_hour * assumed.hours_per_month
        runs = Runs(
            "clock",
            machinery.memory_mb[name],
            number,
            waiting_seconds=number * assumed.idle_seconds,
            log_bytes=number * (assumed.platform_log_bytes + figures.measured.log_bytes_per_object),
            traces=traced(number, assumed.seconds_per_month) if name in machinery.traced else 0.0,
        )
        lines.append(line("clock", "scheduled runs", number, figures.prices.schedule))
        lines += runs.lines(figures.prices, kept_logs(machinery, figures))
    return lines
