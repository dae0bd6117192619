"""The page on scale reckons with the settings that the stage has."""

import json
import re
from pathlib import Path

from infra.config import StageConfig

ROOT = Path(__file__).parents[2]


def test_the_page_on_scale_names_the_settings_of_prod() -> None:
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    stages = json.loads((ROOT / "cdk.json").read_text())["context"]["stages"]
    prod = StageConfig.read("prod", stages, None)

    named = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|$", page, re.MULTILINE))

    assert named == {field: f"{getattr(prod, field):g}" for field in named}
    assert f"{prod.text_segments_per_second * 86_400:,.0f} segments a day" in page
    assert f"{prod.api_requests_per_second * 86_400:,} a day" in page
    assert len(named) >= 9
