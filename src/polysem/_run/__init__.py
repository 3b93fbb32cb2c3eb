"""Runs: what `simulate` and `train` give back, in memory and as a folder."""
