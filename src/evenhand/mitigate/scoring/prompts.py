"""How a context and a question become the text that a model goes on from.

Forms: ``answer`` ends in "Answer:"; ``shown`` answers two made-up questions first, so that a small
model names a subject rather than ending its line; ``infill`` shows four filled gaps and then the
question's own (after REFINE-LM's prompt for causal models, in our own words); ``chat`` asks as a
user through the model's chat template; ``mask`` puts the mask token of a masked model into the
gap. Knows no subjects and no scores.
"""

from __future__ import annotations

from typing import Literal, Protocol, cast, get_args

from transformers import PreTrainedTokenizerBase

from evenhand.errors import BadInput, ModelError, offered

Form = Literal["answer", "shown", "infill", "chat", "mask"]
"""How a prompt is put; ``mask`` is for masked models alone."""

MASK = "[mask]"
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


class FilledPrompt(Protocol):
    """A filled context and question, without an answer."""

    @property
    def context(self) -> str:
        """What is told."""
        ...

    @property
    def question(self) -> str:
        """What is asked; may hold ``[mask]``."""
        ...


def render(
    prompt: FilledPrompt, form: Form = "answer", tokenizer: PreTrainedTokenizerBase | None = None
) -> str:
    """The text that the answer follows; in form ``mask``, the text with the mask token in it.

    Args:
        prompt: A filled context and question.
        form: How it is put.
        tokenizer: Needed by ``chat`` and ``mask``.

    Raises:
        BadInput: The question has a gap that this form can't leave open.
        ModelError: The model has no chat template, or no mask token.
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
    """``form`` as a known form.

    Raises:
        BadInput: It is none.
    """
    if form not in get_args(Form):
        raise BadInput(
            f"the form {form!r} is unknown; choose one of {', '.join(get_args(Form))}"
            f"{offered(form, get_args(Form))}"
        )
    return cast(Form, form)


def masked_text(told: str, tokenizer: PreTrainedTokenizerBase | None, masks: int = 1) -> str:
    """``told`` with ``masks`` mask tokens in its gap, or after it where it has none.

    Raises:
        ModelError: The tokenizer has no mask token.
    """
    token = getattr(tokenizer, "mask_token", None)
    if not token:
        raise ModelError(
            "the model has no mask token, so it can't fill a gap; use a masked model such as "
            "BERT, or probe it as a causal language model"
        )
    gap = " ".join([str(token)] * masks)
    return told.replace(MASK, gap, 1) if MASK in told else f"{told} {gap}."


def _shown(prompt: FilledPrompt) -> str:
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
