"""The tasks of the scenarios `asyncio-…`: what becomes of coroutines that are late, on CPython's own event loop.

`tardy run asyncio-timeout` starts this program. The parameters below are those of `workload.parameters`.
"""

import asyncio
import math
import time

import tardy_asyncio


@tardy_asyncio.task
async def call(cx, *, median_ms=20, p99_ms=200, swallow=0.0, block=0.0, block_ms=30):
    """Asks a service whose answers take a lognormal time.

    A part `swallow` of the callers catches the `CancelledError` and goes on, as code does that retries after `except:`;
    the others clean up for 5 ms and let it pass. A part `block` computes for `block_ms` before it returns: no other
    task runs in that time, and no timeout is noticed.
    """
    is_stubborn = cx.random.random() < swallow
    hogs = cx.random.random() < block
    sigma = math.log(p99_ms / median_ms) / 2.3263  # a normal distribution has 1 % above that many deviations
    seconds = cx.random.lognormvariate(math.log(median_ms), sigma) / 1000

    with cx.step("call"):
        await answer(seconds, is_stubborn)
    if hogs:
        with cx.step("compute"):
            time.sleep(block_ms / 1000)  # not asyncio.sleep: the loop stands still


async def answer(seconds, is_stubborn):
    """Waits for the answer; a stubborn caller waits on when it is asked to cancel."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if not is_stubborn:
            await asyncio.sleep(0.005)
            raise
        await asyncio.sleep(max(0.0, due - loop.time()))


@tardy_asyncio.task
async def child(cx, *, invalid=0.1, min_ms=40, max_ms=60):
    """One of several that are gathered: a part `invalid` of them raises after 2 ms."""
    with cx.step("validate"):
        await asyncio.sleep(0.002)
        if cx.random.random() < invalid:
            raise ValueError("no such item")
    with cx.step("work"):
        await asyncio.sleep(cx.random.uniform(min_ms, max_ms) / 1000)


if __name__ == "__main__":
    tardy_asyncio.run()
