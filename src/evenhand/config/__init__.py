"""Settings: frozen models in ``schema``, files and overrides in ``compose``."""

from evenhand.config.compose import load_config, resolved
from evenhand.config.schema import (
    AlignConfig,
    Config,
    GatesConfig,
    IlqlConfig,
    LanguageModelConfig,
    MatcherConfig,
    RewardConfig,
    RewriteConfig,
    SamplingConfig,
    SpansConfig,
)

__all__ = [
    "AlignConfig",
    "Config",
    "GatesConfig",
    "IlqlConfig",
    "LanguageModelConfig",
    "MatcherConfig",
    "RewardConfig",
    "RewriteConfig",
    "SamplingConfig",
    "SpansConfig",
    "load_config",
    "resolved",
]
