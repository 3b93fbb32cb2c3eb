"""Prevention on a user's own model: made, trained and judged by the user's functions."""
