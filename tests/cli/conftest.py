"""The command line, called in this process: quick, and the same code as the installed command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evenhand.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def evenhand(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run ``evenhand`` with some arguments."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["evenhand", *map(str, arguments)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        assert isinstance(code, int)
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def market_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cut of the bundled market, from the files that ``evenhand market`` writes."""
    from evenhand.records.market import write_market

    whole, cut = (tmp_path_factory.mktemp(name) for name in ("market", "cut"))
    jobs, people = write_market(whole)
    for path, every in ((jobs, 12), (people, 4)):
        lines = path.read_text().splitlines(keepends=True)
        (cut / path.name).write_text("".join(lines[::every]))
    return cut
