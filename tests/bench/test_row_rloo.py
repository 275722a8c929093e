"""The online row: TRL's own numbers, the same returns as the rollouts, resumed as uninterrupted."""

from __future__ import annotations

import importlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand.align.rollouts import read_rollouts
from evenhand.errors import BadInput, ConfigError, StorageError
from evenhand.records.files import read_json

STEPS = 4


@dataclass(frozen=True)
class Data:
    train_ads: list[Any]
    train_people: Any


@dataclass(frozen=True)
class Case:
    rollouts: Path
    data: Data
    config: Any


@pytest.fixture(scope="module")
def rloo() -> Any:
    return importlib.import_module("row_rloo")


@pytest.fixture(scope="module")
def case(small_case, tmp_path_factory) -> Case:
    folder = tmp_path_factory.mktemp("rollouts")
    config = evenhand.load_config(
        [small_case.config_file], ["sampling.decoding=listed", "sampling.samples=4"]
    )
    data = Data(small_case.split("train"), small_case.fold("train"))
    evenhand.api.rollouts(data.train_ads, data.train_people, config, out=folder / "rollouts")
    return Case(folder / "rollouts", data, config)


def settings(**changed: Any) -> Any:
    plain = {"steps": STEPS, "prompts": 2, "generations": 3, "learning_rate": 1e-2, "save_steps": 2}
    return importlib.import_module("row_rloo_settings").Settings(**{**plain, **changed})


def tuned(rloo: Any, case: Case, out: Path, progress: Any = None, **changed: Any) -> Path:
    return rloo.train_rloo(
        case.rollouts,
        case.data,
        case.config,
        None,
        out,
        steps=STEPS,
        seed=3,
        progress=progress,
        settings=settings(**changed),
    )


@pytest.fixture(scope="module")
def run(rloo, case, tmp_path_factory) -> Path:
    return tuned(rloo, case, tmp_path_factory.mktemp("rloo") / "run")


def test_it_says_what_was_done_within_the_budget(run, case):
    about = read_json(run / "rloo.json")
    rows = [row for row in read_rollouts(case.rollouts) if not row.is_identity]
    assert about["rollout_tokens"] == sum(len(row.tokens) * row.count for row in rows)
    assert 0 < about["generated_tokens"] <= about["rollout_tokens"]
    assert about["steps_done"] == STEPS
    assert about["decoding"] == "listed"
    assert about["mean_return_first_half"] > case.config.reward.failed_gate
    assert about["states_seen"] <= about["states"]


def test_the_weights_moved_and_rewrite_test_ads(run, case, small_case):
    before = (Path(case.config.model.name) / "model.safetensors").read_bytes()
    assert (run / "aligned" / "model.safetensors").read_bytes() != before
    found = evenhand.api.rewrite(
        small_case.split("test"), system="align", run=run, pool=case.data.train_people
    )
    assert [each.id for each in found] == [ad.id for ad in small_case.split("test")]


