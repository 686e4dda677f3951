"""Sampling: how many to ask, and which dossiers, drawn with known probabilities."""

from surveylib.sampling.draw import allocate, answers_expected, draw
from surveylib.sampling.size import Size, detectable_change, size_for_change, size_for_mean, yamane

__all__ = [
    "Size",
    "allocate",
    "answers_expected",
    "detectable_change",
    "draw",
    "size_for_change",
    "size_for_mean",
    "yamane",
]
