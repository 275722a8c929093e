"""What the command says of itself: the first screen, help, completion, and what is close."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from evenhand.cli import faces
from evenhand.cli.command_line import _reader, command_line, parser_of
from evenhand.cli.first_screen import verbs

SLOW = {"numpy", "pydantic", "typer", "rich", "jinja2", "spacy", "torch", "evenhand.config.schema"}


def run(words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenhand", *words.split()],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "80", **variables},
    )


def loaded_by(words: str, folder: Path) -> set[str]:
    """Which of the slow modules a command line loads."""
    program = (
        "import sys, json\n"
        "from evenhand.cli.main import main\n"
        f"sys.argv = ['evenhand', *{words.split()!r}]\n"
        "try:\n    main()\n"
        f"finally:\n    print(json.dumps(sorted({SLOW} & set(sys.modules))), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", ["--help", "-h", "--version"])
def test_the_first_screen_loads_no_library(words, tmp_path):
    assert loaded_by(words, tmp_path) == set()


def test_a_spreadsheet_is_audited_without_the_settings(tmp_path):
    rows = [f"{at},{'f' if at % 2 else 'm'},{at % 3 % 2}" for at in range(60)]
    (tmp_path / "o.csv").write_text("\n".join(["id,sex,selected", *rows]))
    words = "audit --outcomes o.csv --by sex --out a"
    assert not {"pydantic", "evenhand.config.schema", "spacy"} & loaded_by(words, tmp_path)
    told = json.loads((tmp_path / "a" / "provenance.json").read_text())
    assert told["asked"]["matcher"] is None


@pytest.mark.parametrize("name", verbs())
def test_the_table_says_the_first_sentence_of_a_verbs_help(name):
    assert callable(getattr(faces, name.replace("-", "_").replace(" ", "_")))
    told = parser_of(name).help
    assert " ".join(told.split("\n\n")[0].split()) == verbs()[name].says


def test_the_first_screen_has_whole_sentences_by_who_uses_them():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "…" not in done.stdout
    whole = " ".join(done.stdout.split())
    places = [whole.index(f" {name} {verb.says}") for name, verb in verbs().items()]
    assert places == sorted(places)
    users = [*dict.fromkeys(verb.users for verb in verbs().values())]
    assert [line[:-1] for line in done.stdout.splitlines() if line.endswith(":")][:-1] == users
    assert len(users) == 5
    assert run("-h").stdout == done.stdout


def test_the_first_screen_has_the_options_of_the_parser_and_no_others():
    group = get_command(command_line())
    context = group.make_context("evenhand", [], resilient_parsing=True)
    theirs = {name for param in group.get_params(context) for name in param.opts}
    section = run("--help").stdout.split("\nOptions:\n")[1]
    ours = {word.strip(",") for word in section.split() if word.startswith("-")}
    assert ours == theirs
    assert group.get_help(context).strip() == run("--help").stdout.strip()


def test_without_a_verb_the_screen_is_an_error(evenhand):
    shown = evenhand("--help").out
    for words in ((), ("--",)):
        done = evenhand(*words)
        assert (done.code, done.out, done.err) == (2, "", shown)
    assert evenhand("engine").code == 2
    assert evenhand("engine", "--help").out == evenhand("engine").err
    assert "engine check  Say whether" in evenhand("engine", "-h").out
    assert "audit" not in evenhand("engine", "-h").out


@pytest.mark.parametrize("name", verbs())
def test_every_verb_has_h_and_help(evenhand, name):
    long, short = (evenhand(*name.split(), flag) for flag in ("--help", "-h"))
    assert (short.code, short.out, short.err) == (0, long.out, "")
    assert "-h, --help" in long.out
    assert verbs()[name].says in " ".join(long.out.split())


COMPLETED = [
    ("evenhand pro", 1, ["probe", "probe-report"]),
    ("evenhand e", 1, ["explain", "engine", "evaluate"]),
    ("evenhand --v", 1, ["--version"]),
    ("evenhand audit --out", 2, ["--out", "--outcomes"]),
    ("evenhand check --format ", 3, ["text", "json", "sarif", "github"]),
    ("evenhand audit --fail-on g", 3, ["gap"]),
    ("evenhand engine ", 2, ["check"]),
    ("evenhand engine check --qu", 3, ["--qualified-by"]),
]


@pytest.mark.parametrize(("line", "at", "offered"), COMPLETED)
def test_bash_completes_verbs_options_and_choices(line, at, offered):
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(at), "_EVENHAND_COMPLETE": "complete_bash"}
    done = run("", **asked)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, offered, "")


def test_bash_takes_the_script_that_is_shown(tmp_path):
    program = tmp_path / "evenhand"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evenhand "$@"\n')
    program.chmod(0o755)
    script = (
        'source <("$1" --show-completion); COMP_WORDS=("$1" mark); COMP_CWORD=1; '
        '_evenhand_completion "$1"; echo "${COMPREPLY[*]}"; complete -p evenhand'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", str(program)], capture_output=True, text=True
    )
    if "not supported" in done.stderr:
        pytest.skip("the shell that runs the tests has no completion of typer's")
    assert done.stdout.splitlines()[0] == "market"
    assert "_evenhand_completion" in done.stdout


def test_completion_is_installed_into_the_home_folder(tmp_path):
    script = f"'{sys.executable}' -m evenhand --install-completion; true"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert "completion installed" in done.stdout, done.stderr
    assert "_EVENHAND_COMPLETE" in (tmp_path / ".bash_completions" / "evenhand.sh").read_text()


CLOSE = [
    ("audti", "evenhand: there is no verb audti; did you mean audit?"),
    ("Audit x", "evenhand: there is no verb Audit; did you mean audit?"),
    ("probe_report", "evenhand: there is no verb probe_report; did you mean probe-report?"),
    ("engine-check", "evenhand: there is no verb engine-check; did you mean engine check?"),
    ("engine chek", "evenhand engine: there is no verb chek; did you mean engine check?"),
    ("help", "evenhand: there is no verb help; did you mean --help?"),
    ("zzz", "evenhand: there is no verb zzz; see evenhand --help"),
    ("ad.txt", "evenhand: ad.txt is a file and no verb; did you mean evenhand check ad.txt?"),
    ("--verison", "evenhand: there is no option --verison before a verb; did you mean --version?"),
    (
        "audit --outcome x.csv",
        "evenhand audit: there is no option --outcome; did you mean --outcomes?",
    ),
    (
        "audit --outcome=x.csv",
        "evenhand audit: there is no option --outcome; did you mean --outcomes?",
    ),
    ("audit -outcomes x", "evenhand audit: there is no option -outcomes; did you mean --outcomes?"),
    (
        "audit --map_out x",
        "evenhand audit: there is no option --map_out; did you mean --map-outcomes?",
    ),
    ("audit —out x", "evenhand audit: —out begins with a long dash; did you mean --out?"),
    ("audit --bananas", "evenhand audit: there is no option --bananas; see evenhand audit --help"),
    (
        "check ad.txt --format jsno",
        "evenhand check: --format jsno: write text, json, sarif or github; did you mean json?",
    ),
    (
        "check ad.txt --format pdf",
        "evenhand check: --format pdf: write text, json, sarif or github",
    ),
    (
        "rewrite ad.txt --system tunned",
        "evenhand rewrite: --system tunned: write tuned, align, best-of, prompt, random, lexicon "
        "or plain; did you mean tuned?",
    ),
    (
        "audit --out a --outcomes o.csv --fail-on Gap",
        "evenhand audit: --fail-on Gap: write below-four-fifths or gap; did you mean gap?",
    ),
    (
        "audit --out a --outcomes ad.txt --blank-is unknow",
        "--blank-is unknow: write 0 (not selected) or unknown; did you mean unknown?",
    ),
    ("tune --rollouts r --out o --set ilql.betta=2", "the configuration: ilql.betta: there is no "),
    ("audit --out a --top 0", "evenhand audit: --top 0: write a whole number, 1 or more"),
    (
        "audit --out a --seed x",
        "evenhand audit: --seed x: write a whole number from 0 to 4294967295",
    ),
    ("audit my ads.csv --out a", "evenhand audit: ads.csv is one too many; put a name with blanks"),
    ("audit --out", "evenhand audit: option '--out' requires an argument; see evenhand audit"),
    ("match", "evenhand match: JOBS is missing (ads: a table, .jsonl or a document); see evenhand"),
]


@pytest.mark.parametrize(("words", "said"), CLOSE)
def test_what_is_wrong_is_one_sentence_that_offers_what_is_close(
    evenhand, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ad.txt").write_text("Shop assistant\n\nYou serve customers.\n")
    done = evenhand(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)
    assert done.err.count("\n") == 1
    assert ("did you mean" in said) <= done.err.rstrip().endswith("?")
    assert {path.name for path in tmp_path.iterdir()} == {"ad.txt"}


def test_whole_numbers_keep_to_their_bounds():
    read = _reader(Annotated[int | None, typer.Option(min=1, max=9)])
    assert [read(word) for word in ("1", "9")] == [1, 9]
    for word in ("0", "10", "1.5", "many"):
        with pytest.raises(ValueError, match=r"^write a whole number from 1 to 9$"):
            read(word)


def test_values_are_read_as_the_annotations_say():
    words = "a.jsonl --pool p.csv --out o --top 3 --where a=b --where c=d --fail-on gap --force"
    params = parser_of("audit").make_context("evenhand audit", words.split()).params
    assert params["pool"] == Path("p.csv")
    assert (params["top"], params["least"], params["seed"]) == (3, 5, 0)
    assert params["where"] == ["a=b", "c=d"]
    assert (params["map_outcomes"], params["force"], params["as_json"]) == (None, True, False)
    assert [str(one) for one in params["fail_on"]] == ["gap"]
