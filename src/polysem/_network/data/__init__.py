"""Laws of the data: which features are on together.

A new one is a class with `kind`, `count`, `samples`, `energy` and `draw`, and one word in `Data`.
Importing this package imports no torch.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._network.data.bernoulli import Bernoulli
from polysem._network.data.exclusive import Exclusive
from polysem._network.data.k_hot import KHot
from polysem._network.data.law import DataLaw
from polysem._network.data.one_hot import OneHot
from polysem._network.data.partners import Partners

Data = Annotated[
    OneHot | KHot | Partners | Exclusive | Bernoulli,
    Field(discriminator="kind"),
]

__all__ = ["Bernoulli", "Data", "DataLaw", "Exclusive", "KHot", "OneHot", "Partners"]
