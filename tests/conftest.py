"""Fixtures that every room may use: the shared data for development, and the bundled market."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from .small import SmallCase, make_small_case

if TYPE_CHECKING:
    from evenhand.records.market import Market

# Spinning threads of two processes starve each other; tests about threads set their own number.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Whoever runs the tests in the background has them ignore SIGINT, and so would every child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy or slow machine is no failure: properties have no deadline. And the same commit passes on
# every day: examples follow from the test itself, but for `pytest --hypothesis-profile=explore`.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("any day", _patient, derandomize=True)
settings.register_profile("explore", _patient)
settings.load_profile("any day")

REPOSITORY = Path(__file__).resolve().parent.parent


def _shared_folder() -> Path:
    named = os.environ.get("EVENHAND_SHARED")
    return Path(named) if named else REPOSITORY.parent / "shared"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, so that of two processes neither is left with a long one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The ``data`` folder of the shared folder."""
    folder = _shared_folder() / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set EVENHAND_SHARED to run this test")
    return folder


@pytest.fixture(scope="session")
def hiring_bench(shared_data: Path) -> Path:
    """The folder with ``jobs.jsonl`` and ``people.jsonl`` of real ads and people."""
    folder = shared_data / "hiring_bench"
    if not folder.is_dir():
        pytest.skip(f"no hiring_bench at {folder}; set EVENHAND_SHARED to run this test")
    return folder


@pytest.fixture(scope="session")
def market() -> Market:
    """The bundled market of seed 0 (synthetic)."""
    from evenhand.records.market import load_market

    return load_market(0)


@pytest.fixture(scope="session")
def small_case(tmp_path_factory: pytest.TempPathFactory) -> SmallCase:
    """Invented ads and people with a strong gap and settings for a random model; see ``small``."""
    return make_small_case(tmp_path_factory.mktemp("small"))
