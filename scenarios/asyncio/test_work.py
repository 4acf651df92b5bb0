"""The work of a task can be tested without tardy: `python3 -m unittest`."""

import asyncio
import unittest

from tardy_asyncio import Context
from work import CONNECTIONS, Refused, checkout


class Checkout(unittest.IsolatedAsyncioTestCase):
    async def test_a_second_look_at_a_card_takes_longer_than_the_deadline(self):
        with self.assertRaises(TimeoutError):
            await asyncio.wait_for(checkout(Context(id=50)), timeout=0.1)

    async def test_one_card_in_a_thousand_is_refused(self):
        with self.assertRaises(Refused):
            await checkout(Context(id=1007))

    async def test_a_checkout_that_is_cancelled_gives_its_connection_back(self):
        running = asyncio.create_task(checkout(Context(id=1), reserve_ms=60_000))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        self.assertTrue(running.cancelled())
        for _ in range(8):
            await asyncio.wait_for(CONNECTIONS.acquire(), timeout=1)
        for _ in range(8):
            CONNECTIONS.release()


if __name__ == "__main__":
    unittest.main()
