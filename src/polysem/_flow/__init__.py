"""Exact gradient flow: methods behind one face, certificate of the end state, what to record."""

from polysem._flow.certificate import Certificate, certify
from polysem._flow.face import solve, solve_each
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.recorder import RecordOptions
from polysem._flow.spec import SimulateSpec
from polysem._flow.statistics import RECORDABLE
from polysem._flow.stepper import SeedSolution

__all__ = [
    "RECORDABLE",
    "Certificate",
    "FlowOptions",
    "Outcome",
    "RecordOptions",
    "SeedSolution",
    "SimulateSpec",
    "certify",
    "solve",
    "solve_each",
]
