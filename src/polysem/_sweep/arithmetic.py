"""Arithmetic on names of fields: "n**2", "0.05 / sqrt(m)", "m < n and l1 > 0". Nothing else.

The text is parsed, never executed: only numbers, names, + - * / // % **, comparisons, and/or/not
and a few functions are known; anything else is refused.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from polysem._errors import BadInput

LONGEST = 200  # characters
LARGEST = 1e300
STEEPEST = 64  # exponent
Lookup = Callable[[str], Any]
"""The value of a name."""

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
}


def evaluate(text: str, lookup: Lookup) -> Any:
    """The value of `text`; raises `BadInput` if it is not arithmetic or has no finite value."""
    try:
        value = _value(_parsed(text), lookup)
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{text!r} has no value here: {error}.") from None
    if isinstance(value, int | float) and not abs(value) < LARGEST:
        raise BadInput(f"{text!r} is too large or not finite.")
    return value


def names_in(text: str) -> set[str]:
    """The names of fields that `text` uses. Raises `BadInput` if it is not arithmetic."""
    return _names(_parsed(text))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise BadInput(f"An expression of {len(text)} characters is too long; use {LONGEST}.")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise _refused(text) from None


def _refused(text: str) -> BadInput:
    return BadInput(
        f"{text!r} is not arithmetic on fields: write numbers, names of fields, + - * / // % **, "
        f"comparisons, and, or, not, {', '.join(FUNCTIONS)}; for example n**2 or 0.05/sqrt(m)."
    )


def _value(node: ast.expr, lookup: Lookup) -> Any:
    match node:
        case ast.Constant(value=int() | float() | str() | bool()):
            return node.value
        case ast.Name() | ast.Attribute():
            return lookup(_dotted(node))
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, lookup)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, lookup)
        case ast.BinOp(op=ast.Pow()):
            return _power(_value(node.left, lookup), _value(node.right, lookup))
        case ast.BinOp() if type(node.op) in OPERATORS:
            return _number(OPERATORS[type(node.op)], node.left, node.right, lookup)
        case ast.Compare():
            return _compared(node, lookup)
        case ast.BoolOp():
            combined = all if isinstance(node.op, ast.And) else any
            return combined(_value(part, lookup) for part in node.values)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(part, lookup) for part in node.args))
    raise _refused(ast.unparse(node))


def _number(op: Callable[[Any, Any], Any], left: ast.expr, right: ast.expr, lookup: Lookup) -> Any:
    """Arithmetic on numbers alone: text and lists could be made very long."""
    a, b = _value(left, lookup), _value(right, lookup)
    if not (isinstance(a, int | float) and isinstance(b, int | float)):
        raise TypeError(f"{a!r} and {b!r} are not both numbers")
    return op(a, b)


def _power(base: Any, exponent: Any) -> Any:
    if not (isinstance(base, int | float) and isinstance(exponent, int | float)):
        raise TypeError("a power needs numbers")
    if abs(exponent) > STEEPEST or abs(base) > LARGEST:
        raise ValueError(f"exponents go up to {STEEPEST}")
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("a root of a negative number")
    return value


def _compared(node: ast.Compare, lookup: Lookup) -> bool:
    left = _value(node.left, lookup)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        if type(op) not in OPERATORS:
            raise _refused(ast.unparse(node))
        right = _value(right_node, lookup)
        if not OPERATORS[type(op)](left, right):
            return False
        left = right
    return True


def _names(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Name | ast.Attribute):
        return {_dotted(node)}
    called = node.func if isinstance(node, ast.Call) else None
    inner = (part for part in ast.iter_child_nodes(node) if part is not called)
    return {name for part in inner if isinstance(part, ast.expr) for name in _names(part)}


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise _refused(ast.unparse(node))
