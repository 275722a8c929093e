"""Settings: frozen models in ``schema``, files and overrides in ``compose``.

Names are loaded when they are first used, as the models bring pydantic.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
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

_HOMES = {name: "compose" if name in ("load_config", "resolved") else "schema" for name in __all__}
__getattr__ = loader(__name__, _HOMES)
