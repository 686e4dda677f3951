"""Nouns: frozen, validated at construction, without algorithms."""
