"""What the product costs beside what the machine can do: `python -m bench --help`."""
