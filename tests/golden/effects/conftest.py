"""What makes the goldens here needs packages that only its own environment has."""

collect_ignore = ["packages.py"]
