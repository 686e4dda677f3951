"""Running notebooks: jobs in their order, each in a kernel of its own, by papermill.

Kept empty of imports: the command line reads this package's name, only `execute` needs its engines.
"""
