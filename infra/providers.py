"""The right to send, as narrow as IAM can say it: by which identity, set and From address."""

from email.utils import parseaddr

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.config import StageConfig
from infra.functions import TrackerFunction


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
    identities = {address, config.identity_of(address)}
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


def grant_read_account(function: TrackerFunction) -> None:
    """Let `function` ask SES for the account's rate and quota; the action knows no resource."""
    function.add_to_role_policy(iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]))


def grant_send_text(
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
    """Let `function` read and change SES' suppression list of the account and SMS' opt-out list."""
    grant_read_suppression_lists(function, config)
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["ses:PutSuppressedDestination", "ses:DeleteSuppressedDestination"],
            resources=["*"],
        )
    )
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["sms-voice:PutOptedOutNumber", "sms-voice:DeleteOptedOutNumber"],
            resources=[_opt_out_list(function, config)],
        )
    )


def grant_read_suppression_lists(function: TrackerFunction, config: StageConfig) -> None:
    """Let `function` read both lists; SES' knows no resource."""
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["ses:GetSuppressedDestination", "ses:ListSuppressedDestinations"],
            resources=["*"],
        )
    )
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["sms-voice:DescribeOptedOutNumbers"],
            resources=[_opt_out_list(function, config)],
        )
    )


def _opt_out_list(function: TrackerFunction, config: StageConfig) -> str:
    return Stack.of(function).format_arn(
        service="sms-voice", resource="opt-out-list", resource_name=config.text_opt_out_list
    )
