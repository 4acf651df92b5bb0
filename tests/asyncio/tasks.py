"""The tasks of a plan, each when tardy asks for it."""

import plan
import tardy_asyncio


@tardy_asyncio.task
async def work(cx, *, tasks):
    await plan.work(tasks[cx.id])


if __name__ == "__main__":
    tardy_asyncio.run()
