"""Spreadsheets in and out: encodings, workbooks, header lines, cells. Knows nothing of kinds or the store."""
