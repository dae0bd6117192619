"""The configuration of one stage: `cdk.json`, overruled by the environment and `.env`."""

from infra.config.reading import LOCAL, ROOT, InvalidConfiguration
from infra.config.stage import StageConfig

__all__ = ["LOCAL", "ROOT", "InvalidConfiguration", "StageConfig"]
