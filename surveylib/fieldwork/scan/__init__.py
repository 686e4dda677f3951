"""Filled paper forms, scanned, back into answers: pages, their corners, their marks, the table.

Not imported by `fieldwork` itself: it brings OpenCV.
"""

from surveylib.fieldwork.scan.gather import Sheets, gather_pages
from surveylib.fieldwork.scan.page import read_page, scan_folder

__all__ = ["Sheets", "gather_pages", "read_page", "scan_folder"]
