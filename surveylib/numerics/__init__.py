"""Arithmetic: numpy in, numpy out. Knows no tables and no nouns."""
