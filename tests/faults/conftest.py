"""The command line as ``tests/cli`` calls it."""

from ..cli.conftest import evenhand

__all__ = ["evenhand"]
