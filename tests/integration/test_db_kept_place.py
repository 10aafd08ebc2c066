"""A caller whose place is kept is still called by number in what is to come."""

import pytest

from acd.db import Store
from acd.db.erasing import NotErasable, erase
from acd.db.moment import opened
from acd.waits import Leaving
from tests.integration.test_db_erasing import CALLER, store, write
from tests.stories.acd import SALES, queue_settings, settings
from tests.unit.db.lives import RecordedAcd

__all__ = ["store"]


async def test_who_may_ring_again_for_the_old_place_is_not_erased_yet(store: Store) -> None:
    leaving = Leaving(resume_s=600)
    acd = RecordedAcd(settings(queue_settings(SALES, "700", "ayse", leaving=leaving)))
    acd.calls("first")
    acd.caller_hangs_up("first")
    await write(store, acd.records)
    with opened(store.url) as engine, pytest.raises(NotErasable, match="has a place in a queue"):
        erase(engine, "caller", CALLER)
