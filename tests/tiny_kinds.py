"""Tiny random models of many kinds with one tokenizer, saved: two layers of width 16."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from .tiny_llama import save_tiny_llama

CORPUS = ["the driver and the cook know the city and the kitchen of the team"]
_WIDE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
_LLAMA = {**_WIDE, "intermediate_size": 32, "num_key_value_heads": 2}
_GPT = {"n_embd": 16, "n_layer": 2, "n_head": 4}
KINDS: dict[str, dict[str, Any]] = {
    "llama": _LLAMA,
    "gpt2": _GPT,
    "opt": {**_WIDE, "ffn_dim": 32, "word_embed_proj_dim": 8},
    "gptj": {**_GPT, "rotary_dim": 4},
    "gpt_neo": {
        **{"hidden_size": 16, "num_layers": 2, "num_heads": 4, "window_size": 4},
        "attention_types": [[["global", "local"], 1]],
    },
    "gpt_neox": {**_WIDE, "intermediate_size": 32},
    "bloom": {"hidden_size": 16, "n_layer": 2, "n_head": 4},
    "gemma2": {**_LLAMA, "head_dim": 4, "sliding_window": 4, "final_logit_softcapping": 2.0},
    "mistral": {**_LLAMA, "sliding_window": 4},
    "qwen2": _LLAMA,
    "falcon": _WIDE,
    "mamba": {"hidden_size": 16, "num_hidden_layers": 2, "state_size": 4},
    "phi": _LLAMA,
    "cohere": {**_LLAMA, "logit_scale": 0.25},
}
_PLACES = {"gpt2": "n_positions", "gptj": "n_positions"}


def save_tiny_kind(folder: Path, kind: str, *, positions: int = 1024, **changes: Any) -> Path:
    """Weights that have learned nothing, spread so that every token and position counts.

    Args:
        folder: Where to save.
        kind: One of ``KINDS``.
        positions: Longest text, for kinds that have one.
        changes: Further settings.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    save_tiny_llama(folder, CORPUS, vocabulary=320, positions=64, layers=1)
    kept = {path: path.read_bytes() for path in folder.glob("*token*")}
    kept |= {path: path.read_bytes() for path in folder.glob("*.jinja")}
    shutil.rmtree(folder)
    config = AutoConfig.for_model(
        kind,
        **{_PLACES.get(kind, "max_position_embeddings"): positions},
        **{"vocab_size": 320, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
        **{**KINDS[kind], **changes},
    )
    model: Any = AutoModelForCausalLM.from_config(config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.copy_(torch.randn(weights.shape, generator=generator) * 0.25)
    model.save_pretrained(folder)
    for path, content in kept.items():
        path.write_bytes(content)
    return folder
