"""The explorer: pages served on this machine, on which the phenomenon is watched and browsed.

One folder per view; in each, what is known (plain Python) apart from what is shown (Panel).
"""