def test_killed_and_resumed_is_uninterrupted(rloo, run, case, tmp_path):
    class Killed(Exception):
        pass

    def kill(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise Killed

    with pytest.raises(evenhand.EvenhandError, match="Killed"):
        tuned(rloo, case, tmp_path / "run", kill)
    assert not (tmp_path / "run" / "aligned").exists()
    tuned(rloo, case, tmp_path / "run")
    for name in ("aligned/model.safetensors", "rloo.json", "tuned.json"):
        assert (tmp_path / "run" / name).read_bytes() == (run / name).read_bytes(), name


def test_a_finished_run_is_kept_and_another_one_refused(rloo, run, case):
    assert tuned(rloo, case, run) == run
    with pytest.raises(StorageError, match="rloo changed"):
        tuned(rloo, case, run, beta=0.5)


def test_decoding_may_be_free(rloo, case, tmp_path):
    free = case.config.sampling.model_copy(update={"decoding": "free"})
    config = case.config.model_copy(update={"sampling": free})
    loose = Case(case.rollouts, case.data, config)
    about = read_json(tuned(rloo, loose, tmp_path / "run") / "rloo.json")
    assert about["decoding"] == "free"
    assert about["generated_tokens"] > about["steps_done"]


def test_a_budget_below_one_step_is_refused(rloo, case, tmp_path):
    with pytest.raises(BadInput, match="take fewer prompts or generations"):
        tuned(rloo, case, tmp_path / "run", prompts=10_000)


def test_returns_are_those_of_the_rollouts(case):
    task = importlib.import_module("row_rloo_task")
    states = importlib.import_module("evenhand.align.states")
    returns = importlib.import_module("evenhand.align.rollouts")
    from evenhand.match.lexical import LexicalMatcher

    rows = read_rollouts(case.rollouts)
    matcher = LexicalMatcher(case.data.train_people.documents())
    found = task.task_of(case.rollouts, case.data, case.config, matcher)
    wanted = returns.returns_of(rows, found.trust.kept, case.config.reward)
    parity = dict(zip(wanted.parity[0].tolist(), wanted.parity[1].tolist(), strict=True))
    place_of = {(s.job.id, s.span.start, s.span.end): at for at, s in enumerate(found.states)}
    asked = [at for at, row in enumerate(rows) if row.state in place_of and row.finished]
    given = task.returns_for(
        found,
        [str(place_of[rows[at].state]) for at in asked],
        [
            states.Action(
                row.after, states.IDENTITY if row.is_identity else states.MODEL, row.tokens
            )
            for row in (rows[at] for at in asked)
        ],
    )
    refused = case.config.reward.failed_gate
    assert given == pytest.approx([parity.get(at, refused) for at in asked])
    assert {refused, 0.0} < set(given)


@pytest.mark.parametrize("listed", [False, True])
def test_log_probabilities_are_those_of_the_sampler_and_of_trl(listed, small_case, tmp_path):
    import torch
    from datasets import Dataset

    from evenhand.generate.draw import LocalGenerator
    from evenhand.generate.protocol import SamplerSettings

    trainers = importlib.import_module("row_rloo_trainer")
    arguments = importlib.import_module("row_rloo_settings").arguments_of
    config = evenhand.load_config([small_case.config_file], ["sampling.temperature=1"])
    model = Path(config.model.name)
    prefix, rest = (1, 30, 31, 32, 33), [(40, 41), (50,), (60, 61, 62)]
    end = min(LocalGenerator(model, "float32").end_tokens)
    answers = tuple((*each, end) for each in itertools.product((70, 71), (80, 81, 82)))
    questions = [trainers.Question((*prefix, *own), answers if listed else ()) for own in rest]
    generator = LocalGenerator(model, "float32", shared_prefix=prefix)
    trainer = trainers.RewordingRLOO(
        generator,
        questions,
        10_000,
        reward_funcs=lambda prompts, **_: [0.0] * len(prompts),
        args=arguments(tmp_path, settings(generations=2), 0, config),
        train_dataset=Dataset.from_list([{"prompt": "0"}]),
        processing_class=generator.tokenizer,
    )
    sampling = SamplerSettings(samples=1, temperature=1.0, top_p=1.0, max_new_tokens=4, seed=5)
    prompts = [question.tokens for question in questions]
    drawn = (
        generator.choose(prompts, [answers] * 3, sampling)
        if listed
        else generator.sample(prompts, sampling)
    )
    pairs = [(p, c.token_ids) for p, found in zip(prompts, drawn, strict=True) for c in found]
    before, after = max(len(p) for p, _ in pairs), max(len(c) for _, c in pairs)
    ids = torch.zeros(len(pairs), before + after, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, (prompt, answer) in enumerate(pairs):
        places = slice(before - len(prompt), before + len(answer))
        ids[row, places] = torch.tensor([*prompt, *answer])
        mask[row, places] = 1
    got, entropy, _ = trainer._get_per_token_logps_and_entropies(
        trainer.model, ids, mask, after, compute_entropy=True
    )
    own = [each.logprob for found in drawn for each in found]
    assert got.sum(dim=1).tolist() == pytest.approx(own, abs=1e-3)
    assert float(entropy.min()) >= 0
    if not listed:
        theirs, _, _ = super(trainers.RewordingRLOO, trainer)._get_per_token_logps_and_entropies(
            trainer.model, ids, mask, after
        )
        assert torch.allclose(got, theirs * mask[:, -after:], atol=1e-3)


def test_checkpoints_between_generations_are_refused(tmp_path):
    from trl.trainer.rloo_config import RLOOConfig

    check = importlib.import_module("row_rloo_settings").require_exact_resume
    plain = {"output_dir": str(tmp_path), "use_cpu": True, "bf16": False, "num_generations": 2}
    plain |= {"gradient_checkpointing": None, "activation_checkpointing": False}
    check(RLOOConfig(**plain, save_steps=4, steps_per_generation=2, num_iterations=2))
    with pytest.raises(ConfigError, match="a resumed run would differ"):
        check(RLOOConfig(**plain, save_steps=3, steps_per_generation=2, num_iterations=2))
