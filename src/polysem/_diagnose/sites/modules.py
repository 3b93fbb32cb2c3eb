"""Which module of a model is meant: a dotted path or a hook name; or a list of them all."""

from __future__ import annotations

import difflib
from typing import Any

import torch
from torch import nn

from polysem._diagnose.sites.calling import call, device_of, evaluating, values_of
from polysem._errors import BadInput

SHOWN = 40


def candidates(model: nn.Module, inputs: Any) -> dict[str, tuple[int, ...]]:
    """Every module that gives activations, with the shape that it gives for these inputs.

    Modules whose output is no tensor of real numbers with two or more axes are left out.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    handles = []
    for name, module in model.named_modules():
        if name:
            handles.append(module.register_forward_hook(_note(name, shapes)))
    try:
        with evaluating(model):
            call(model, inputs, device_of(model))
    finally:
        for handle in handles:
            handle.remove()
    return shapes


def find_site(model: nn.Module, site: str | None, inputs: Any) -> tuple[str, nn.Module]:
    """The module called `site`; the whole path, or an end of it that only one module has.

    `BadInput` listing every candidate with its shape when `site` is missing, unknown or ambiguous,
    and for a TransformerLens MLP hook whose width is not the MLP's.
    """
    hooks = getattr(model, "hook_dict", None)  # TransformerLens, major 3 and 4
    if site is not None and hooks is not None and site in hooks:
        check_mlp_width(model, site, hooks[site], inputs)
        return site, hooks[site]
    modules = {name: module for name, module in model.named_modules() if name}
    if site is not None and site in modules:
        return site, modules[site]
    shapes = candidates(model, inputs)
    ends = [] if site is None else [name for name in shapes if name.endswith(f".{site}")]
    if len(ends) == 1:
        return ends[0], modules[ends[0]]
    raise BadInput(_sentence(site, ends, shapes))


def check_mlp_width(model: Any, site: str, module: nn.Module, inputs: Any) -> None:
    """Refuse an MLP hook that does not have the width of the MLP (`cfg.d_mlp`).

    In some architectures a hook of that name sits elsewhere, and its neurons are no MLP neurons.
    """
    width = getattr(getattr(model, "cfg", None), "d_mlp", None)
    if width is None or ".mlp." not in site:
        return
    shapes: dict[str, tuple[int, ...]] = {}
    handle = module.register_forward_hook(_note(site, shapes))
    try:
        with evaluating(model):
            call(model, inputs, device_of(model))
    finally:
        handle.remove()
    found = shapes.get(site, (0,))[-1]
    if found != width:
        raise BadInput(
            f"The site {site!r} has {found} neurons and the MLP of this model has {width}; give "
            "the hook behind its non-linearity."
        )


def _note(name: str, shapes: dict[str, tuple[int, ...]]) -> Any:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        values = values_of(output)
        if isinstance(values, torch.Tensor) and values.ndim >= 2 and values.is_floating_point():
            shapes[name] = tuple(values.shape)

    return hook


def _sentence(site: str | None, ends: list[str], shapes: dict[str, tuple[int, ...]]) -> str:
    if site is None:
        said = "No site was given"
    elif ends:
        said = f"site {site!r} may be {', '.join(map(repr, ends[:4]))}"
    else:
        close = difflib.get_close_matches(site, list(shapes), n=1, cutoff=0.5)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        said = f"The model has no site {site!r}{hint}"
    listed = [f"{name} {shape}" for name, shape in shapes.items()]
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return f"{said}; candidates with the shapes they give: {', '.join(listed[:SHOWN])}{more}."
