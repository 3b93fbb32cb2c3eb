"""The labelled benchmark of origin: families of networks, causal truth, calibration, figures."""
