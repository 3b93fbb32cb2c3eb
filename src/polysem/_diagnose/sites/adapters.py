"""What is special about models of Hugging Face transformers and of TransformerLens.

Neither library is imported: whoever has such a model has loaded it. TransformerLens (majors 3 and
4) keeps its hook points in `hook_dict` and its sizes in `cfg`; transformers keeps sizes in
`config`, under several names.
"""

from __future__ import annotations

import re
from typing import Any

MLP_HOOK = re.compile(r"(^|[._])mlp([._]|$)")
SIZES = (
    "d_mlp",
    "intermediate_size",
    "ffn_dim",
    "n_inner",
    "d_ff",
    "hidden_dim",
    "ffn_hidden_size",
)


def hook_points(model: Any) -> dict[str, Any]:
    """TransformerLens' hook points by name (`blocks.0.mlp.hook_post`); empty for other models."""
    found: Any = getattr(model, "hook_dict", None)
    return {} if found is None else dict(found.items())


def mlp_width(model: Any) -> int | None:
    """Neurons of the model's MLP layers, by its configuration; None where it does not say."""
    for about in (getattr(model, "cfg", None), getattr(model, "config", None)):
        for name in SIZES:
            width = getattr(about, name, None)
            if isinstance(width, int) and not isinstance(width, bool) and width > 0:
                return width
        width = getattr(about, "n_embd", None)  # GPT-2 without n_inner
        if isinstance(width, int):
            return 4 * width
    return None


def promises_mlp(site: str, model: Any) -> bool:
    """True for TransformerLens' hooks on an MLP, which ought to have its width."""
    return bool(MLP_HOOK.search(site)) and site in hook_points(model)


def attention_mask(inputs: Any) -> Any:
    """The mask of real tokens that tokenizers of Hugging Face give with the inputs, or None."""
    get = getattr(inputs, "get", None)
    return get("attention_mask") if callable(get) else None
