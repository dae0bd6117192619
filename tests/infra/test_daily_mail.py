"""Only where the figures of each day are mailed may their function send mail."""

import pytest

from tests.infra.cloudformation import Template, as_list
from tests.infra.variants import Variant, with_value


def may_mail(template: Template) -> bool:
    return any(
        policy.startswith("Analytics") and "ses:SendEmail" in as_list(statement["Action"])
        for policy, statement in template.statements()
    )


@pytest.mark.parametrize(("stage", "is_mailed"), [("dev", True), ("prod", False)])
def test_the_function_may_send_mail_where_it_is_wanted(
    variants: dict[str, Variant], *, stage: str, is_mailed: bool
) -> None:
    for variant in with_value(variants, stage=stage):
        template = variant.template

        assert template.variables("analytics")["MT_DAILY_REPORT"] == str(is_mailed)
        assert may_mail(template) is is_mailed
