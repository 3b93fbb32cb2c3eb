"""A user's own model from the command line: the function at `package.module:function`."""

from __future__ import annotations

from typing import Any

from polysem._errors import BadInput, PolysemError, one_line


def called(
    text: str, verb: str, needs: str = "model", others: str = "site, data, loss"
) -> dict[str, Any]:
    """What the function returns, a mapping with `needs`, given back as "source".

    `verb` — the Python function that takes the rest, and `others` — some of it, for the error.
    """
    import sys
    from importlib import import_module

    module, _, name = text.partition(":")
    sys.path.insert(0, "")  # as `python -m` does: modules of the folder one works in
    try:
        function = getattr(import_module(module), name)
    except Exception as error:  # whatever the user's module raises
        raise BadInput(f"{text!r} cannot be imported: {_said(error)}.") from error
    finally:
        sys.path.remove("")
    found = _answer(text, function, needs) if callable(function) else None
    if not isinstance(found, dict) or needs not in found:
        got = f"it returned {type(found).__name__}"
        if isinstance(found, dict):
            got = f"its dict has {', '.join(map(repr, found)) or 'nothing'} and no {needs!r}"
        raise BadInput(
            f"{text!r} must be a function that returns a dict with {needs}, and {others} or "
            f"other arguments of {verb}; {got if callable(function) else 'it is no function'}."
        )
    return {"source": found.pop(needs), **found}


def _answer(text: str, function: Any, needs: str) -> Any:
    """What the function returns; it must take no arguments."""
    from inspect import signature

    try:
        signature(function).bind()
    except (TypeError, ValueError):
        raise BadInput(
            f"{text!r} takes arguments; name a function without any that returns a dict with "
            f"{needs}."
        ) from None
    try:
        return function()
    except PolysemError:
        raise
    except Exception as error:  # whatever the user's function raises
        raise BadInput(f"{text!r} fails: {_said(error)}.") from error


def _said(error: Exception) -> str:
    """The error in one line, with the last place in the user's code."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    said = one_line(str(error)).rstrip(".")
    if isinstance(error, ImportError | AttributeError | SyntaxError | ValueError):
        return said
    return f"{type(error).__name__}: {said} (line {last.lineno} of {last.filename})"


def limit_threads(threads: int | None) -> None:
    """Let torch use so many threads; as many as it likes for None."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
