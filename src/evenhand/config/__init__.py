"""Settings: frozen models in ``schema``, files and overrides in ``compose``.

Names are loaded when they are first used, as the models bring pydantic.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.config.compose import load_config, resolved
    from evenhand.config.schema import Config

__all__ = ["Config", "load_config", "resolved"]

_HOMES = {"Config": "schema", "load_config": "compose", "resolved": "compose"}
__getattr__ = loader(__name__, _HOMES)
