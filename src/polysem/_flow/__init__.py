"""Exact gradient flow: reference stepper, certificate of the end state, what to record."""
