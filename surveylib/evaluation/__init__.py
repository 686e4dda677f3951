"""Evaluation: from unit changes to evidence, from evidence to a decision, and what is refused."""
