"""Generators: a language model that proposes rewordings, and what steers and judges it.

Names are imported from the modules themselves (``draw``, ``prompt``, ``regulator``, ``judge``,
``model``), because those need torch and this room must import without it.
"""

from evenhand.generate.protocol import Completion, Generator, SamplerSettings

__all__ = ["Completion", "Generator", "SamplerSettings"]
