"""Make the pictures of the README in docs/pictures; `make pictures` runs it, where Chromium is.

The files are those that the README shows (``build_examples``): the page of the audit photographed
in Chromium, the screen of the check and the ad before and after as SVG by Rich, with no font from
elsewhere. Look at what comes out; tests only know that the words on them are still what is said.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from build_examples import ROOT, broken, run, work, write_files
from rich import box
from rich.console import Console
from rich.table import Table
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

PICTURES = ROOT / "docs" / "pictures"
AUDIT = "evenhand audit --outcomes applicants.csv --by sex,race --out audit"
CHECK = "evenhand check ad.txt"
REWRITE = "evenhand rewrite ad.txt --out ad.jsonl"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE = (1000, 592)


def audit_png(out: Path) -> None:
    """The head of the page of the README's audit, as a browser shows it."""
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        raise SystemExit(f"no browser: none of {', '.join(BROWSERS)} is installed")
    run(AUDIT)
    window = f"--window-size={SIZE[0]},{SIZE[1]}"
    page = Path("audit/audit.html").absolute().as_uri()
    words = [browser, *FLAGS, window, f"--screenshot={out}", page]
    subprocess.run(words, check=True, capture_output=True, timeout=120)


def check_svg() -> str:
    """The screen of the README's check."""
    said = broken(run(CHECK)).rstrip("\n")
    shown = Text(f"$ {CHECK}\n{said}\n")
    shown.highlight_regex(r"(?m)^\$ .*$", "bold")
    shown.highlight_regex(r"(?m)^\S+:\d+:\d+: “[^”]*”", "bold blue")
    shown.highlight_regex(r"(?m)(?<=”: )direct discrimination, .*$", "bold red")
    shown.highlight_regex(r"(?m)(?<=”: )coded wording, .*$", "bold magenta")
    return _svg(shown, "One ad checked", 90)


def ad_svg() -> str:
    """The README's ad before and after, with the words that changed marked."""
    run(REWRITE)
    (line,) = Path("ad.jsonl").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    before, after = Text(found["original"]), Text(found["rewritten"])
    shift = 0
    for edit in found["edits"]:
        start, gone, come = edit["start"], edit["before"], edit["after"]
        before.stylize("strike red", start, start + len(gone))
        after.stylize("bold green", start + shift, start + shift + len(come))
        shift += len(come) - len(gone)
    Path("after.txt").write_text(found["rewritten"], encoding="utf-8")
    for finding in json.loads(run("evenhand check after.txt --json"))["ads"][0]["findings"]:
        after.stylize("bold underline red", finding["start"], finding["end"])
    table = Table("before", "after", box=box.SIMPLE_HEAD, expand=True)
    table.add_row(before, after)
    table.add_row("", Text("underlined: still there, for its writer to decide", "italic"))
    return _svg(table, "One ad mended", 90)


def _svg(shown: Text | Table, title: str, width: int) -> str:
    """A terminal's picture, with the fonts of whoever looks at it."""
    with open("/dev/null", "w") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True)
        console.print(shown)
    svg = console.export_svg(title=title, theme=DEFAULT_TERMINAL_THEME, unique_id="evenhand")
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.S)
    svg = svg.replace("rgba(255,255,255,0.35)", "#b5bac4")
    return svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")


def main() -> None:
    """Make all of them."""
    PICTURES.mkdir(exist_ok=True)
    with work():
        write_files((ROOT / "README.md").read_text(encoding="utf-8"))
        (PICTURES / "check.svg").write_text(check_svg(), encoding="utf-8")
        (PICTURES / "ad.svg").write_text(ad_svg(), encoding="utf-8")
        audit_png(PICTURES / "audit.png")


if __name__ == "__main__":
    main()
