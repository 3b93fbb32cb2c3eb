"""Judging a change: paired effects on the same seeds, with intervals, and what they cost."""
