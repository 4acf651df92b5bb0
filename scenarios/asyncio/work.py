"""The work of one task: a checkout that reserves its items one by one and then charges a card.

`tardy run work.toml` starts this program once and asks it for tasks. Put your own coroutine in the place of `checkout`.
"""

import asyncio

import tardy_asyncio

#: What all tasks share, as a pool of a database driver would be.
CONNECTIONS = asyncio.Semaphore(8)


class Refused(Exception):
    """The card is not good."""


@tardy_asyncio.task
async def checkout(cx, *, items=3, reserve_ms=2):
    """A task; its keyword arguments come from `[workload.parameters]`."""
    for _ in range(items):
        with cx.step("connect"):
            await CONNECTIONS.acquire()
        try:
            with cx.step("reserve"):
                await asyncio.sleep(reserve_ms / 1000)
        finally:
            CONNECTIONS.release()
    with cx.step("charge"):
        await charge(cx.id)


async def charge(card):
    """One card in fifty needs another look, one in a thousand is refused."""
    await asyncio.sleep(0.2 if card % 50 == 0 else 0.01)
    if card % 1000 == 7:
        raise Refused("over its limit")


if __name__ == "__main__":
    tardy_asyncio.run()
