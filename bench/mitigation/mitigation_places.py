"""Where the model should stay as it is in the mitigation benchmark: to train on, and to judge on.

Made once and kept in the run's folder.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from evenhand.config.schema import Config
from evenhand.mitigate.kept import prose_states
from evenhand.mitigate.states import AnswerStates
from evenhand.mitigate.train import Opened, keep_states, kept_parts
from evenhand.records.people import read_jobs, read_people
from lab.kept_summary import PreservationSets
from mitigation_stages import Scale, said


def places(
    folder: Path, opened: Opened, config: Config, scale: Scale, shared: Path
) -> tuple[AnswerStates, PreservationSets]:
    """Places to keep in training and those to judge on, made once."""
    path, sets_path = folder / "keep.safetensors", folder / "sets.pickle"
    texts = prose_of(shared)
    section = config.mitigate.model_copy(update={"keep_rows": scale.keep})
    if path.is_file():
        keep = AnswerStates.load(path)
    else:
        keep = keep_states(opened, texts["train"][: scale.keep // 8], section, config.seed)
        keep.save(path)
        said(f"places to keep: {len(keep)}")
    if sets_path.is_file():
        return keep, pickle.loads(sets_path.read_bytes())
    facts, choices = kept_parts(opened, "evaluation", section.top_k, section.form)
    given = (opened.model, opened.tokenizer, texts["test"][: scale.prose // 50])
    prose = prose_states(*given, 50, 0, section.top_k, words=opened.words)
    sets = PreservationSets(facts, choices, prose)
    sets_path.write_bytes(pickle.dumps(sets))
    said(f"judged on {len(facts)} facts, {len(choices)} choices, {len(sets.prose)} places of prose")
    return keep, sets


def prose_of(shared: Path) -> dict[str, list[str]]:
    """Ads and biographies by side, mixed."""
    bench = shared / "hiring_bench"
    found: dict[str, list[str]] = {}
    for side in ("train", "test"):
        ads = [job.text for job in read_jobs(bench / "jobs.jsonl", where={"split": side})]
        people = [p.text for p in read_people(bench / "people.jsonl", where={"fold": side})]
        mixed = [text for pair in zip(ads, people, strict=False) for text in pair]
        order = np.random.default_rng([5, len(mixed)]).permutation(len(mixed))
        found[side] = [mixed[place] for place in order]
    return found
