"""Training by any torch optimiser: options, recipes, the closed-form fast path, outcomes."""
