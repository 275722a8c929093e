"""What training is for: the tuned model says what pays more often, and nothing else makes it so."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.align.ilql import fit_regulator, load_regulator
from evenhand.align.rollouts import Returns
from evenhand.config.schema import Config, IlqlConfig, LanguageModelConfig
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.protocol import SamplerSettings
from evenhand.generate.regulator import unembedding_of

PROMPTS = [(1, 5, 9, 40), (1, 5, 11), (1, 7, 33, 60), (1, 8, 90)]
CONFIG = Config(
    model=LanguageModelConfig(dtype="float32"),
    ilql=IlqlConfig(
        steps=200, batch_size=32, save_steps=200, top_k=128, learning_rate=2e-3, polyak=0.05
    ),
)


def sample(generator: LocalGenerator, samples: int, seed: int):
    settings = SamplerSettings(
        samples=samples, temperature=1.0, top_p=1.0, max_new_tokens=8, stop=(), seed=seed
    )
    return [found for of_prompt in generator.sample(PROMPTS, settings) for found in of_prompt]


def worth(generator: LocalGenerator, completion) -> float:
    """Tokens on one side of a plane through the embeddings pay, the others cost."""
    side = unembedding_of(generator.model)[list(completion.token_ids), 0] > 0
    return float(2 * side.float().mean() - 1)


@pytest.fixture(scope="module")
def generator(tiny_model_dir):
    return LocalGenerator(tiny_model_dir, "float32")


@pytest.fixture(scope="module")
def regulator_folder(generator, tiny_model_dir, make_rollout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("steering")
    drawn = sample(generator, 150, seed=0)
    rows = [
        make_rollout(prompt_tokens=PROMPTS[at // 150], tokens=found.token_ids)
        for at, found in enumerate(drawn)
    ]
    places = np.arange(len(rows))
    parity = np.array([2 * worth(generator, found) for found in drawn])
    gate = np.where([len(found.token_ids) > 1 for found in drawn], 0.0, -2.5)
    returns = Returns((places, parity), (places, gate), {})
    fit_regulator(rows, returns, tiny_model_dir, CONFIG, folder / "work", folder / "out")
    return folder / "out"


def mean_worth(generator, folder, model_dir, beta: float) -> float:
    unembedding = unembedding_of(generator.model)
    regulator = load_regulator(folder, model_dir, unembedding, beta=beta, gate_beta=0.0)
    generator.steer(regulator, top_k=128)
    drawn = sample(generator, 150, seed=1)
    generator.steer(None)
    return float(np.mean([worth(generator, found) for found in drawn]))


def test_the_tuned_model_says_what_pays_and_more_so_with_more_weight(
    generator, regulator_folder, tiny_model_dir
):
    plain, some, more = (
        mean_worth(generator, regulator_folder, tiny_model_dir, beta) for beta in (0.0, 2.0, 8.0)
    )
    assert some > plain + 0.08
    assert more > some


def test_a_negative_weight_avoids_it(generator, regulator_folder, tiny_model_dir):
    plain, against = (
        mean_worth(generator, regulator_folder, tiny_model_dir, beta) for beta in (0.0, -4.0)
    )
    assert against < plain - 0.08
