"""What the pages show: commands that parse, help and settings as they are, Python that runs."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evenhand.cli.command_line import parser_of
from evenhand.cli.first_screen import verbs
from evenhand.config.compose import load_config
from evenhand.config.schema import Config, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs" / "guide").glob("*.md")) if page.stem != "cli"),
]


def commands(text: str) -> list[str]:
    """Lines of code blocks (fenced or indented) that call evenhand, continued lines joined."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    fenced = re.findall(r"^```(?:sh|bash|text|console)?\n(.*?)^```", joined, re.M | re.S)
    indented = re.findall(
        r"^ {4,}(.*)$", re.sub(r"^```.*?^```", "", joined, flags=re.M | re.S), re.M
    )
    lines = [line.strip() for block in fenced for line in block.splitlines()] + indented
    lines = [line.removeprefix("$ ") for line in lines if "evenhand " in line[:11]]
    return [line.split("  #")[0].split(" | ")[0] for line in lines]


def parse(line: str) -> None:
    """Have the verb's own parser take the line; nothing is run."""
    program, verb, *arguments = shlex.split(line)
    assert program == "evenhand"
    if verb not in verbs():
        verb, arguments = f"{verb} {arguments[0]}", arguments[1:]
    parser_of(verb).make_context(f"evenhand {verb}", arguments)


SHOWN = [(page.name, line) for page in PAGES for line in commands(page.read_text())]


def test_the_readme_shows_every_verb_but_those_that_make_runs():
    shown = {line.split()[1] for name, line in SHOWN if name == "README.md"}
    assert {
        "check",
        "match",
        "measure",
        "rollouts",
        "tune",
        "rewrite",
        "evaluate",
        "audit",
        "compare",
        "doctor",
    } <= shown


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_commands_of_the_pages_parse(page, line):
    parse(line)


def test_commands_that_are_wrong_do_not_parse():
    for wrong in ("evenhand match a.jsonl", "evenhand measure a --pool p --out o --bye gender"):
        with pytest.raises(Exception, match=r"--pool is missing|no option --bye; did"):
            parse(wrong)
    assert commands(
        "Text\n\n    evenhand doctor\n\n```sh\nevenhand match a \\\n  --out b\n```\n"
    ) == [
        "evenhand match a --out b",
        "evenhand doctor",
    ]


def examples() -> list[str]:
    """The example of every verb's help, as one line."""
    found: list[str] = []
    for verb in verbs():
        paragraphs = str(parser_of(verb).help).split("\n\n")
        texts = [" ".join(text.split()) for text in paragraphs if text.startswith("Example: ")]
        found += [text.removeprefix("Example: ") for text in texts]
    return found


@pytest.mark.parametrize("line", examples())
def test_examples_of_the_help_parse(line):
    parse(line)


def built_by(name: str) -> ModuleType:
    """A program of ``docs``, loaded."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    return built_by("build_help")


@pytest.fixture(scope="module")
def examples_builder() -> ModuleType:
    return built_by("build_examples")


def test_every_command_is_shown_as_its_help_is(builder):
    page = (ROOT / "docs" / "guide" / "cli.md").read_text()
    if builder.LAID_OUT in page:
        assert page == builder.cli_page(), "run `make docs`"
    for name in verbs():
        section = page.split(f"## evenhand {name}\n")[1].split("\n## ")[0]
        for option in (one for parameter in parser_of(name).params for one in parameter.opts):
            assert option.upper() in section.upper(), f"{name} {option}: run `make docs`"


def test_every_setting_is_explained(builder):
    page = (ROOT / "docs" / "guide" / "configuration.md").read_text()
    assert page == builder.configuration_page(), "run `make docs`"
    for section, field in Config.model_fields.items():
        kind: Any = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, Settings)):
            continue
        rows = page.split(f"## [{section}]\n")[1].split("\n## ")[0]
        for key in kind.model_fields:
            row = next(line for line in rows.splitlines() if line.startswith(f"| `{key}` |"))
            assert row.split(" | ")[-1].rstrip(" |"), f"{section}.{key} isn't explained"


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_every_shipped_config_loads(path):
    assert path.read_text().startswith("#")
    load_config([path])


def test_the_python_of_the_readme_runs(small_case, tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    lines = {
        name: (small_case.folder / f"{name}.jsonl").read_text().splitlines(keepends=True)
        for name in ("ads", "people")
    }
    for name, source, mark in (
        ("ads", "ads", '"split": "train"'),
        ("new", "ads", '"split": "test"'),
        ("people", "people", '"fold": "train"'),
        ("others", "people", '"fold": "test"'),
    ):
        (tmp_path / f"{name}.jsonl").write_text("".join(x for x in lines[source] if mark in x))
    shutil.copy(small_case.config_file, tmp_path / "config.toml")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    ratio = float(capsys.readouterr().out.strip().splitlines()[-1])
    assert 0.2 < ratio < 5.0
    assert (tmp_path / "run" / "model_card.md").exists()


def test_cards_hold_what_the_code_says():
    for path, text in built_by("build_cards").pages().items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"
        assert text.count("<!-- card:") == 2
        assert len(text.split("<!-- card:begin")[1]) > 500


DIALOGUES = [page for page in PAGES if "```console" in page.read_text()]


def test_the_front_page_and_three_start_pages_show_dialogues():
    assert {"README", "for_recruiters", "for_analysts", "for_engineers"} <= {
        page.stem for page in DIALOGUES
    }


@pytest.mark.parametrize("page", DIALOGUES, ids=lambda page: page.stem)
def test_what_pages_print_is_what_is_printed(examples_builder, page):
    text = page.read_text(encoding="utf-8")
    assert page in examples_builder.PAGES, f"{page.name}: nothing runs its dialogues"
    assert examples_builder.with_answers(text) == text, "run `make docs`"


def test_a_dialogue_that_says_something_else_is_found(examples_builder):
    page = "<!-- file: ad.txt -->\n```text\nA young chef\n```\n\n```console\n{}```\n"
    asked = "$ evenhand check ad.txt | tail -n 1\n"
    told = page.format(f"{asked}1 finding in 1 ad: 1 direct discrimination.\n")
    assert examples_builder.with_answers(page.format(f"{asked}Nothing was found.\n")) == told
    with pytest.raises(ValueError, match="only `evenhand` is run"):
        examples_builder.with_answers(page.format("$ ls\n"))


@pytest.mark.parametrize("page", DIALOGUES, ids=lambda page: page.stem)
def test_readers_are_told_the_names_of_the_files_that_pages_show(page):
    text = page.read_text(encoding="utf-8")
    seen = re.sub(r"<!--.*?-->|^```.*?^```", "", text, flags=re.M | re.S)
    named = re.findall(r"<!-- file: (\S+) -->", text)
    assert [name for name in named if f"`{name}`" not in seen] == []


def test_the_notebook_prints_what_it_shows(examples_builder):
    told = examples_builder.NOTEBOOK.read_text(encoding="utf-8")
    assert examples_builder.run_notebook() == told, "run `make docs`"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "guide").glob("for_*.md")))
def test_start_pages_are_short(page):
    assert len(page.read_text().splitlines()) <= 80


def test_every_measure_is_defined_as_the_page_says():
    module = built_by("build_measures")
    page = (ROOT / "docs" / "guide" / "measures.md").read_text(encoding="utf-8")
    assert page == module.measures_page(), "run `make docs`"
    assert page.count("\n* Formula: ") == len(module.all_definitions())
