from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.config import Config, load_config, resolved
from evenhand.errors import ConfigError

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_every_shipped_config_loads(path: Path):
    assert load_config([path])


def test_configs_are_shipped():
    assert {"demo.toml", "hiring_bench.toml"} <= {path.name for path in SHIPPED}


def test_later_files_and_overrides_win(tmp_path: Path):
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text("seed = 1\n[ilql]\nbeta = 2.0\nsteps = 10\n")
    second.write_text("[ilql]\nbeta = 3.0\n")
    config = load_config([first, second], ["ilql.steps=7", "matcher.name=lexical"])
    assert (config.seed, config.ilql.beta, config.ilql.steps) == (1, 3.0, 7)
    assert config.matcher.name == "lexical"


def test_a_resolved_config_loads_as_itself(tmp_path: Path):
    config = load_config(overrides=["ilql.beta=0.25", "reward.attributes=['gender','age_band']"])
    path = tmp_path / "config.json"
    path.write_text(json.dumps(resolved(config)))
    assert load_config([path]) == config


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("ilql.betta=1", r"ilql\.betta: there is no such setting; did you mean ilql\.beta\?$"),
        ("iqll.beta=1", r"iqll: there is no such setting; did you mean ilql\?$"),
        (
            "ilql.zzz=1",
            r"ilql\.zzz: there is no such setting; see `evenhand demo --dry-run --json`",
        ),
        ("ilql.heads='tyed'", r"'tied' or 'low_rank' \(got 'tyed'\); did you mean tied\?$"),
        ("ilql.beta=-1", r"ilql\.beta: .*greater than or equal to 0"),
        ("ilql.heads=wide", r"ilql\.heads: .*'tied' or 'low_rank'"),
        ("seed", "write it as section.key=value"),
        ("reward.weights={age=1.0}", "reward.attributes doesn't list"),
    ],
)
def test_wrong_settings_are_one_sentence(override: str, says: str):
    with pytest.raises(ConfigError, match=says) as raised:
        load_config(overrides=[override])
    assert "\n" not in str(raised.value)


def test_wrong_files_name_themselves(tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("seed = = 1")
    with pytest.raises(ConfigError, match=r"broken\.toml: isn't valid"):
        load_config([broken])
    with pytest.raises(ConfigError, match=r"absent\.toml: can't be read"):
        load_config([tmp_path / "absent.toml"])


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Config().seed = 3  # pyright: ignore[reportAttributeAccessIssue]
