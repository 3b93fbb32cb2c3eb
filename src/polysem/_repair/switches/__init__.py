"""Ablation switches: change who meets whom on a neuron, and nothing else; record what moved."""
