"""Configuration files: TOML read left to right, then dotted ``key=value`` overrides.

What settings exist and what they mean is ``schema``'s business.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from evenhand.config.schema import Config
from evenhand.errors import ConfigError, nearest, offered

Table = dict[str, Any]
_SEE = "; see `evenhand demo --dry-run --json` for all of them"


def load_config(
    paths: Sequence[str | Path] = (), overrides: Sequence[str] = (), base: Config | None = None
) -> Config:
    """The configuration that the files and overrides give together; later ones win.

    Args:
        paths: TOML files, or JSON files that a run wrote.
        overrides: ``section.key=value`` with a TOML value (``ilql.beta=2.0``).
        base: What they are on top of; the defaults if None.

    Raises:
        ConfigError: A file can't be read, or a key or value is wrong; the sentence names it.
    """
    merged: Table = {} if base is None else base.model_dump(mode="json", exclude_unset=True)
    for path in paths:
        merged = _merge(merged, _read(Path(path)))
    for override in overrides:
        merged = _merge(merged, _parse_override(override))
    source = ", ".join(map(str, paths)) or "the configuration"
    try:
        return Config.model_validate(merged)
    except ValidationError as cause:
        raise ConfigError(f"{source}: {_sentence(cause)}") from cause


def resolved(config: Config) -> Table:
    """Every setting with its value, as written into run folders."""
    return cast(Table, json.loads(config.model_dump_json()))


def _read(path: Path) -> Table:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path}: can't be read ({cause}); name a TOML file") from cause
    try:
        table: Table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as cause:
        raise ConfigError(f"{path}: isn't valid ({cause}); correct it there") from cause
    return table


def _parse_override(override: str) -> Table:
    key, equals, value = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {override}: write it as section.key=value")
    try:
        parsed: Any = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    for part in reversed(key.strip().split(".")):
        parsed = {part: parsed}
    return cast(Table, parsed)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(cast(Table, below), cast(Table, value))
        else:
            merged[key] = value
    return merged


def _sentence(cause: ValidationError) -> str:
    first = cause.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the whole"
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such setting{_close_setting(key.split('.')) or _SEE}"
    said = f"{key}: {first['msg']} (got {first['input']!r})"
    choices = re.findall(r"'([^']*)'", first["msg"]) if first["type"] == "literal_error" else []
    return f"{said}{offered(str(first['input']), choices)}"


def _close_setting(parts: Sequence[str]) -> str:
    """The end of a sentence that refuses a setting; "" where none of its section is close."""
    inside = resolved(Config())
    for section in parts[:-1]:
        inside = cast(Table, inside[section])
    close = nearest(parts[-1], inside)
    return f"; did you mean {'.'.join([*parts[:-1], close])}?" if close else ""
