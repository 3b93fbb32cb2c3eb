"""The claims ledger: one file per claim, and a verdict computed from data anyone can compute again.

statement → experiment (sweeps) → measurement (effects with intervals) → decision → verdict
"""
