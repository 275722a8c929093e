"""Probabilities of subjects as answers: prompts put to a causal or a masked language model.

Forms: ``answer`` ends in "Answer:"; ``shown`` answers two made-up questions first, so that a small
model names a subject rather than ending its line; ``infill`` shows four filled gaps and then the
question's own (after REFINE-LM's prompt for causal models, in our own words); ``chat`` asks as a
user through the model's chat template; ``mask`` puts the mask token of a masked model into the gap.

The score of a subject is the probability of all its tokens one after the other (chain rule), taken
through the model's output head as it is: where a mitigation is attached, it acts at every token.
Longer subjects have smaller scores by nature; the judged figures divide by the pair's sum. At the
gap of a masked model, a subject of several tokens gets as many masks, filled from the left, those
after it still masked (a pseudo-likelihood; Kauf & Ivanova 2023 call this variant within-word
left-to-right). The number of masks tells the model the length, so scores of subjects of different
length aren't strictly comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput, ModelError, boundary, offered
from evenhand.generate.model import DATA_ALONE, load_tokenizer, opened
from evenhand.generate.prefix import no_numbers, plain_head, require_room
from evenhand.generate.regulator import output_head, padded
from evenhand.mitigate.bias import FloatArray
from evenhand.mitigate.probes import MASK, Example, Prompt
from evenhand.mitigate.states import (
    CHUNK,
    NODES,
    ROWS,
    Tokens,
    Told,
    encode_prompts,
    head_logprobs,
    last_states,
    subject_tokens,
)

Form = Literal["answer", "shown", "infill", "chat", "mask"]
"""How a prompt is put; ``mask`` is for masked models alone."""
Row = tuple[Tokens, int]
"""Token ids with masks in them, and the place that is read."""
_GAP = "blank"
_SHOWN = (
    ("On a clear day the sky is blank.", "blue"),
    ("The week after a Monday starts on a blank.", "Monday"),
    ("Milk comes from a blank.", "cow"),
    ("One, two, three, blank, five.", "four"),
)
_ANSWERED = (
    ("The red box stands beside the green box. One of them is heavy.", "Which box is red?", "Red"),
    ("A dog slept near a cat. The cat woke up.", "Which animal woke up?", "Cat"),
)
"""One answer is what the text names first, one what it names second."""
_ASKED = "Answer with the one word or name from the text that fits, and nothing else."


def render(
    prompt: Prompt, form: Form = "answer", tokenizer: PreTrainedTokenizerBase | None = None
) -> str:
    """The text that the answer follows; in form ``mask``, the text with the mask token in it.

    The tokenizer is needed by ``chat`` and ``mask``.
    """
    told = f"{prompt.context} {prompt.question}".strip()
    if form == "infill":
        return _infilled(told)
    if form == "mask":
        return masked_text(told, tokenizer)
    if MASK in told:
        raise BadInput(
            f"templates with {MASK} can't be put in the form {form!r}; choose the form 'infill', "
            "a masked model, or templates that ask a question"
        )
    if form == "shown":
        return _shown(prompt)
    return f"{told} Answer:" if form == "answer" else _chat(told, tokenizer)


def lead(form: Form) -> str:
    """What stands between a rendered prompt and the answer."""
    return "" if form == "chat" else " "


def require_form(form: str) -> Form:
    """``form`` as a known form."""
    if form not in get_args(Form):
        raise BadInput(
            f"the form {form!r} is unknown; choose one of {', '.join(get_args(Form))}"
            f"{offered(form, get_args(Form))}"
        )
    return cast(Form, form)


def masked_text(told: str, tokenizer: PreTrainedTokenizerBase | None, masks: int = 1) -> str:
    """``told`` with ``masks`` mask tokens in its gap, or after it where it has none."""
    token = getattr(tokenizer, "mask_token", None)
    if not token:
        raise ModelError(
            "the model has no mask token, so it can't fill a gap; use a masked model such as "
            "BERT, or probe it as a causal language model"
        )
    gap = " ".join([str(token)] * masks)
    return told.replace(MASK, gap, 1) if MASK in told else f"{told} {gap}."


def _shown(prompt: Prompt) -> str:
    rows = [
        f"Text: {told}\nQuestion: {asked}\nAnswer: {said}\n\n" for told, asked, said in _ANSWERED
    ]
    return f"{''.join(rows)}Text: {prompt.context}\nQuestion: {prompt.question}\nAnswer:"


def _infilled(told: str) -> str:
    gap = told.replace(MASK, _GAP, 1) if MASK in told else f"{told} {_GAP}."
    shown = "".join(f"Text: {text}\n{_GAP} = {word}\n\n" for text, word in _SHOWN)
    return f"Say which word stands for {_GAP}.\n\n{shown}Text: {gap}\n{_GAP} ="


def _chat(told: str, tokenizer: PreTrainedTokenizerBase | None) -> str:
    if tokenizer is None or not tokenizer.chat_template:
        raise ModelError("the model has no chat template; choose the form 'answer' or 'infill'")
    messages = [{"role": "user", "content": f"{told} {_ASKED}"}]
    made = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return str(made)


class Scorer(Protocol):
    """Anything that scores the two subjects of examples at their four prompts."""

    def score(self, examples: Sequence[Example], progress: Told | None = None) -> FloatArray:
        """Probabilities of shape ``(examples, 4, 2)``; the last axis is the pair's subject."""
        ...


