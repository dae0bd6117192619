"""What the doctor looks for is what the stack has."""

from infra.queue import MAX_RECEIVE_COUNT
from infra.sending import TEXT_CONCURRENCY
from message_tracker.cli import checklist
from message_tracker.core.aws.checkup.deployment import outputs_of
from message_tracker.core.domain.doctor import queues
from message_tracker.core.domain.message import Channel
from tests.infra.cloudformation import Template

ROLES = [
    "TrackingEmailPublisher",
    "TrackingTextPublisher",
    "ArchiveEmailEventsS3Dest",
    "ArchiveTextEventsS3Dest",
]


def test_the_stack_tells_all_that_the_doctor_asks_for(template: Template) -> None:
    assert outputs_of(Channel) <= template.body["Outputs"].keys()


def test_each_role_of_the_events_way_is_one_role(prod: Template) -> None:
    roles = list(prod.of_type("AWS::IAM::Role"))

    assert [1] * len(ROLES) == [
        sum(name.startswith(beginning) for name in roles) for beginning in ROLES
    ]


def test_both_have_the_same_figures() -> None:
    assert TEXT_CONCURRENCY == checklist.TEXT_CONCURRENCY
    assert MAX_RECEIVE_COUNT == queues.MAX_RECEIVE_COUNT
