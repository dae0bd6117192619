"""The SES identity, where the stack makes it, and the DNS records that it waits for."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.config import StageConfig


class EmailIdentity(Construct):
    """A domain that SES signs mail for, once its DNS holds the records."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._mail_from = config.email_mail_from_domain
        self._identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(config.email_identity_name),
            dkim_identity=ses.DkimIdentity.easy_dkim(ses.EasyDkimSigningKeyLength.RSA_2048_BIT),
            mail_from_domain=self._mail_from or None,
            # Mail goes out, by SES' own domain, while the MX record is not there.
            mail_from_behavior_on_mx_failure=ses.MailFromBehaviorOnMxFailure.USE_DEFAULT_VALUE,
        )
        if config.keeps_data:
            self._identity.apply_removal_policy(RemovalPolicy.RETAIN)

    @property
    def dns_records(self) -> dict[str, str]:
        """The records to make, each as a line of a zone, by the name of its output."""
        records = {
            f"EmailDkimRecord{number}": f"{record.name}. CNAME {record.value}."
            for number, record in enumerate(self._identity.dkim_records, start=1)
        }
        if self._mail_from:
            region = Stack.of(self).region
            records["EmailMailFromMx"] = (
                f"{self._mail_from}. MX 10 feedback-smtp.{region}.amazonses.com."
            )
            records["EmailMailFromSpf"] = (
                f'{self._mail_from}. TXT "v=spf1 include:amazonses.com ~all"'
            )
        return records
