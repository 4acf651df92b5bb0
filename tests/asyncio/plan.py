"""Runs the plans of a JSON file with asyncio and prints what became of each, as JSON.

A plan is `{"kind", "deadline_ms", "gathers": [[task, …], …]}`, a task `{"sleep_ms", "ending"}`.
"""

import asyncio
import collections
import contextvars
import json
import sys


# When the gather of the running task was started: its deadline counts from there.
STARTED = contextvars.ContextVar("started")


class Failure(Exception):
    """The error of a task that is to fail."""


async def work(task):
    try:
        await asyncio.sleep(task["sleep_ms"] / 1000)
    except asyncio.CancelledError:
        if task["ending"] != "swallow":
            raise
        await asyncio.sleep(0.05)
    if task["ending"] == "error":
        raise Failure
    if task["ending"] == "cancelled":
        raise asyncio.CancelledError


class Books:
    """Counts each task once by how it ended, and each gather by its outcome."""

    def __init__(self, deadline_ms):
        self.deadline = deadline_ms / 1000
        self.counts = collections.Counter(done=0, failed=0, cancelled=0, timed_out=0)
        self.outcomes = collections.Counter(complete=0, partial=0, failed=0, cancelled=0)
        self.tasks = []

    def create(self, task, create_task=asyncio.create_task):
        started = STARTED.get()
        child = create_task(work(task))
        child.add_done_callback(lambda ended: self.ended(ended, started))
        self.tasks.append(child)
        return child

    def ended(self, child, started):
        ending = "cancelled" if child.cancelled() else "failed" if child.exception() else "done"
        self.counts[ending] += 1
        if asyncio.get_running_loop().time() - started > self.deadline:
            self.counts["timed_out"] += 1

    async def gather(self, kind, tasks):
        STARTED.set(asyncio.get_running_loop().time())
        self.outcomes[await getattr(self, kind)(tasks)] += 1

    async def observe(self, tasks):
        child = self.create(tasks[0])
        await asyncio.wait({child}, timeout=self.deadline)
        await asyncio.wait({child})
        return "none"

    async def wait_for(self, tasks):
        try:
            await asyncio.wait_for(self.create(tasks[0]), self.deadline)
        except (Failure, asyncio.TimeoutError):
            pass
        return "none"

    async def collect(self, tasks):
        results = await asyncio.gather(*map(self.create, tasks), return_exceptions=True)
        return "partial" if any(isinstance(result, BaseException) for result in results) else "complete"

    async def fail_fast(self, tasks):
        try:
            await asyncio.gather(*map(self.create, tasks))
        except (Failure, asyncio.CancelledError):
            return "failed"
        return "complete"

    async def cancel_siblings(self, tasks):
        try:
            async with asyncio.TaskGroup() as group:
                children = [self.create(task, group.create_task) for task in tasks]
        except BaseExceptionGroup:
            return "failed"
        return "partial" if any(child.cancelled() for child in children) else "complete"

    async def each_wait_for(self, tasks, return_exceptions):
        children = [asyncio.wait_for(self.create(task), self.deadline) for task in tasks]
        return await asyncio.gather(*children, return_exceptions=return_exceptions)

    async def collect_of_wait_for(self, tasks):
        results = await self.each_wait_for(tasks, True)
        return "partial" if any(isinstance(result, BaseException) for result in results) else "complete"

    async def fail_fast_of_wait_for(self, tasks):
        try:
            await self.each_wait_for(tasks, False)
        except (Failure, asyncio.TimeoutError):
            return "failed"
        return "complete"

    async def cancel_siblings_of_wait_for(self, tasks):
        try:
            async with asyncio.TaskGroup() as group:
                for task in tasks:
                    group.create_task(asyncio.wait_for(self.create(task), self.deadline))
        except BaseExceptionGroup:
            return "failed"
        return "complete"

    async def within_deadline(self, gather):
        try:
            return await asyncio.wait_for(gather, self.deadline)
        except asyncio.TimeoutError:
            return "cancelled"

    async def wait_for_collect(self, tasks):
        return await self.within_deadline(self.collect(tasks))

    async def wait_for_fail_fast(self, tasks):
        async def inner():
            try:
                await asyncio.gather(*map(self.create, tasks))
            except Failure:
                return "failed"
            return "complete"

        return await self.within_deadline(inner())

    async def wait_for_cancel_siblings(self, tasks):
        return await self.within_deadline(self.cancel_siblings(tasks))


async def run(plan):
    books = Books(plan["deadline_ms"])
    await asyncio.gather(*(books.gather(plan["kind"], tasks) for tasks in plan["gathers"]))
    if books.tasks:
        await asyncio.wait(books.tasks)
    await asyncio.sleep(0)
    books.outcomes.pop("none", None)
    return {**books.counts, "outcomes": dict(books.outcomes)}


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plans = json.load(file)
    print(json.dumps(await asyncio.gather(*map(run, plans))))


if __name__ == "__main__":
    asyncio.run(main())