class CausalScorer:
    """Scores examples, answers and continuations with one causal language model."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        form: Form = "answer",
        nodes: int = NODES,
    ) -> None:
        if form == "mask":
            raise BadInput("the form 'mask' is for masked models; choose answer, infill or chat")
        self.model, self.tokenizer, self.nodes = model, tokenizer, nodes
        self.form: Form = form
        self._head = plain_head(model)

    def score(self, examples: Sequence[Example], progress: Told | None = None) -> FloatArray:
        """Probabilities of both subjects at the four prompts, ``(examples, 4, 2)``."""
        prompts = [render(p, self.form, self.tokenizer) for e in examples for p in e.prompts]
        answers = [example.choices for example in examples for _ in example.prompts]
        found = self.answers(prompts, answers, progress)
        return np.exp(np.array(found, dtype=np.float64).reshape(len(examples), 4, 2))

    def answers(
        self,
        prompts: Sequence[str],
        answers: Sequence[Sequence[str]],
        progress: Told | None = None,
    ) -> list[list[float]]:
        """Log-probabilities (nats) of each rendered prompt's answers, sums over their tokens."""
        before = lead(self.form)
        asked: list[tuple[Tokens, Tokens]] = []
        for ids, texts in zip(encode_prompts(self.tokenizer, prompts), answers, strict=True):
            asked += [(ids, subject_tokens(self.tokenizer, text, before)) for text in texts]
        flat = iter(self.continuations(asked, progress))
        return [[next(flat) for _ in texts] for texts in answers]

    def continuations(
        self, asked: Sequence[tuple[Tokens, Tokens]], progress: Told | None = None
    ) -> list[float]:
        """Log-probabilities of ``(before, after)``: of ``after`` following ``before``."""
        texts = [before + after[:-1] for before, after in asked]
        wanted = [len(after) for _, after in asked]
        total = [0.0] * len(asked)
        parts = last_states(self.model, texts, wanted, nodes=self.nodes, progress=progress)
        for states, members in parts:
            rows = np.array([row for _, ends in members for row in ends])
            tokens = torch.tensor([t for index, _ in members for t in asked[index][1]])
            found = self._chosen(states, rows, tokens, self._contexts(texts, members))
            at = 0
            for index, ends in members:
                total[index] = float(found[at : at + len(ends)].sum())
                at += len(ends)
        return total

    def _contexts(
        self, texts: Sequence[Tokens], members: list[tuple[int, list[int]]]
    ) -> dict[int, Tokens] | None:
        """What was read before each wanted state, where the head asks."""
        if not getattr(self._head, "reads_context", False):
            return None
        return {
            row: texts[index][: len(texts[index]) - left]
            for index, ends in members
            for left, row in zip(range(len(ends) - 1, -1, -1), ends, strict=True)
        }

    def _chosen(
        self,
        states: Tensor,
        rows: NDArray[np.int64],
        tokens: Tensor,
        contexts: dict[int, Tokens] | None,
    ) -> FloatArray:
        """Log-probability of ``tokens[i]`` at state ``rows[i]``; a state's logits come once."""
        kept, places = np.unique(rows, return_inverse=True)
        found = np.zeros(len(rows))
        for start in range(0, len(kept), CHUNK):
            part = torch.from_numpy(kept[start : start + CHUNK])
            read = padded([contexts[row] for row in part.tolist()]) if contexts else None
            logprobs = head_logprobs(self._head, states[part.to(states.device)], read).cpu()
            mine = np.flatnonzero((places >= start) & (places < start + CHUNK))
            found[mine] = logprobs[places[mine] - start, tokens[mine]].double().numpy()
        return found


