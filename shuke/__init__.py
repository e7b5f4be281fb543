"""熟客 Shuke: the customer-relationship system for the small firm."""

__version__ = "0.1.0"
