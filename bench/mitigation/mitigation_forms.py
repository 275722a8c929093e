"""Does a layer work in a form of asking when it is trained in it? Gender, three forms; prints JSON.

The published layers are trained in one form and change little in others (``mitigation``'s checks).
Here a layer is trained and judged in each of the other forms, on the same held-out templates,
subjects and attributes, with the places to keep of a finished run of ``mitigation.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from evenhand.config.schema import Config
from evenhand.mitigate.states import AnswerStates
from evenhand.mitigate.train import open_model
from evenhand.records.files import write_json

sys.path.append(str(Path(__file__).resolve().parents[1]))  # ``lab`` is found there

from mitigation_checks import OTHER_FORMS
from mitigation_stages import SCALES, checked_out, probed
from mitigation_systems import BASE, LAYER, judged, trained

ROOT = Path(__file__).resolve().parents[2]
KIND = "gender"
SHOWN = ("mu", "mu_crossed", "delta", "epsilon", "subject_mass")


def main() -> None:
    """Train and judge one layer a form."""
    given = _arguments()
    shared = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared")) / "data"
    lists = shared / "probes" / "unqover" / "word_lists"
    folder = ROOT / "runs" / "mitigation" / "full"
    keep = AnswerStates.load(folder / "keep.safetensors")
    opened = open_model("smollm2-135m-instruct")
    found: dict[str, Any] = {
        "commit": checked_out(),
        "kind": KIND,
        "train": given.train,
        "test": given.test,
        "forms": {},
    }
    for form in OTHER_FORMS:
        section = Config().mitigate.model_copy(update={"form": form})
        config = Config().model_copy(update={"mitigate": section})
        where = folder / "own_form" / f"{form}_{given.train}_{given.test}"
        where.mkdir(parents=True, exist_ok=True)
        train, test = (
            probed(where, opened, KIND, side, count, config, "unqover", lists)
            for side, count in enumerate((given.train, given.test))
        )
        with tempfile.TemporaryDirectory() as out:
            layer = trained(Path(out), train.states, keep, opened, config, SCALES["full"], seed=0)
        found["forms"][form] = {
            name: {
                **{each: getattr(one, each) for each in SHOWN},
                "intervals": {each: list(ends) for each, ends in one.intervals.items()},
            }
            for name, one in ((BASE, judged(test, None)), (LAYER, judged(test, layer)))
        }
    write_json(ROOT / "docs" / "results" / "mitigation_forms.json", found)
    print(json.dumps(found, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=int, default=300)
    parser.add_argument("--test", type=int, default=200)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    return given


if __name__ == "__main__":
    main()
