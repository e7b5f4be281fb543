"""The benchmark runs from end to end on a small store; how fast is for `make bench` to say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = ["floor", "raw", *map(str, [*range(1, 9), *range(10, 17)])]


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the benchmark measures the embedded store")
def test_the_benchmark_fills_every_row_of_its_table():
    command = [sys.executable, "-m", "bench", "--quick"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ran.returncode == 0, ran.stderr
    told = [line.split(" | ")[0].removeprefix("| ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    assert [row for row in ROWS if row not in told] == []
