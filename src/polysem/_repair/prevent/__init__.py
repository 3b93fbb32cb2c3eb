"""Prevention: starts, schedules and losses that keep features from colliding, by name."""
