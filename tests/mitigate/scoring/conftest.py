"""A random causal model, a random masked model, and made-up probes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from evenhand.mitigate.probes import Attribute, ProbeSet, Subject, Template

from ...tiny_llama import save_tiny_llama

WORDS = (
    "the and a of Ann Bob Cleo Dan met at in park shop who was is kind late Answer baker tailor "
    "answer blank text user not . ?"
).split()
CORPUS = ["Ann met Bob at the park. Who was kind? Answer: Cleo and Dan in a shop."] * 4
NAMES = (("Ann", "one"), ("Bob", "two"), ("Cleo", "one"), ("Dan", "two"), ("Anneliese", "one"))


@pytest.fixture(scope="session")
def probes() -> ProbeSet:
    """Two templates, five names, three attributes."""
    return ProbeSet(
        "made",
        (
            Template("t.1", "[subj1] met [subj2] at the park.", "Who [p_act]?", "Who [p_act:neg]?"),
            Template("t.2", "In a shop [subj2] met [subj1].", "Who [p_act]?", "Who [p_act:neg]?"),
        ),
        tuple(Subject(name, cluster) for name, cluster in NAMES),
        tuple(
            Attribute(f"a.{at}", "p_act", f"was {word}", f"was not {word}", word, f"not {word}")
            for at, word in enumerate(("kind", "late", "a baker"))
        ),
    )


@pytest.fixture(scope="session")
def causal(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A tiny random Llama and its tokenizer."""
    from evenhand.generate.model import load_language_model

    folder = tmp_path_factory.mktemp("causal")
    return load_language_model(
        save_tiny_llama(folder, CORPUS, vocabulary=320, positions=512, spread=0.4)
    )


@pytest.fixture(scope="session")
def masked_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random BERT, saved with a tokenizer of whole words and two pieces."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("masked")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(w.lower() for w in WORDS)]
    vocabulary = {word: at for at, word in enumerate([*words, ":", "##elie", "##se"])}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=64,
        initializer_range=0.4,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        BertForMaskedLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def masked(masked_folder: Path) -> tuple[Any, Any]:
    """The tiny random BERT, loaded."""
    from evenhand.mitigate.ask import load_masked_model

    return load_masked_model(masked_folder)
