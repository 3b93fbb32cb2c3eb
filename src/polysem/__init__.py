"""Polysem: where does a polysemantic neuron come from?"""
