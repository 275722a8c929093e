"""Cached states equal a plain forward pass, whatever stands beside them; caching resumes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evenhand.align import ilql as states_module
from evenhand.align.ilql import Episode, cache_states, states_of
from evenhand.errors import ModelError, StorageError
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.model import load_language_model
from evenhand.generate.prefix import prefixed as opened
from evenhand.generate.protocol import SamplerSettings

PROMPT = (5, 9, 40, 41)
ANSWERS = [(7, 8, 2), (90, 2), (11, 12, 13, 14, 15, 2)]


@pytest.fixture(scope="module")
def model(tiny_model_dir):
    return load_language_model(tiny_model_dir)[0]


@pytest.fixture(scope="module")
def prefixed(tiny_model_dir):
    return opened(load_language_model(tiny_model_dir)[0])


def episodes() -> list[Episode]:
    other = (5, 9, 77)
    return [*(Episode(PROMPT, a) for a in ANSWERS), *(Episode(other, a) for a in ANSWERS[::-1])]


def plain_states(model, prompt, answer):
    """One row, no cache, no padding."""
    with torch.inference_mode():
        ids = torch.tensor([[*prompt, *answer]])
        hidden = model.model(input_ids=ids).last_hidden_state[0]
        logits = model(input_ids=ids).logits[0]
    first, end = len(prompt) - 1, len(prompt) + len(answer) - 1
    return hidden[first:end].numpy(), logits[first:end]


def computed(prefixed, episodes, shared=0):
    prefixed.share(episodes[0].prompt[:shared])
    return states_of(prefixed, shared, episodes, top_k=4)


@pytest.mark.parametrize("shared", [0, 2, 3])
def test_states_equal_a_plain_forward_pass(model, prefixed, shared):
    found = computed(prefixed, [Episode(PROMPT, answer) for answer in ANSWERS], shared)
    for answer, (hidden, ids) in zip(ANSWERS, found, strict=True):
        wanted, logits = plain_states(model, PROMPT, answer)
        np.testing.assert_allclose(hidden, wanted, atol=1e-5)
        assert ids.tolist() == logits.topk(4).indices.tolist()


def test_a_prompt_of_one_token_has_states(model, prefixed):
    ((hidden, _),) = computed(prefixed, [Episode((5,), ANSWERS[0])])
    np.testing.assert_allclose(hidden, plain_states(model, (5,), ANSWERS[0])[0], atol=1e-5)


def test_states_are_those_that_samples_were_drawn_from(tiny_model_dir, prefixed):
    """The generator's own log-probabilities come out again from states and taken tokens."""
    generator = LocalGenerator(tiny_model_dir, "float32")
    settings = SamplerSettings(samples=5, max_new_tokens=9, stop=())
    drawn = generator.sample([PROMPT], settings)[0]
    found = computed(prefixed, [Episode(PROMPT, one.token_ids) for one in drawn], shared=2)
    for completion, (hidden, _) in zip(drawn, found, strict=True):
        logprobs = prefixed.logits(torch.from_numpy(hidden)).log_softmax(-1)
        taken = torch.tensor(completion.token_ids)
        total = logprobs.gather(1, taken[:, None]).sum().item()
        assert total == pytest.approx(completion.logprob, abs=1e-3)


def test_the_other_rows_and_their_padding_change_nothing(prefixed):
    alone = [computed(prefixed, [episode])[0] for episode in episodes()]
    together = computed(prefixed, episodes())
    for (one, ids), (other, other_ids) in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert ids.tolist() == other_ids.tolist()


def test_a_batch_packs_the_right_steps(model, prefixed, tmp_path):
    cached = cache_states(prefixed, "m", episodes(), tmp_path, top_k=4, shard_size=4)
    chosen = np.array([4, 0, 5])
    batch = cached.batch(chosen, np.array([0.5, -1.0, 2.0]))
    actions = [episodes()[place].actions for place in chosen]
    assert batch.taken.tolist() == [token for answer in actions for token in answer]
    ends = np.cumsum([len(answer) for answer in actions]) - 1
    assert batch.last.nonzero().squeeze(1).tolist() == ends.tolist()
    assert batch.rewards[ends].tolist() == [0.5, -1.0, 2.0]
    assert int((batch.rewards != 0).sum()) == 3
    wanted, _ = plain_states(model, episodes()[0].prompt, episodes()[0].actions)
    start = len(actions[0])
    np.testing.assert_allclose(batch.hidden[start : start + len(wanted)], wanted, atol=1e-5)
    whole = cached.batch(np.arange(len(episodes())), np.zeros(len(episodes())))
    assert len(whole.taken) == sum(len(e.actions) for e in episodes())


def test_an_interrupted_cache_goes_on_and_is_the_same(prefixed, tmp_path, monkeypatch):
    whole = cache_states(prefixed, "m", episodes(), tmp_path / "whole", top_k=4, shard_size=2)
    real, calls = states_module._computed, []

    def failing(*args):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(states_module, "_computed", failing)
    with pytest.raises(KeyboardInterrupt):
        cache_states(prefixed, "m", episodes(), tmp_path / "cut", top_k=4, shard_size=2)
    monkeypatch.setattr(states_module, "_computed", real)
    cut = cache_states(prefixed, "m", episodes(), tmp_path / "cut", top_k=4, shard_size=2)
    everything, returns = np.arange(len(episodes())), np.zeros(len(episodes()))
    for name, tensor in vars(whole.batch(everything, returns)).items():
        assert torch.equal(tensor, getattr(cut.batch(everything, returns), name))
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "cut" / path.name).read_bytes()


def test_states_of_another_model_are_refused(prefixed, tmp_path):
    cache_states(prefixed, "one", episodes(), tmp_path, top_k=4)
    with pytest.raises(StorageError, match="of another model"):
        cache_states(prefixed, "two", episodes(), tmp_path, top_k=4)


def test_states_that_are_not_finite_raise(tiny_model_dir, tmp_path):
    broken, _ = load_language_model(tiny_model_dir)
    broken.model.norm.weight.data[0] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        cache_states(opened(broken), "m", episodes(), tmp_path, top_k=4)
