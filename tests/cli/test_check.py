"""check: what is found, for people and programs; own rules, remarks, other languages, bad files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.language import check as checking
from evenhand.language.check import OwnRules, OwnWord, check
from evenhand.language.span import Finding

from ..ads_of_every_kind import FILES, PLAIN

AD = (
    "Baker\n\nYou are a rockstar who will dominate the market.\n"
    "Wir suchen einen jungen Bäcker für unser Team in der Stadt.\n"
)
SHORT = "Sales ninja"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ad.txt").write_text(AD)
    return tmp_path


def test_everything_found_is_said_with_its_place_and_a_reason(evenhand):
    found = evenhand("check", "ad.txt")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("ad.txt:3:11: “rockstar”: coded wording, culture\n    why: ")
    assert "    instead: “expert”" in found.out
    assert "ad.txt:3:29: “dominate" in found.out
    assert "line 4 (“Wir suchen einen jungen …”) is not in English (German)" in found.out
    assert found.out.splitlines()[-1].startswith("2 findings in 1 ad: 2 coded wording")
    assert not {"score", "neutral", "compliant"} & set(found.out.lower().split())


def test_nothing_found_promises_nothing(evenhand, folder):
    (folder / "b.md").write_text("Baker wanted for our shop. You bake bread at night.\n")
    found = evenhand("check", "b.md", "--fail-on", "coded")
    assert found.code == 0
    assert found.out.count("\n") == 1
    assert found.out.startswith("The rules found nothing in 1 ad")


def test_the_code_tells_what_was_found(evenhand, monkeypatch):
    assert evenhand("check", "ad.txt", "--fail-on", "coded").code == 3
    assert evenhand("check", "ad.txt", "--fail-on", "discrimination").code == 0
    grave = Finding(0, 5, "Baker", "r", "sex", None, None, "asks", "discrimination", "Law", "Sure?")
    monkeypatch.setattr(checking, "find_discrimination", lambda text: [grave])
    checking._check.cache_clear()
    found = evenhand("check", "ad.txt", "--fail-on", "coded")
    checking._check.cache_clear()
    assert found.code == 3
    assert "ad.txt:1:1: “Baker”: direct discrimination, sex\n    why: asks (Law)\n" in found.out
    assert "    needs you: Sure?" in found.out


def test_discrimination_wins_where_both_find_something(monkeypatch):
    text = "You are a rockstar."
    grave = Finding(4, 18, text[4:18], "r", "age", None, None, "asks", "discrimination")
    monkeypatch.setattr(checking, "find_discrimination", lambda _: [grave])
    checking._check.cache_clear()
    assert check(text) == [grave]
    checking._check.cache_clear()


def test_programs_get_the_same(evenhand, folder):
    (folder / "of, ads").mkdir()
    (folder / "of, ads" / "a b.html").write_bytes(FILES["ad.html"])
    plain = json.loads(evenhand("check", "ad.txt", "of, ads", "--format", "json").out)
    assert plain["format"] == 1
    assert [ad["file"] for ad in plain["ads"]] == ["ad.txt", "of, ads/a b.html"]
    first = plain["ads"][0]["findings"][0]
    keys = "line column end_line end_column start end text severity family lean rule why source"
    assert set(first) == {*keys.split(), "suggestion", "decision"}
    assert (first["line"], first["column"], first["end_column"]) == (3, 11, 19)
    assert json.loads(evenhand("check", "ad.txt", "of, ads", "--json").out) == plain
    sarif = json.loads(evenhand("check", "ad.txt", "of, ads", "--format", "sarif").out)
    (run,) = sarif["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert sarif["version"] == "2.1.0"
    assert len(rules) == len({*rules})
    assert len(run["results"]) == sum(len(ad["findings"]) for ad in plain["ads"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (place,) = result["locations"]
        region = place["physicalLocation"]["region"]
        assert min(region.values()) >= 1
        assert (region["startLine"], region["startColumn"]) < (
            region["endLine"],
            region["endColumn"],
        )
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    }
    assert uris == {"ad.txt", "of%2C%20ads/a%20b.html"}
    lines = evenhand("check", "of, ads", "--format", "github").out.splitlines()
    assert lines[0].startswith("::warning file=of%2C ads/a b.html,line=2,endLine=2,col=")
    assert all(line.startswith(("::warning ", "::notice ", "::error ")) for line in lines)


def test_own_rules_are_read_and_unknown_ones_refused(evenhand, folder):
    config = folder / "evenhand.toml"
    config.write_text(
        '[check]\nallow = ["Rock-Star", "rockstar", "dominate"]\nfail_on = ["coded"]\n'
        '[[check.words]]\nwords = "the market"\nsuggestion = "the trade"\nwhy = "we say trade"\n'
    )
    found = evenhand("check", "ad.txt")
    assert found.code == 3
    assert "“the market”: coded wording, your own list\n    why: we say trade" in found.out
    assert "rockstar" not in found.out
    for wrong, said in {
        "[check]\nalow = []": "[check]: there is no setting 'alow'",
        "[check]\nallow = 'a'": "check.allow must be a list",
        "[check]\nfail_on = 'note'": "'note' is none of discrimination, coded",
        "[[check.words]]\nword = 'a'": "check.words: there is no setting 'word'",
        "[check": "isn't valid TOML",
    }.items():
        config.write_text(wrong)
        found = evenhand("check", "ad.txt")
        assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
        assert f"evenhand.toml: {said}" in found.err.replace("check.fail_on: ", "")
    assert evenhand("check", "ad.txt", "--config", "none.toml").code == 2


def test_own_words_are_found_whatever_their_case_and_spaces():
    own = OwnRules(words=(OwnWord("shop floor"),))
    assert [f.text for f in check("The Shop  floor, a shop-floor.", own)] == [
        "Shop  floor",
        "shop-floor",
    ]


@pytest.mark.parametrize("name", ["ad.md", "ad.html", "ad.txt"])
def test_remarks_hide_a_line_or_a_file_and_are_counted(evenhand, folder, name):
    path = folder / name
    lines = ["<p>Be a ninja.</p>", "<!-- evenhand: ignore -->", "<p>Be a rockstar.</p>"]
    path.write_text("\n\n".join(lines))
    found = evenhand("check", name)
    assert "ninja" in found.out
    assert "rockstar" not in found.out
    assert "1 finding was passed over, as remarks in the files ask" in found.out
    path.write_text("\n\n".join([*lines, "<!-- evenhand: ignore-file -->"]))
    assert "2 findings were passed over" in evenhand("check", name).out


def test_a_bad_file_keeps_no_other_from_being_checked(evenhand, folder):
    (folder / "bad.txt").write_bytes(b"fine\n\xff\n")
    (folder / "ads.jsonl").write_text(
        '{"id": "1", "text": "Be a coding ninja, please."}\nnonsense\n'
    )
    (folder / "package.json").write_text('{"name": "x"}')
    (folder / ".hidden.txt").write_text("ninja")
    found = evenhand("check", ".")
    assert found.code == 2
    assert "bad.txt:2: is not UTF-8" in found.err
    assert "ads.jsonl:2: is not valid JSON" in found.err
    assert found.err.count("\n") == 2
    assert "ads.jsonl:1:" in found.out
    assert "ad.txt:3:11" in found.out
    assert "hidden" not in found.out


def test_several_ads_are_named(evenhand, folder):
    rows = [{"id": name, "text": AD} for name in ("a", "b")]
    (folder / "ads.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = evenhand("check", "ads.jsonl")
    assert "ads.jsonl:2:41 (ad b): “rockstar”" in found.out
    assert "ads.jsonl, ad a: line 1 (“Wir suchen einen jungen …”) is not" in found.out


def test_standard_input_and_few_words(folder):
    for given, said in ((PLAIN, "standard input:3:11: “rockstar”"), (SHORT, "the ad has 2 words")):
        done = subprocess.run(
            [sys.executable, "-m", "evenhand", "check", "-"],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout


FOREIGN = {
    "German": "Wir suchen eine Köchin für unser Haus. Sie arbeiten mit uns und für die Gäste.",
    "French": "Nous recherchons un boulanger pour notre équipe. Vous aimez le pain et les gens.",
    "Spanish": "Buscamos una persona para el equipo de la tienda, con experiencia en ventas.",
    "Dutch": "Wij zoeken een bakker voor onze winkel. Je werkt met het team aan de oven.",
    "Italian": "Cerchiamo una persona per il nostro negozio, con esperienza nelle vendite.",
    "Polish": "Szukamy osoby do pracy w sklepie, która jest miła dla klientów oraz lubi chleb.",
    "Swedish": "Vi söker en bagare till vår butik som är van att arbeta på natten med oss.",
    "Russian or another language in Cyrillic letters": "Мы ищем пекаря для нашей пекарни.",
    "Japanese": "パンやのスタッフをさがしています。",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_get_one_sentence_from_every_verb(evenhand, folder, language):
    (folder / "other.txt").write_text(FOREIGN[language] + " rockstar ninja\n")
    sentence = f"other.txt: is not in English (it reads as {language}); the rules read English only"
    for words in (("check",), ("rewrite", "--system", "lexicon")):
        found = evenhand(words[0], "other.txt", *words[1:])
        assert found.code == 0
        assert sentence in found.out + found.err
        assert "ninja”" not in found.out
        assert "found nothing" not in found.out


def test_tables_in_other_languages_are_named_ad_by_ad(evenhand, folder):
    rows = [{"id": name[:2], "text": text} for name, text in FOREIGN.items()]
    rows.append({"id": "en", "text": AD})
    (folder / "ads.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = evenhand("audit", "ads.jsonl", "--out", "o")
    assert "ads.jsonl, ad Ge: is not in English (it reads as German)" in found.out
    table = (folder / "o" / "tables" / "words.csv").read_text()
    assert table.splitlines()[0].startswith("words,severity,kind,lean,ads,times,suggestion")
    assert "\nrockstar,coded,culture,,1,1,expert,,en" in table
    assert "rockstar" in (folder / "o" / "audit.html").read_text()


ENGLISH = (
    "Offices in San Diego, Los Angeles, El Paso and Las Vegas.",
    "Los Angeles, El Paso, Las Vegas, San Jose, La Jolla",
    "Maître d' at Café de la Paix; savoir-faire and a je ne sais quoi",
    "Die casting operator, night shift. Must die-cut parts.",
    "Van der Berg & Söhne: SQL, Python, Java, C++",
)


@pytest.mark.parametrize("line", ENGLISH)
def test_names_and_loans_make_no_other_language(line):
    text = (
        f"We are hiring a cook for the new place in town.\n{line}\nYou will be a ninja with us.\n"
    )
    assert "ninja" in [finding.text for finding in check(text)]
    assert not checking.check_ad("ad", text).notes


def test_an_audit_of_one_ad_says_everything_first(evenhand):
    found = evenhand("audit", "ad.txt", "--out", "o")
    assert found.out.startswith("ad.txt:3:11: “rockstar”")
    assert found.out.endswith("written to o\n")


@pytest.mark.parametrize("name", ["ad.docx", "ad.html", "ad.md", "Lever.json"])
def test_a_rewritten_ad_comes_out_as_it_came_in(evenhand, folder, name):
    (folder / name).write_bytes(FILES[name])
    out = folder / f"new{Path(name).suffix}"
    found = evenhand("rewrite", name, "--system", "lexicon", "--out", out)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"{name}:")
    assert f"1 of 1 ads changed: {out}" in found.out
    again = evenhand("check", out).out
    assert "rockstar" not in again
    assert evenhand("rewrite", name, "--system", "lexicon", "--out", "new.txt").code == 0
    assert "rockstar" not in (folder / "new.txt").read_text()
    refused = evenhand("rewrite", name, "--system", "lexicon", "--out", "new.pdf")
    assert (refused.code, refused.out) == (2, "")
    assert "can't be written as .pdf" in refused.err


def test_many_ads_come_out_as_lines_alone(evenhand, folder):
    (folder / "ads.jsonl").write_text(json.dumps({"id": "a", "text": AD}) + "\n")
    found = evenhand("rewrite", "ads.jsonl", "--system", "lexicon", "--out", "new.docx")
    assert found.code == 2
    assert (
        "are written into one file, a JSON line an ad; name a file that ends in .jsonl" in found.err
    )


@pytest.mark.parametrize("out", ["new", "sub"])
def test_a_folder_for_many_ads_is_told_what_is_written_where(evenhand, folder, out):
    (folder / "sub").mkdir()
    (folder / "ads.jsonl").write_text(json.dumps({"id": "a", "text": AD}) + "\n")
    found = evenhand("rewrite", "ads.jsonl", "--out", out)
    assert found.code == 2
    assert (
        "are written into one file, a JSON line an ad; name a file that ends in .jsonl" in found.err
    )


def test_a_file_that_is_named_twice_is_read_once(evenhand, folder):
    once = evenhand("check", "ad.txt")
    assert evenhand("check", "ad.txt", "./ad.txt", str(folder / "ad.txt")) == once
    (folder / "sub").mkdir()
    (folder / "sub" / "x.txt").write_text(AD)
    assert evenhand("check", "sub", "sub/x.txt") == evenhand("check", "sub")


@pytest.mark.parametrize("words", ["--format github --json", "--json --format=sarif",
                                   "--json --format text"])  # fmt: skip
def test_two_formats_contradict_each_other(evenhand, folder, words):
    found = evenhand("check", "ad.txt", *words.split())
    assert (found.code, found.out) == (2, "")
    assert "contradict each other; leave one of them out" in found.err
    agreed = evenhand("check", "ad.txt", "--json", "--format", "json")
    assert agreed == evenhand("check", "ad.txt", "--json")


@pytest.mark.parametrize("name", ["gone", "gone.xyz", "gone.txt", "gone.csv"])
def test_a_file_that_is_not_there_is_said_to_be_so(evenhand, folder, name):
    for words in (["check", name], ["audit", name, "--out", "a"], ["rewrite", name],
                  ["audit", "--outcomes", name, "--out", "a"]):  # fmt: skip
        found = evenhand(*words)
        assert (found.code, found.err) == (2, f"{name}: no such file; check the path\n")


def test_check_loads_nothing_heavy(folder):
    program = (
        "import sys; sys.argv = ['evenhand', 'check', 'ad.txt']\n"
        "from evenhand.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'pydantic', 'typer', 'rich', 'spacy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_full_parser_runs_the_same(evenhand, folder):
    plain = evenhand("check", "ad.txt", "--fail-on=coded", "--format=json")
    full = evenhand("check", "--", "ad.txt")  # what only the full parser takes
    assert plain.code == 3
    assert json.loads(plain.out)["ads"][0]["file"] == "ad.txt"
    assert full.out == evenhand("check", "ad.txt").out
    for wrong in (["--format", "xml", "ad.txt"], ["--fail-on", "note", "ad.txt"], ["--x"], []):
        found = evenhand("check", *wrong)
        assert (found.code, found.out) == (2, "")
        assert found.err
