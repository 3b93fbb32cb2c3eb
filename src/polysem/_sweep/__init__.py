"""Sweeps: a grid → cells with content-hash ids → a run that loses nothing → Parquet parts."""
