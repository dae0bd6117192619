"""A stage that says where it belongs is deployed there alone."""

import json

from tests.infra.variants import Variant, with_value


def test_a_stage_of_a_region_names_it(variants: dict[str, Variant]) -> None:
    there = with_value(variants, stage="dev")
    anywhere = with_value(variants, stage="prod")

    assert not any(_asks_for_region(variant) for variant in there)
    assert all(_asks_for_region(variant) for variant in anywhere)
    assert all("us-east-1" in json.dumps(variant.template.body) for variant in there)


def _asks_for_region(variant: Variant) -> bool:
    return '{"Ref": "AWS::Region"}' in json.dumps(variant.template.body["Resources"])
