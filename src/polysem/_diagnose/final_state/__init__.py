"""The final-state score: what the encodings alone suggest about the origin. The weaker evidence."""
