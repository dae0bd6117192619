"""Messages accepted by a template's name: each channel gets its part of the version accepted."""

from typing import Any
from uuid import UUID

import pytest

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.named_template import TemplateTexts
from message_tracker.core.store.templates import Templates
from tests.outbox import NOW, Outbox

TEXTS = TemplateTexts(
    subject="Hi {{ name }}", html="<b>{{ name }}</b>", text="{{ name }}!", message="SMS {{ name }}"
)


def refer(outbox: Outbox, template_id: UUID | None, ses_template: str | None = None) -> None:
    """Let every content refer to a template, as the intake stores it."""
    outbox.database.fetch(
        "UPDATE message_content SET subject = NULL, html = NULL, body = NULL,"
        " template_id = %(template_id)s, ses_template = %(ses_template)s",
        {"template_id": template_id, "ses_template": ses_template},
    )


@pytest.fixture
def templates(outbox: Outbox) -> Templates:
    return Templates(outbox.database)


def test_an_e_mail_is_filled_from_the_template_it_refers_to(
    outbox: Outbox, templates: Templates
) -> None:
    message_ids = outbox.accept(2, data={"name": "<Ada>"})
    refer(outbox, templates.put("welcome", TEXTS, NOW).template_id)

    outbox.send(message_ids)

    sent = [(call.subject, call.html, call.text) for call in outbox.email.calls]
    assert sent == [("Hi <Ada>", "<b>&lt;Ada&gt;</b>", "<Ada>!")] * 2


def test_an_sms_is_filled_from_the_templates_message(outbox: Outbox, templates: Templates) -> None:
    message_ids = outbox.accept(channel=Channel.TEXT, data={"name": "Ada"})
    refer(outbox, templates.put("welcome", TEXTS, NOW).template_id)

    outbox.send(message_ids, Channel.TEXT)

    assert [call.body for call in outbox.text.calls] == ["SMS Ada"]


def test_a_later_version_or_an_archived_template_changes_nothing_accepted(
    outbox: Outbox, templates: Templates
) -> None:
    message_ids = outbox.accept(channel=Channel.TEXT, data={"name": "Ada"})
    refer(outbox, templates.put("welcome", TEXTS, NOW).template_id)
    templates.put("welcome", TemplateTexts(message="Other"), NOW)
    templates.archive("welcome", NOW)

    outbox.send(message_ids, Channel.TEXT)

    assert [call.body for call in outbox.text.calls] == ["SMS Ada"]


@pytest.mark.parametrize("data", [{"name": "Ådå"}, {}])
def test_a_template_of_the_provider_is_named_with_the_recipients_data(
    outbox: Outbox, data: dict[str, Any]
) -> None:
    message_ids = outbox.accept(data=data)
    refer(outbox, None, "Offer")

    outbox.send(message_ids)

    [call] = outbox.email.calls
    assert call.template is not None
    assert (call.html, call.text, call.headers) == (None, None, {"X-Campaign": "7"})
    assert call.template.name == "Offer"
    assert call.template.data_json == ('{"name": "Ådå"}' if data else "{}")
