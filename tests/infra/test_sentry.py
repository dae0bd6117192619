"""Errors are told to Sentry by every function of a stage that names a project, and by no other."""

from tests.infra.variants import SENTRY_DSN, Variant, with_value


def dsns(variant: Variant) -> set[str | None]:
    functions = variant.template.of_type("AWS::Lambda::Function").values()
    return {each["Environment"]["Variables"].get("SENTRY_DSN") for each in functions}


def test_every_function_of_a_stage_that_names_a_project_tells_it(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, errors="told"):
        assert {SENTRY_DSN} == dsns(variant)


def test_no_other_function_knows_of_sentry(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, errors="logged"):
        assert {None} == dsns(variant)
