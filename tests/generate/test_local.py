"""LocalGenerator draws from the model's own distribution, prompt by prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency, chisquare
from torch import Tensor

from evenhand.errors import BadInput
from evenhand.generate.draw import LocalGenerator, nucleus
from evenhand.generate.model import load_language_model
from evenhand.generate.protocol import Completion, Generator, SamplerSettings
from evenhand.generate.regulator import Regulator

PREFIX = tuple(range(30, 50))
PROMPTS = [(*PREFIX, *range(100, 100 + size)) for size in (3, 9, 1, 5, 2, 7, 4)]
SETTINGS = SamplerSettings(samples=5, temperature=1.3, top_p=0.97, max_new_tokens=24, seed=7)


@pytest.fixture(scope="module")
def generator(tiny: Path) -> LocalGenerator:
    return LocalGenerator(tiny, "float32")


@pytest.fixture(scope="module")
def drawn(generator: LocalGenerator) -> list[list[Completion]]:
    return generator.sample(PROMPTS, SETTINGS)


def flat(rows: list[list[Any]]) -> list[Any]:
    return [one for row in rows for one in row]


def tokens(completions: list[list[Completion]]) -> list[list[tuple[int, ...]]]:
    return [[completion.token_ids for completion in row] for row in completions]


def test_it_is_a_generator(generator: LocalGenerator, drawn: list[list[Completion]]) -> None:
    as_protocol: Generator = generator
    assert as_protocol.sample([], SETTINGS) == []
    assert [len(row) for row in drawn] == [5] * len(PROMPTS)
    assert len({ids for row in tokens(drawn) for ids in row}) > 30


def test_same_seed_same_samples(
    tiny: Path, generator: LocalGenerator, drawn: list[list[Completion]]
) -> None:
    assert generator.sample(PROMPTS, SETTINGS) == drawn
    assert LocalGenerator(tiny, "float32").sample(PROMPTS, SETTINGS) == drawn
    other = SamplerSettings(samples=5, temperature=1.3, top_p=0.97, max_new_tokens=24, seed=8)
    assert tokens(generator.sample(PROMPTS, other)) != tokens(drawn)


def test_fewer_samples_are_the_first_of_more(
    generator: LocalGenerator, drawn: list[list[Completion]]
) -> None:
    fewer = SamplerSettings(samples=2, temperature=1.3, top_p=0.97, max_new_tokens=24, seed=7)
    assert tokens(generator.sample(PROMPTS, fewer)) == [row[:2] for row in tokens(drawn)]


@pytest.mark.parametrize("order", [[0], [3, 1], [6, 5, 4, 3, 2, 1, 0], [2, 2]])
def test_a_prompt_doesnt_depend_on_the_others(
    generator: LocalGenerator, drawn: list[list[Completion]], order: list[int]
) -> None:
    found = generator.sample([PROMPTS[place] for place in order], SETTINGS)
    assert tokens(found) == [tokens(drawn)[place] for place in order]


@pytest.mark.parametrize(("rows", "prefix"), [(1, ()), (4, PREFIX), (11, PREFIX[:3]), (64, (1, 2))])
def test_batching_changes_nothing(
    tiny: Path, drawn: list[list[Completion]], rows: int, prefix: tuple[int, ...]
) -> None:
    other = LocalGenerator(tiny, "float32", rows=rows, shared_prefix=prefix)
    found = other.sample(PROMPTS, SETTINGS)
    assert tokens(found) == tokens(drawn)
    for got, wanted in zip(flat(found), flat(drawn), strict=True):
        assert got.logprob == pytest.approx(wanted.logprob, abs=1e-3)


def test_bfloat16_mostly_agrees_with_itself(tiny: Path) -> None:
    small = LocalGenerator(tiny, "bfloat16", rows=3).sample(PROMPTS, SETTINGS)
    large = LocalGenerator(tiny, "bfloat16", rows=64).sample(PROMPTS, SETTINGS)
    first = [(a[:4], b[:4]) for a, b in zip(flat(tokens(small)), flat(tokens(large)), strict=True)]
    assert sum(a == b for a, b in first) >= 0.8 * len(first)


def test_text_and_its_tokens_are_one_prompt(generator: LocalGenerator) -> None:
    text = "<|im_start|>user\nthe city<|im_end|>\n"
    ids = generator.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert generator.sample([text], SETTINGS) == generator.sample([ids], SETTINGS)


@pytest.mark.parametrize("prompt", ["", ()])
def test_an_empty_prompt_is_refused(
    generator: LocalGenerator, prompt: str | tuple[int, ...]
) -> None:
    with pytest.raises(BadInput, match="empty"):
        generator.sample([PROMPTS[0], prompt], SETTINGS)


def test_a_prompt_beyond_the_models_reach_is_refused(generator: LocalGenerator) -> None:
    with pytest.raises(BadInput, match=r"1025 tokens .* reads 1024"):
        generator.sample([[5] * 1001], SETTINGS)


def test_completions_end_where_they_should(
    generator: LocalGenerator, drawn: list[list[Completion]]
) -> None:
    end = generator.tokenizer.eos_token_id
    kinds = set()
    for completion in flat(drawn):
        ids = completion.token_ids
        text = generator.tokenizer.decode(ids, skip_special_tokens=True)
        stopped, ended = "\n" in text, ids[-1] == end
        assert "\n" not in generator.tokenizer.decode(ids[:-1])
        assert end not in ids[:-1]
        assert completion.finished == (stopped or ended)
        assert completion.finished or len(ids) == 24
        assert completion.text == text.split("\n")[0].strip()
        kinds.add((stopped, ended))
    assert len(kinds) == 3


def test_a_stop_string_over_several_tokens(generator: LocalGenerator, drawn: list) -> None:
    text = max((completion.text for completion in flat(drawn)), key=len)
    stop = next(
        text[at : at + 2] for at in range(3, len(text)) if "\ufffd" not in text[at : at + 2]
    )
    settings = SamplerSettings(5, 1.3, 0.97, 24, ("\n", stop), 7)
    found = flat(generator.sample(PROMPTS, settings))
    assert all(stop not in completion.text for completion in found)
    assert all(text.startswith(c.text) for c in found if c.text and text.startswith(c.text[:3]))
    cut = [c for c, whole in zip(found, flat(drawn), strict=True) if stop in whole.text]
    assert cut
    assert all(completion.finished for completion in cut)


def test_logprob_is_that_of_the_plain_model(tiny: Path, drawn: list[list[Completion]]) -> None:
    model, _ = load_language_model(tiny)
    for prompt, row in zip(PROMPTS, drawn, strict=True):
        for completion in row:
            ids = torch.tensor([[*prompt, *completion.token_ids]])
            with torch.inference_mode():
                logprobs = model(ids).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
            wanted = logprobs.gather(1, ids[0, len(prompt) :, None]).sum().item()
            assert completion.logprob == pytest.approx(wanted, abs=2e-3)


def test_first_tokens_have_the_models_distribution(tiny: Path, generator: LocalGenerator) -> None:
    model, _ = load_language_model(tiny)
    settings = SamplerSettings(samples=3000, temperature=0.7, top_p=0.9, max_new_tokens=1)
    found = generator.sample([PROMPTS[1]], settings)[0]
    with torch.inference_mode():
        logits = model(torch.tensor([PROMPTS[1]])).logits[0, -1]
    hot = (logits / 0.7).softmax(-1).numpy()
    ids, mass = nucleus(hot, 0.9)
    counts = np.bincount([c.token_ids[0] for c in found], minlength=len(hot))
    assert counts.sum() == counts[ids].sum()
    wanted = hot[ids] / mass[-1] * 3000
    assert wanted.min() >= 5
    assert chisquare(counts[ids], wanted, sum_check=False).pvalue > 0.01


def test_second_tokens_are_distributed_as_by_generate(
    tiny: Path, generator: LocalGenerator
) -> None:
    count = 1500
    settings = SamplerSettings(samples=count, temperature=0.6, top_p=0.8, max_new_tokens=2)
    ours = [c.token_ids[-1] for c in generator.sample([PROMPTS[0]], settings)[0]]
    model, _ = load_language_model(tiny)
    torch.manual_seed(0)
    ids = torch.tensor([PROMPTS[0]])
    made = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=0.6,
        top_p=0.8,
        top_k=0,
        max_new_tokens=2,
        num_return_sequences=count,
    )
    end, pad = generator.tokenizer.eos_token_id, generator.tokenizer.pad_token_id
    theirs = [end if row[-1] == pad else int(row[-1]) for row in made]
    frequent = [t for t in set(ours + theirs) if ours.count(t) + theirs.count(t) >= 20]
    table = [[row.count(t) for t in frequent] for row in (ours, theirs)]
    for counts in table:
        counts.append(count - sum(counts))
    assert len(frequent) > 5
    assert chi2_contingency(np.array(table) + 1).pvalue > 0.01


class Forcing(Regulator):
    """Wants one token, whatever the state."""

    def __init__(self, token: int) -> None:
        super().__init__()
        self.register_buffer("token", torch.tensor(token))

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        return 100.0 * (top_ids == self.token).float()


class Repeating(Regulator):
    """Wants the token that was read four tokens ago, and nothing once there is none."""

    @property
    def reads_context(self) -> bool:
        return True

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        assert context is not None
        rows = [[token for token in row if token >= 0] for row in context.tolist()]
        wanted = torch.tensor([row[-4] if len(row) > 3 else 0 for row in rows])
        return 100.0 * (top_ids == wanted[:, None]).float()


@pytest.fixture
def steerable(tiny: Path) -> LocalGenerator:
    return LocalGenerator(tiny, "float32")


def test_a_regulator_steers(steerable: LocalGenerator, drawn: list[list[Completion]]) -> None:
    plain = steerable.digest
    steerable.steer(Forcing(77), full_vocabulary=True)
    forced = steerable.sample(PROMPTS, SETTINGS)
    assert {token for row in tokens(forced) for ids in row for token in ids} == {77}
    assert forced[0][0].logprob == pytest.approx(0.0, abs=1e-3)
    assert steerable.digest != plain
    steerable.steer(Forcing(77), beta=0.0)
    assert steerable.sample(PROMPTS, SETTINGS) == drawn
    steerable.steer(None)
    assert steerable.digest == plain
    assert steerable.sample(PROMPTS, SETTINGS) == drawn


def test_a_regulator_is_told_what_each_row_has_read(steerable: LocalGenerator) -> None:
    steerable.steer(Repeating(), full_vocabulary=True)
    made = tokens(steerable.sample(PROMPTS, SETTINGS))
    for prompt, samples in zip(PROMPTS, made, strict=True):
        for sample in samples:
            whole = (*prompt, *sample)
            assert all(whole[at] == whole[at - 4] for at in range(len(prompt), len(whole)))
    one = SamplerSettings(samples=1, max_new_tokens=8)
    listed = [[(*prompt[-4:], 5), (9, 8, 7)] for prompt in PROMPTS]
    chosen = tokens(steerable.choose(PROMPTS, listed, one))
    assert [row[0] for row in chosen] == [row[0] for row in listed]


def test_a_regulator_can_be_there_from_the_start(tiny: Path) -> None:
    steered = LocalGenerator(tiny, "float32", Forcing(78))
    other = LocalGenerator(tiny, "float32", Forcing(79))
    assert steered.digest != other.digest


@pytest.mark.slow
def test_smollm_goes_on_as_generate_does(smollm: Path) -> None:
    generator = LocalGenerator(smollm, "float32")
    settings = SamplerSettings(samples=1, temperature=1e-3, max_new_tokens=12)
    prompts = [
        "<|im_start|>user\nName the capital of France.<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>user\nName the capital of Italy, please.<|im_end|>\n<|im_start|>assistant\n",
    ]
    ours = generator.sample(prompts, settings)
    model, tokenizer = load_language_model(smollm)
    for prompt, (completion,) in zip(prompts, ours, strict=True):
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        made = model.generate(**inputs, do_sample=False, max_new_tokens=12)
        theirs = made[0, inputs["input_ids"].shape[1] :].tolist()
        assert list(completion.token_ids) == theirs[: len(completion.token_ids)]
    assert "Paris" in ours[0][0].text
    assert "Rome" in ours[1][0].text
