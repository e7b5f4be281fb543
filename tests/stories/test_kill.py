"""The power goes while eight people write: what was acknowledged is there, once."""

import os
from statistics import median

import pytest

from tests.kill import Firm

KILLS = int(os.environ.get("SHUKE_KILLS", "20"))
BACK = 5  # seconds of CPU to the first page at most; a busy machine tells nothing by its clock, which is printed beside


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="a PostgreSQL server would outlive the kill of ours")
def test_every_acknowledged_write_survives_a_kill_exactly_once(tmp_path, capsys):
    firm = Firm(tmp_path, seed=KILLS)
    try:
        back, cost = [], []
        for _nth in range(KILLS):
            back.append(firm.round())
            cost.append(firm.server.cpu())
            firm.settle()
            assert firm.faults() == []
            assert firm.missed() == []
    finally:
        firm.server.stop()
    again = sum(writer.told for writer in firm.writers)
    with capsys.disabled():
        print(
            f"\n{KILLS} kills, {len(firm.writes)} writes, {again} sent again, 0 lost, 0 double; "
            f"first page after {median(back):.2f} s ({median(cost):.2f} s of CPU), "
            f"at worst {max(back):.2f} s ({max(cost):.2f} s)"
        )
    assert all(write.answer for write in firm.writes)
    assert max(cost) < BACK
