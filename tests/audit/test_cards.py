import pytest

from evenhand.report import STATEMENTS, Licence, RunFacts, data_card, model_card


def run(**changes: object) -> RunFacts:
    facts = {
        "name": "spring",
        "base_model": "smollm2-135m-instruct",
        "engine": "dense all-minilm-l6-v2",
        "attributes": ("gender", "age_band"),
        "version": "0.1.0",
        "seed": 7,
        "digests": {"pool": "abc123", "config": "def456"},
        "sizes": {"ads": 64, "rollouts": 12345},
        "metrics": {"reliability, nursing": "0.71 (0.55 to 0.82)"},
        "abstained": {"surveying": "needs 30 more people"},
    }
    return RunFacts(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("card", [model_card, data_card])
def test_cards_name_data_digests_and_licences(card):  # type: ignore[no-untyped-def]
    text = card(run())
    for said in (
        "spring",
        "abc123",
        "def456",
        "12,345",
        "dense all-minilm-l6-v2",
        "gender, age_band",
    ):
        assert said in text
    assert "SmolLM2-135M-Instruct (Hugging Face TB): Apache-2.0" in text
    assert "all-MiniLM-L6-v2 (sentence-transformers): Apache-2.0" in text
    assert text.endswith("\n")
    assert text.startswith("# ")


def test_the_model_card_of_a_run_without_alignment_claims_no_adapters():  # type: ignore[no-untyped-def]
    assert "Adapters and value heads on smollm2" in model_card(run())
    text = model_card(run(sizes={"ads": 64, "examples": 0}))
    assert "\nValue heads on smollm2" in text
    assert "Adapters" not in text


def test_the_model_card_says_what_it_is_not_for_and_its_limits():
    text = model_card(run())
    assert "## Not for" in text
    assert "0.71 (0.55 to 0.82)" in text
    assert "needs 30 more people" in text
    for statement in STATEMENTS:
        assert statement.text in text


def test_synthetic_data_is_said_to_be_so():
    assert "**synthetic**" in model_card(run(synthetic=True))
    assert "**synthetic**" in data_card(run(synthetic=True))
    assert "synthetic" not in model_card(run())


def test_own_parts_replace_the_bundled_ones():
    text = model_card(run(licences=(Licence("Other-1B", "MIT", "base language model"),)))
    assert "Other-1B: MIT" in text
    assert "SmolLM2" not in text.split("## Licences")[1]


def test_a_value_cannot_end_its_cell():
    text = data_card(run(digests={"pool": "a|b\nc"}))
    assert "| pool | a\\|b c |" in text
