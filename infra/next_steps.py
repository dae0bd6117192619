"""What a person does after a deployment: three steps, and which of them are done already."""

from collections.abc import Mapping

from infra.config import StageConfig
from infra.standing import Standing
from message_tracker.core.domain.message import Channel

_DNS_RECORDS = ("EmailDkimRecord", "EmailMailFrom", "ApiDomainRecord")
_DONE = "done"
# To the simulators of SES and of SMS.
_EMAIL_TO_TRY = '{"to": "success@simulator.amazonses.com", "subject": "Hello", "text": "Hi"}'
_TEXT_TO_TRY = '{"to": "+14254147755", "message": "Hi"}'
_OPEN_MAIL = (
    "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL \\",
    "  --website-url <https://your.site> --use-case-description <what you send, to whom>",
)
_OPEN_TEXT = (
    "aws support create-case --subject 'SMS production access' \\",
    "  --service-code service-sms-voice-v2 --category-code <as describe-services lists it> \\",
    "  --communication-body <what you send, to whom>",
)


def next_steps(config: StageConfig, outputs: Mapping[str, str], standing: Standing) -> str:
    """Return the outputs of a deployment, and what comes next.

    Args:
        config: the stage.
        outputs: of its stack.
        standing: what AWS lets the account do.
    """
    listed = [f"  {name} = {value}" for name, value in sorted(outputs.items())]
    steps = (_identity(config, outputs, standing), _sandbox(standing), _canary(config, outputs))
    return "\n".join(
        [*listed, "", "Next, three steps:", *(line for step in steps for line in step)]
    )


def _identity(config: StageConfig, outputs: Mapping[str, str], standing: Standing) -> list[str]:
    records = [outputs[name] for name in sorted(outputs) if name.startswith(_DNS_RECORDS)]
    title = f"1. Verify the identity that mail is sent by, {config.email_identity_name}"
    if standing.identity_is_verified and not records:
        return ["", f"{title}: {_DONE}"]
    if records:
        is_done = f": {_DONE}, as long as" if standing.identity_is_verified else ", by"
        return ["", f"{title}{is_done} its DNS has these records:", *_shell(*records)]
    create = f"aws sesv2 create-email-identity --email-identity {config.email_identity_name}"
    return ["", f"{title}; its DNS needs the records that this names:", *_shell(create)]


def _sandbox(standing: Standing) -> list[str]:
    title = "2. Leave the sandbox, in which only verified recipients are reached"
    asked = {
        "e-mail": (standing.email_is_open, _OPEN_MAIL),
        "SMS": (standing.text_is_open, _OPEN_TEXT),
    }
    left = {channel: commands for channel, (is_open, commands) in asked.items() if not is_open}
    if not left:
        return ["", f"{title}: {_DONE}"]
    commands = [line for each in left.values() for line in each]
    return ["", f"{title} ({' and '.join(left)}):", *_shell(*commands)]


def _canary(config: StageConfig, outputs: Mapping[str, str]) -> list[str]:
    url, secret = outputs["ApiUrl"].rstrip("/"), outputs["DatabaseSecret"]
    only = "" if len(config.channels) > 1 else f" --channel {config.channels[0]}"
    message = _EMAIL_TO_TRY if config.sends(Channel.EMAIL) else _TEXT_TO_TRY
    endpoint = outputs.get("DatabaseEndpoint")
    # Aurora is reached from its own network alone.
    within = [f"export MT_DATABASE_ENDPOINT={endpoint}  # docs/database.md"] if endpoint else []
    return [
        "",
        "3. Fly a first canary, to the simulators:",
        *_shell(
            f"export MT_STAGE={config.stage} MT_DATABASE_SECRET_ARN={secret} MT_API_URL={url}",
            *within,
            "message-tracker doctor                      # what is not in order, and what mends it",
            "message-tracker keys create my-application  # prints an API key, once",
            "export MT_API_KEY=<the key>",
            f"{f'message-tracker canary{only}':<44}# to the simulators, until it arrives",
            f'curl -H "Authorization: Bearer $MT_API_KEY" {url}/send \\',
            f"  -d '{message}'",
        ),
    ]


def _shell(*lines: str) -> list[str]:
    return [f"     {line}" for line in lines]
