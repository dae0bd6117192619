"""A stage that says where it belongs is deployed there alone."""

import json

from tests.infra.variants import Variant, with_value


def test_a_stage_of_a_region_names_it(variants: dict[str, Variant]) -> None:
    there = with_value(variants, stage="dev")
    anywhere = with_value(variants, stage="prod")

    assert all(_names_region(variant) for variant in there)
    assert not any(_names_region(variant) for variant in anywhere)


def _names_region(variant: Variant) -> bool:
    return "arn:aws:ses:us-east-1:" in json.dumps(variant.template.body)
