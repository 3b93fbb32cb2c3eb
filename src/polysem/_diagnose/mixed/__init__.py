"""Tests of random mixed selectivity from neuroscience: PAIRS and its elliptical kin."""
