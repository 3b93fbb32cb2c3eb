"""Repair, prevention and switches: take incidental polysemanticity out, and show what it costs."""
