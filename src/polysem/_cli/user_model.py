"""A user's own model from the command line: the function at `package.module:function`."""

from __future__ import annotations

from typing import Any

from polysem._errors import BadInput


def called(text: str, verb: str) -> dict[str, Any]:
    """What the function returns, a mapping with "model", given back as "source".

    `verb` — the Python function that takes the rest, for the error.
    """
    import sys
    from importlib import import_module

    module, _, name = text.partition(":")
    sys.path.insert(0, "")  # as `python -m` does: modules of the folder one works in
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(f"{text!r} cannot be imported: {error}.") from None
    finally:
        sys.path.remove("")
    found = function() if callable(function) else None
    if not isinstance(found, dict) or "model" not in found:
        raise BadInput(
            f"{text!r} must be a function that returns a dict with model, and site, data, loss or "
            f"other arguments of {verb}; it returned "
            f"{type(found).__name__ if callable(function) else 'nothing, it is no function'}."
        )
    return {"source": found.pop("model"), **found}


def limit_threads(threads: int | None) -> None:
    """Let torch use so many threads; as many as it likes for None."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
