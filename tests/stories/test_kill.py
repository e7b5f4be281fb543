"""The power goes while eight people write: what was acknowledged is there, once."""

import os
from statistics import median

import pytest

from tests.kill import Firm

KILLS = int(os.environ.get("SHUKE_KILLS", "20"))
BACK = 5  # seconds to the first page at most; 1.5 on a machine that does nothing else


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="a PostgreSQL server survives the kill of ours; its own crash is its own test")
def test_every_acknowledged_write_survives_a_kill_exactly_once(tmp_path, capsys):
    firm = Firm(tmp_path, seed=KILLS)
    try:
        back = []
        for _nth in range(KILLS):
            back.append(firm.round())
            firm.settle()
            assert firm.faults() == []
            assert firm.missed() == []
    finally:
        firm.server.stop()
    again = sum(writer.told for writer in firm.writers)
    with capsys.disabled():
        print(
            f"\n{KILLS} kills, {len(firm.writes)} writes, {again} sent again, 0 lost, 0 double; "
            f"first page after {median(back):.2f} s, at worst {max(back):.2f} s"
        )
    assert all(write.answer for write in firm.writes)
    assert max(back) < BACK
