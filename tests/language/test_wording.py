"""Wording rules: whom they speak of, what must not fire, and what they propose."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenhand.config.schema import GatesConfig
from evenhand.errors import BadInput
from evenhand.language.duties import has_parser
from evenhand.language.findings import KINDS, all_rules, expanded, find_wording, read_rules
from evenhand.language.gates import text_gates
from evenhand.language.rewordings import alternatives, rule_rewordings, with_article
from evenhand.language.span import Span
from evenhand.language.text import inflections


def rules_in(text: str) -> list[str]:
    return [finding.rule for finding in find_wording(text)]


PAIRS = Path(__file__).with_name("wording_pairs.txt")
MARKED = re.compile(r"\[\[(.*?)(?: > (.*?))?\]\]")


def pairs() -> list[tuple[str, str]]:
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(" | ")) for line in lines if line and line[0] != "#"]  # type: ignore[misc]


@pytest.mark.parametrize(("ours", "others"), pairs())
def test_a_word_is_found_where_it_speaks_of_the_person_and_nowhere_else(
    ours: str, others: str
) -> None:
    plain = MARKED.sub(lambda m: m[1], ours)
    wanted = [
        (m[1], None if m[2] in (None, "none") else m[2].strip()) for m in MARKED.finditer(ours)
    ]
    assert [(f.text, f.suggestion) for f in find_wording(plain)] == wanted
    assert find_wording(others) == []


def test_pairs_are_many_and_of_every_kind() -> None:
    found = [f for ours, _ in pairs() for f in find_wording(MARKED.sub(lambda m: m[1], ours))]
    assert len(pairs()) >= 150
    assert {f.kind for f in found} == {
        "gender-coded", "gendered", "age", "ableist", "culture", "jargon", "pronoun",
    }  # fmt: skip


def test_the_word_list_says_everything_about_every_rule() -> None:
    told = [rule for rule in all_rules() if rule.kind]
    assert {rule.kind for rule in told} == KINDS
    assert len({(rule.kind, rule.name) for rule in told}) >= 60
    for rule in told:
        assert rule.parts, rule
        assert rule.why, rule
        assert rule.source, rule
        assert rule.severity in {"coded", "note"}
        assert not rule.why.endswith(".")
        assert (rule.lean is not None) == (rule.kind == "gender-coded")


@pytest.mark.parametrize(
    ("list_", "fault"),
    [
        ("[[rule]]\nname = 'a'\nforms = 'b'", "rule 'a': needs a known family"),
        ("[family.f]\nkind = 'odd'\n[[rule]]\nname = 'a'", "family 'f'"),
        (
            "[family.f]\nkind = 'age'\n[[rule]]\nname = 'a'\nfamily = 'f'\nforms = 'b'\ncolour = 1",
            "rule 'a': unknown field 'colour'",
        ),
        ("[[rule]", "data/words/wording.toml"),
    ],
)
def test_a_mistake_in_a_word_list_is_said_in_one_sentence(list_: str, fault: str) -> None:
    with pytest.raises(BadInput, match=re.escape(fault)) as raised:
        read_rules(list_)
    assert "\n" not in str(raised.value)


def test_forms_are_inflected_with_their_suggestions() -> None:
    def forms(form: str, new: str) -> list[tuple[str, str | None]]:
        return list(expanded(form, new))

    assert forms("push* the envelope", "try* new things")[2] == (
        "pushing the envelope", "trying new things",
    )  # fmt: skip
    assert forms("go-getter(s)", "motivated person(s)")[1] == ("go-getters", "motivated people")
    titles = dict(forms("sales|man", "salesperson(s)"))
    assert titles["salesmen"] == titles["saleswomen"] == titles["sales men"] == "salespeople"


def test_a_suggestion_is_not_itself_flagged() -> None:
    for rule in all_rules():
        if rule.suggestion and not rule.shown:
            again = find_wording(f"You are the {rule.suggestion} here.")
            assert not [f for f in again if f.severity == "coded"], (rule.parts, rule.suggestion)


def test_every_finding_has_a_place_and_a_reason() -> None:
    text = "We need an aggressive, nurturing rockstar chairman. He/she must utilize Python."
    found = find_wording(text)
    assert [text[f.start : f.end] for f in found] == [f.text for f in found]
    assert all(f.why and not f.why.endswith(".") for f in found)
    assert {f.lean for f in found} == {"agentic", "communal", None}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We are aggressive.", "aggressive"),
        ("Dominate the market with us.", "dominate"),
        ("You are a rock-star coder.", "nickname"),
        ("You are a Rock Star coder.", "nickname"),
        ("We want a digital native.", "digital-native"),
        ("Join our young and energetic crew.", "young"),
        ("A recent graduate would fit.", "recent-graduate"),
        ("The chairman decides.", "man-titles"),
        ("Plan manpower for the shift.", "manpower"),
        ("Talk to the guys in sales.", "guys"),
        ("We do crazy things.", "crazy"),
        ("You nurture talent.", "nurturing"),
        ("You are compassionate.", "compassionate"),
        ("He/she writes well.", "paired-pronoun"),
        ("The candidate knows his trade.", "generic-he"),
        ("You will wear many hats.", "jargon"),
        ("WE WANT AGGRESSIVE PEOPLE.", "aggressive"),
    ],
)
def test_a_rule_fires(text: str, rule: str) -> None:
    assert rule in rules_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "We pay a competitive salary.",
        "Lead times and responsibilities are clear.",
        "Administer Active Directory and force majeure clauses.",
        "Join the sales force as a self-employed agent.",
        "You lead, analyse, support and respond; we depend on you.",
        "We are not aggressive and never ruthless.",
        "No rockstars, please.",
        "You will teach young people and young adults.",
        "Ernst & Young audits us.",
        "We sell warm leads to Brave.",
        "Treat patients with emotional disorders.",
        "Obsessive-compulsive disorder is treated here.",
        "The scrum master holds a master's degree.",
        "We are an equal opportunity employer regardless of age, young or mature.",
        "Our founder sold his bakery.",
        "Your decision making is logical and independent.",
    ],
)
def test_a_rule_does_not_fire(text: str) -> None:
    assert rules_in(text) == []


def test_a_token_counts_once() -> None:
    found = find_wording("We need a fiercely independent sales hunter with a killer instinct.")
    assert [f.text for f in found] == ["fiercely independent", "sales hunter", "a killer instinct"]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("You are a ninja.", "expert"),
        ("You are ninjas.", "experts"),
        ("Ninjas wanted here.", "Experts"),
        ("SALESMEN wanted here.", "SALESPEOPLE"),
        ("You thought outside the box.", "thought creatively"),
        ("We tried hard and kicked ass.", "did great work"),
    ],
)
def test_a_suggestion_agrees_in_number_form_and_case(text: str, suggestion: str) -> None:
    assert [f.suggestion for f in find_wording(text)] == [suggestion]


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("use", ("use", "uses", "using", "used")),
        ("carry out", ("carry out", "carries out", "carrying out", "carried out")),
        ("notify", ("notify", "notifies", "notifying", "notified")),
        ("begin", ("begin", "begins", "beginning", "began")),
        ("assess", ("assess", "assesses", "assessing", "assessed")),
        ("oversee", ("oversee", "oversees", "overseeing", "oversaw")),
    ],
)
def test_inflections(verb: str, forms: tuple[str, ...]) -> None:
    assert inflections(verb) == forms


def test_articles_fit_the_word_after_them() -> None:
    assert with_article("a editor and an map, A hour, an unit, a MBA") == (
        "an editor and a map, An hour, a unit, a MBA"
    )


SPANS = (
    "We are looking for an aggressive salesman to join our young team.",
    "You will be responsible for managing and training new clerks.",
    "Conduct interviews with patients in order to collect information about their needs.",
    "Utilizing spreadsheets to track the expenses of the studio.",
    "We're a team of patient people who would love to work with weavers every day.",
    "Assist with the preparation of monthly statements, such as invoices and receipts.",
    "Ensure that files are kept in accordance with the rules of the archive.",
)


@pytest.mark.parametrize("text", SPANS)
def test_proposals_pass_every_gate_and_differ(text: str) -> None:
    span = Span(0, len(text), text, "sentence")
    found = rule_rewordings(span)
    assert len(found) >= 2
    assert len({after for after, _ in found}) == len(found)
    for after, rule in found:
        verdicts = [gate(text, span, after) for gate in text_gates(GatesConfig())]
        assert all(verdict.passed for verdict in verdicts), (after, rule)


def test_suggestions_come_singly_and_together() -> None:
    text = SPANS[0]
    proposals = dict(rule_rewordings(Span(0, len(text), text, "sentence")))
    single = "We are looking for an aggressive salesperson to join our young team."
    assert proposals[single] == "man-titles"
    two = "The salesman will wear many hats."
    both = dict(rule_rewordings(Span(0, len(two), two, "duty")))
    assert both["The salesperson will take on many roles."] == "all wording rules"


@pytest.mark.skipif(not has_parser(), reason="needs the extra grammar")
def test_frames_of_a_duty() -> None:
    text = "Review the contracts with vendors and record the changes."
    proposals = [after for after, _ in rule_rewordings(Span(0, len(text), text, "duty"))]
    assert "You will review the contracts with vendors and record the changes." in proposals


@pytest.mark.parametrize(
    "text",
    [
        "Hiring good people is our first task.",
        "Looking for someone who can draw.",
        "Our maps are printed in Porto.",
    ],
)
def test_no_frame_where_the_grammar_does_not_allow_it(text: str) -> None:
    proposals = [after for after, _ in rule_rewordings(Span(0, len(text), text, "sentence"))]
    assert not [after for after in proposals if after.startswith(("You will", "Hire", "Look "))]


def test_at_most_as_many_as_asked() -> None:
    text = SPANS[2]
    span = Span(0, len(text), text, "duty")
    assert rule_rewordings(span, 2) == rule_rewordings(span)[:2]


@pytest.mark.parametrize("opening", ["We are seeking", "We're seeking", "We want", "We need"])
def test_what_asks_for_a_thing_is_not_put_before_to(opening: str) -> None:
    text = f"{opening} to bring better tools to schools."
    span = Span(0, len(text), text, "sentence")
    found = [after for after, _ in alternatives(text, span, text_gates(GatesConfig()))]
    assert not [after for after in found if re.search(r"\b(for|find|seeks?) to\b", after)]


def test_findings_need_no_language_library_and_no_model() -> None:
    code = (
        "import sys; from evenhand.language.findings import find_wording as f;"
        "assert f('We want ninjas.');"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " {'spacy', 'simplemma', 'numpy', 'pydantic', 'torch'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "unit", ["young, ", "aggressive ", "he ", "not ", "a ninja and ", "(", "-x", "the manager "]
)
def test_the_work_grows_with_the_length_and_no_faster(unit: str) -> None:
    def spent(times: int) -> float:
        return min(spent_once(times + more) for more in range(3))  # what else ran at that moment

    def spent_once(times: int) -> float:
        start = time.process_time()
        find_wording(unit * times, shown=True)
        return time.process_time() - start

    spent(100)
    assert spent(16_000) < 10 * max(spent(4_001), 0.05)


def test_a_driving_licence_is_a_question_only_where_nothing_is_driven() -> None:
    asked = find_wording("Clerk\n\nYou file letters. A driving licence is required.", shown=True)
    assert [(f.text, f.severity) for f in asked] == [("driving licence", "note")]
    assert asked[0].decision
    driver = "Courier\n\nYou deliver by van. A driving licence is required."
    assert find_wording(driver, shown=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "You never want for tea, and we look for an aggressive seller.",
        "You need no degree, just an aggressive seller's nerve and gravitas.",
        "Not only are you ambitious: you write well.",
        "If you are not a ninja, move on.",
        "No degree is needed for this ambitious trainee post, as you are ambitious.",
    ],
)
def test_a_negation_reaches_no_further_than_its_clause(text: str) -> None:
    assert find_wording(text)


@pytest.mark.parametrize(
    "text",
    [
        "We don't want a team of rockstars, gurus or ninjas.",
        "There is no room for aggressive salespeople.",
        "We hire without any young and energetic clichés.",
        "Rockstars need not apply.",
        "We would rather hire calm people than rockstars, rather than ninjas.",
        "We won't hire anybody who is aggressive.",
    ],
)
def test_a_negation_reaches_the_whole_list(text: str) -> None:
    assert find_wording(text) == []


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("The manager leads the store. He must hire staff. His team is calm.",
         ["They must", "Their"]),
        ("You report to the head of sales. He will coach you.", []),
        ("The nurse helps a patient. He is ill.", []),
        ("We look for someone who teaches my son. He is seven.", []),
        ("Our founder, Ida Hill, began in 1999. She still bakes.", []),
        ("Reporting to the CFO, the controller prepares accounts. She keeps the ledger.",
         ["They keep"]),
    ],
)  # fmt: skip
def test_a_pronoun_follows_the_last_subject(text: str, suggestions: list[str]) -> None:
    assert [f.suggestion for f in find_wording(text) if f.kind == "pronoun"] == suggestions


@pytest.mark.parametrize(
    "text",
    [
        "You test APIs with Courier and build with Ninja. Jedi Foods and Foreman Grills buy it.",
        "Gladly we join Rockstar Energy and Guru Labs.",
        "You report to the Treasurer General.",
        "Our Old School Diner serves pies.",
        "We gain near-native speed in the browser.",
        "You support children with additional needs.",
    ],
)
def test_names_and_terms_of_art_are_no_findings(text: str) -> None:
    assert find_wording(text, shown=True) == []


def test_a_capital_at_the_head_of_a_bullet_is_no_name() -> None:
    found = find_wording("You are:\n- Ambitious and calm\n- Aggressive, quick and fair\n- Bubbly")
    assert [f.text for f in found] == ["Ambitious", "Aggressive", "Bubbly"]
