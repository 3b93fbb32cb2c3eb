"""Self-contained pages: one HTML file with everything in it, opened offline."""
