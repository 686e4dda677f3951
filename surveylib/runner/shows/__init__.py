"""What the notebooks show: one file a notebook, one function an exhibit, each from a Case to a block.

They choose rows, name them in the reader's language, and hand them to `report`; nothing is estimated here.
"""
