"""Which module of a model is meant: a dotted path or a hook name; or a list of them all."""

from __future__ import annotations

import difflib
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from polysem._diagnose.sites.adapters import hook_points, mlp_width, promises_mlp
from polysem._diagnose.sites.calling import (
    call,
    device_of,
    evaluating,
    hooked,
    model_errors,
    values_of,
)
from polysem._errors import BadInput

SHOWN = 40

Shape = tuple[int, ...]


def candidates(model: nn.Module, inputs: Any) -> dict[str, Shape]:
    """Every module that gives activations, with the shape that it gives for these inputs.

    Modules whose output is no tensor of real numbers with two or more axes are left out.
    """
    return _shapes(model, {name: m for name, m in model.named_modules() if name}, inputs)


def find_site(model: nn.Module, site: str | None, inputs: Any) -> tuple[str, nn.Module]:
    """The module called `site`; the whole path, or an end of it that only one module has.

    `BadInput` listing every candidate with its shape when `site` is missing, unknown or ambiguous,
    and for a TransformerLens MLP hook whose width is not the MLP's.
    """
    if site is not None and not isinstance(site, str):
        raise BadInput(f"site is {type(site).__name__}; give the dotted path of a module as text.")
    hooks = hook_points(model)
    if site is not None and site in hooks:
        check_mlp_width(model, site, hooks[site], inputs)
        return site, hooks[site]
    modules = {name: m for name, m in model.named_modules(remove_duplicate=False) if name}
    if site is not None and site in modules:
        return site, modules[site]
    shapes = candidates(model, inputs)
    ends = [] if site is None else [name for name in shapes if name.endswith(f".{site}")]
    if len(ends) == 1:
        return ends[0], modules[ends[0]]
    if hooks:
        shapes = _shapes(model, hooks, inputs)
    raise BadInput(_sentence(site, ends, shapes, mlp_width(model)))


def check_mlp_width(model: Any, site: str, module: nn.Module, inputs: Any) -> None:
    """Refuse an MLP hook that does not have the width of the MLP (`cfg.d_mlp`).

    In some architectures a hook of that name sits elsewhere, and its neurons are no MLP neurons.
    """
    width = mlp_width(model)
    if width is None or not promises_mlp(site, model):
        return
    found = _shapes(model, {site: module}, inputs).get(site)
    if found is not None and found[-1] != width:
        raise BadInput(
            f"The site {site!r} has {found[-1]} neurons and the MLP of this model has {width}; "
            "give the hook behind its non-linearity."
        )


def _shapes(model: nn.Module, modules: dict[str, nn.Module], inputs: Any) -> dict[str, Shape]:
    """Shapes that the modules give for the inputs, in the order of `modules`."""
    shapes: dict[str, Shape] = {}
    with ExitStack() as hooks:
        for name, module in modules.items():
            if not isinstance(module, torch.jit.ScriptModule):
                hooks.enter_context(hooked(module, _note(name, shapes)))
        with evaluating(model), model_errors("The model called with the first batch's inputs"):
            call(model, inputs, device_of(model))
    return {name: shapes[name] for name in modules if name in shapes}


def _note(name: str, shapes: dict[str, Shape]) -> Any:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        values = values_of(output)
        if isinstance(values, torch.Tensor) and values.ndim >= 2 and values.is_floating_point():
            shapes[name] = tuple(values.shape)

    return hook


def _sentence(
    site: str | None, ends: list[str], shapes: dict[str, Shape], width: int | None
) -> str:
    if site is None:
        said = "No site was given"
    elif ends:
        said = f"site {site!r} may be {', '.join(map(repr, ends[:4]))}"
    else:
        close = difflib.get_close_matches(site, list(shapes), n=1, cutoff=0.5)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        said = f"The model has no site {site!r}{hint}"
    names = list(shapes)
    if len(names) > SHOWN:  # those as wide as the MLP are the likeliest
        names.sort(key=lambda name: shapes[name][-1] != width)
    listed = [f"{name} {shapes[name]}" for name in names[:SHOWN]]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{said}; candidates with the shapes they give: {', '.join(listed) or 'none'}{more}."