class MaskedScorer:
    """Scores examples with one masked language model, ``rows`` texts at once."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: int = ROWS
    ) -> None:
        masked_text("", tokenizer)
        self.model, self.tokenizer, self.rows = model, tokenizer, rows

    def score(self, examples: Sequence[Example], progress: Told | None = None) -> FloatArray:
        """Probabilities of both subjects at the four prompts, ``(examples, 4, 2)``."""
        cells = [
            (f"{prompt.context} {prompt.question}".strip(), subject)
            for example in examples
            for prompt in example.prompts
            for subject in example.choices
        ]
        asked: list[tuple[Row, int]] = []
        owners: list[int] = []
        for place, (told, subject) in enumerate(cells):
            steps = self._steps(told, subject)
            asked += steps
            owners += [place] * len(steps)
        found = np.zeros(len(examples) * 8)
        np.add.at(found, owners, self._logprobs(asked, progress))
        return np.exp(found).reshape(len(examples), 4, 2)

    def _steps(self, told: str, subject: str) -> list[tuple[Row, int]]:
        """A text per token of the subject: those before it in place, itself and later masked."""
        tokens = subject_tokens(self.tokenizer, subject, " ")
        ids, gap = masked_ids(self.tokenizer, told, len(tokens))
        return [
            ((ids[:gap] + tokens[:done] + ids[gap + done :], gap + done), token)
            for done, token in enumerate(tokens)
        ]

    def _logprobs(self, asked: Sequence[tuple[Row, int]], progress: Told | None) -> FloatArray:
        """Log-probability of each token at its place; a text asked twice is computed once."""
        texts = list(dict.fromkeys(row for row, _ in asked))
        number = {row: at for at, row in enumerate(texts)}
        wanted: list[list[int]] = [[] for _ in texts]
        for place, (row, _) in enumerate(asked):
            wanted[number[row]].append(place)
        found = np.zeros(len(asked))
        order = sorted(range(len(texts)), key=lambda at: len(texts[at][0]))
        if progress is not None:
            progress(0, len(order))
        for start in range(0, len(order), self.rows):
            part = order[start : start + self.rows]
            logits, _ = at_masks(self.model, self.tokenizer, [texts[at] for at in part])
            logprobs = logits.log_softmax(dim=-1).double().cpu().numpy()
            for row, at in enumerate(part):
                for place in wanted[at]:
                    found[place] = logprobs[row, asked[place][1]]
            if progress is not None:
                progress(min(start + self.rows, len(order)), len(order))
        return found


def masked_ids(tokenizer: PreTrainedTokenizerBase, told: str, masks: int) -> Row:
    """Token ids with ``masks`` mask tokens in the gap, and the place of the first."""
    token = str(tokenizer.mask_token)
    text = told if token in told and masks == 1 else masked_text(told, tokenizer, masks)
    ids = tuple(tokenizer(text)["input_ids"])
    mask = tokenizer.mask_token_id
    first = ids.index(mask)
    if ids[first : first + masks] != (mask,) * masks:
        raise ModelError("the tokenizer puts tokens between masks; use subjects of one token")
    return ids, first


def load_masked_model(
    folder: Path, device: str = "cpu"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A masked model (evaluation mode, frozen, float32) and its tokenizer."""
    from transformers import AutoModelForMaskedLM

    tokenizer = load_tokenizer(folder)
    masked_text("", tokenizer)
    with boundary(ModelError, f"loading the masked language model in {folder}"), opened(folder):
        model: Any = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32, **DATA_ALONE)
        model.to(device).eval().requires_grad_(False)
    return model, tokenizer


@torch.no_grad()
def at_masks(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row]
) -> tuple[Tensor, Tensor]:
    """Logits ``(n, vocabulary)`` and the output head's inputs ``(n, h)`` at the places read.

    The head is computed at those places alone: over all of a text it costs as much as the encoder.
    """
    longest = max(len(ids) for ids, _ in rows)
    require_room(model, longest)
    padding = tokenizer.pad_token_id
    ids = torch.full((len(rows), longest), padding if isinstance(padding, int) else 0)
    mask = torch.zeros_like(ids)
    for at, (row, _) in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    at = torch.arange(len(rows)), torch.tensor([place for _, place in rows])
    seen: list[Tensor] = []

    def read_place(_: torch.nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor]:
        seen.append(given[0][at][:, None])
        return (seen[-1],)

    handle = output_head(model).register_forward_pre_hook(read_place)
    try:
        out: Any = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))
    finally:
        handle.remove()
    logits = out.logits[:, 0].float()
    if not bool(torch.isfinite(logits.logsumexp(dim=-1)).all()):
        raise no_numbers()
    return logits, seen[-1][:, 0]
