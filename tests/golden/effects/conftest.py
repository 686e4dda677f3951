"""What makes the goldens here needs packages that only its own environment has."""

collect_ignore = ["bounds.py", "packages.py"]
