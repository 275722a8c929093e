"""Placeholder of the cards; filled in next."""

from __future__ import annotations

from evenhand.measure.figure import Definition

DEFINITIONS: tuple[Definition, ...] = ()
