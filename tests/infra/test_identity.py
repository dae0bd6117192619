"""A stage that makes the SES identity, and one that finds it."""

from tests.infra.variants import Variant, with_value


def test_the_identity_is_made_with_its_mail_from_domain(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, identity="new"):
        (identity,) = variant.template.of_type("AWS::SES::EmailIdentity").values()

        assert identity["EmailIdentity"] == "example.com"
        assert identity["MailFromAttributes"] == {
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
            "MailFromDomain": "bounce.example.com",
        }


def test_the_records_that_dns_needs_are_outputs(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, identity="new"):
        outputs = variant.template.body["Outputs"]

        records = {name: str(output["Value"]) for name, output in outputs.items()}

        assert [" CNAME " in records[f"EmailDkimRecord{number}"] for number in (1, 2, 3)] == [
            True
        ] * 3
        assert "bounce.example.com. MX 10 feedback-smtp." in records["EmailMailFromMx"]
        assert "v=spf1 include:amazonses.com" in records["EmailMailFromSpf"]


def test_an_identity_that_mail_depends_on_outlives_a_stage_that_keeps_its_data(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, identity="new", stage="prod"):
        (identity,) = [
            resource
            for resource in variant.template.body["Resources"].values()
            if resource["Type"] == "AWS::SES::EmailIdentity"
        ]

        assert identity["DeletionPolicy"] == "Retain"


def test_an_existing_identity_is_left_alone(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, identity="existing"):
        assert variant.template.of_type("AWS::SES::EmailIdentity") == {}
        assert not any("Dkim" in name for name in variant.template.body["Outputs"])
