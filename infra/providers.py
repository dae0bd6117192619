"""The right to send, as narrow as IAM can say it: by which identity, set and From address."""

from collections.abc import Mapping, Sequence
from email.utils import parseaddr

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.config import StageConfig
from infra.functions import TrackerFunction
from message_tracker.core.domain.message import Channel

_READ_TEXT = "sms-voice:DescribeOptedOutNumbers"


def grant_sending(
    sender: TrackerFunction, config: StageConfig, sets: Mapping[Channel, str]
) -> None:
    """Let `sender` send by every channel of the stage, each through its configuration set."""
    if config.sends(Channel.EMAIL):
        grant_send_email(
            sender,
            config,
            from_header=config.email_from,
            configuration_set=sets[Channel.EMAIL],
            with_templates=True,
        )
        _grant_read_account(sender)
    if config.sends(Channel.TEXT):
        _grant_send_text(sender, config, configuration_set=sets[Channel.TEXT])


def grant_send_email(
    function: TrackerFunction,
    config: StageConfig,
    *,
    from_header: str,
    configuration_set: str,
    with_templates: bool = False,
) -> None:
    """Let `function` send e-mail from one address through one configuration set.

    `with_templates`: also by the account's SES templates, which SES checks as another action.
    """
    stack = Stack.of(function)
    address = parseaddr(from_header)[1]
    # SES checks the identity it would sign with: the address, if verified by itself, else the
    # domain, its own or the one that `email_identity` names.
    identities = {address, config.identity_of(from_header)}
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["ses:SendEmail", *(["ses:SendTemplatedEmail"] if with_templates else [])],
            resources=[
                *(
                    [stack.format_arn(service="ses", resource="template", resource_name="*")]
                    if with_templates
                    else []
                ),
                *(
                    stack.format_arn(service="ses", resource="identity", resource_name=identity)
                    for identity in sorted(identities)
                ),
                stack.format_arn(
                    service="ses", resource="configuration-set", resource_name=configuration_set
                ),
            ],
            conditions={"StringEquals": {"ses:FromAddress": address}},
        )
    )


def _grant_read_account(function: TrackerFunction) -> None:
    """Let `function` ask SES for the account's rate and quota; the action knows no resource."""
    function.add_to_role_policy(iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]))


def _grant_send_text(
    function: TrackerFunction, config: StageConfig, *, configuration_set: str
) -> None:
    """Let `function` send texts from the stage's number, pool or sender ID through one set."""
    stack = Stack.of(function)
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["sms-voice:SendTextMessage"],
            resources=[
                config.text_origination_identity,
                stack.format_arn(
                    service="sms-voice",
                    resource="configuration-set",
                    resource_name=configuration_set,
                ),
            ],
        )
    )


def grant_keep_suppression_lists(function: TrackerFunction, config: StageConfig) -> None:
    """Let `function` look up and change entries of SES' and of SMS' list."""
    _grant_on_lists(
        function,
        config,
        email=(
            "ses:GetSuppressedDestination",
            "ses:PutSuppressedDestination",
            "ses:DeleteSuppressedDestination",
        ),
        text=(_READ_TEXT, "sms-voice:PutOptedOutNumber", "sms-voice:DeleteOptedOutNumber"),
    )


def grant_read_suppression_lists(function: TrackerFunction, config: StageConfig) -> None:
    """Let `function` read both lists, page by page."""
    email = ["ses:ListSuppressedDestinations"]
    _grant_on_lists(function, config, email=email, text=[_READ_TEXT])


def _grant_on_lists(
    function: TrackerFunction, config: StageConfig, *, email: Sequence[str], text: Sequence[str]
) -> None:
    """Let `function` do that with the lists of the channels that messages go by."""
    if config.sends(Channel.EMAIL):  # whose list knows no resource
        function.add_to_role_policy(iam.PolicyStatement(actions=list(email), resources=["*"]))
    if config.sends(Channel.TEXT):
        lists = [_opt_out_list(function, config)]
        function.add_to_role_policy(iam.PolicyStatement(actions=list(text), resources=lists))


def _opt_out_list(function: TrackerFunction, config: StageConfig) -> str:
    return Stack.of(function).format_arn(
        service="sms-voice", resource="opt-out-list", resource_name=config.text_opt_out_list
    )
