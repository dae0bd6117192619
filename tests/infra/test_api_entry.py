"""By which name the API is reached, and how its function starts."""

from typing import Any

from tests.infra.variants import CERTIFICATE, Variant, with_value


def called(variant: Variant) -> Any:  # noqa: ANN401 - a reference of CloudFormation's
    """Return what the gateway calls."""
    (integration,) = variant.template.of_type("AWS::ApiGatewayV2::Integration").values()
    return integration["IntegrationUri"]


def test_a_domain_of_ones_own_is_mapped_to_the_api(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, domain="custom"):
        (domain,) = variant.template.of_type("AWS::ApiGatewayV2::DomainName").values()
        (mapping,) = variant.template.of_type("AWS::ApiGatewayV2::ApiMapping").values()
        (configuration,) = domain["DomainNameConfigurations"]

        assert domain["DomainName"] == "mail.example.com"
        assert configuration["CertificateArn"] == CERTIFICATE
        assert configuration["SecurityPolicy"] == "TLS_1_2"
        assert mapping["Stage"]


def test_mail_links_to_the_domain_and_an_output_says_where_dns_must_point(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, domain="custom"):
        record = variant.template.body["Outputs"]["ApiDomainRecord"]["Value"]

        assert variant.template.variables("sender")["MT_PUBLIC_URL"] == "https://mail.example.com"
        assert " CNAME " in str(record)
        assert "RegionalDomainName" in str(record)


def test_without_a_domain_mail_links_to_the_apis_own_url(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, domain="own"):
        assert variant.template.of_type("AWS::ApiGatewayV2::DomainName") == {}
        assert "execute-api" in str(variant.template.variables("sender")["MT_PUBLIC_URL"])


def test_warm_instances_are_those_that_the_gateway_calls(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, start="provisioned"):
        ((alias_id, alias),) = variant.template.of_type("AWS::Lambda::Alias").items()

        assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
        assert called(variant) == {"Ref": alias_id}


def test_a_snapshot_is_taken_of_the_version_that_the_gateway_calls(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, start="snapshot"):
        ((alias_id, alias),) = variant.template.of_type("AWS::Lambda::Alias").items()

        assert variant.template.function("api")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert "ProvisionedConcurrencyConfig" not in alias
        assert called(variant) == {"Ref": alias_id}


def test_without_either_the_gateway_calls_the_function_itself(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, start="cold"):
        assert variant.template.of_type("AWS::Lambda::Alias") == {}
        assert "SnapStart" not in variant.template.function("api")
        assert called(variant)["Fn::GetAtt"][1] == "Arn"
