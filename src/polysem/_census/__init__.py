"""The census: which neuron represents which feature, and what became of every collision."""

from polysem._census.census import Census
from polysem._census.columns import COLUMNS
from polysem._census.intervals import MeanCount, mean_count
from polysem._census.rules import RULES, Authors, Relative, Rule, rule_named
from polysem._census.tables import Table
from polysem._census.take import take_census

__all__ = [
    "COLUMNS",
    "RULES",
    "Authors",
    "Census",
    "MeanCount",
    "Relative",
    "Rule",
    "Table",
    "mean_count",
    "rule_named",
    "take_census",
]
