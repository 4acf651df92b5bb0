"""Lets tardy profile asyncio code: this program's coroutines are the tasks of a scenario of `kind = "process"`.

    import asyncio
    import tardy_asyncio

    @tardy_asyncio.task
    async def work(cx, *, seconds=0.02):
        with cx.step("query"):
            await asyncio.sleep(seconds)

    if __name__ == "__main__":
        tardy_asyncio.run()

tardy starts the program once and says when each task begins. A task is what `asyncio.create_task` makes of the
coroutine, on the event loop of this process, and ends as that `asyncio.Task` does:

- `done`: the coroutine returned, also when it was asked to cancel and swallowed the `CancelledError`;
- `cancelled`: it was left by a `CancelledError`;
- `failed`: it raised an `Exception`; the message is `TypeName: text`;
- `panicked`: it raised what is no `Exception`. At a `SystemExit` or a `KeyboardInterrupt` of a task asyncio would end
  the program; here the task panics, and the others go on.

To cancel is `Task.cancel()`: a request, which the task may take its time over or ignore. tardy waits for as long as
`deadline.grace` says, as `asyncio.wait_for` waits for ever, and counts the task as cancelled when it still runs then.

The table `workload.parameters` of the scenario becomes keyword arguments. Of several tasks in one program the parameter
`task` names the one to run. What the program prints goes to its stderr, since its stdout belongs to tardy; before `run`
that holds only for what Python buffers, so print nothing then, or print it to `sys.stderr`.

Python 3.11 or later, no dependencies. One file: copy it beside your own.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeVar

__all__ = ["Context", "run", "task"]

PROTOCOL = 1
LEVELS = ("info", "warning", "error")
NAME = "tardy_asyncio 1"

#: The longest line either side may send, in bytes.
LONGEST_LINE = 1 << 20
#: The longest text of a message, in characters; the rest is cut off.
LONGEST_TEXT = 4_000
#: How often the lag of the event loop is sampled, in seconds.
SAMPLING = 0.05
#: How long tasks may take to cancel once the run is over, in seconds.
FAREWELL = 1.0

Work = Callable[..., Awaitable[object]]
AnyWork = TypeVar("AnyWork", bound=Work)
Send = Callable[[str], None]

_works: dict[str, Work] = {}


def task(work: AnyWork) -> AnyWork:
    """Makes a coroutine function a task that tardy can start: `async def work(cx, **parameters)`."""
    is_async = inspect.iscoroutinefunction(work)
    if not is_async:
        raise TypeError(f"a task is an `async def`, which {work!r} is not")
    if _works.setdefault(work.__name__, work) is not work:
        raise ValueError(f"there are two tasks called `{work.__name__}`")
    return work


def run() -> None:
    """Runs the tasks that tardy asks for, until it says goodbye. What is wrong ends the program with a message."""
    if sys.stdin.isatty():
        raise SystemExit('this program is started by tardy: `kind = "process"` in a scenario, then `tardy run`')
    if not _works:
        raise SystemExit("there is no task: put @tardy_asyncio.task above an `async def work(cx)`")
    reading, writing = _take_pipes()
    try:
        asyncio.run(_serve(reading, writing))
    except _Fault as fault:
        raise SystemExit(f"tardy_asyncio: {fault}") from None


class Context:
    """What a task knows of itself. Made without `send`, in a test of one's own, its steps and logs go nowhere."""

    def __init__(self, id: int = 0, child: int = 0, seed: int = 0, send: Send = lambda line: None) -> None:
        #: The number of the task, never used twice in a run.
        self.id = id
        #: The index of the task among those that are gathered with it.
        self.child = child
        self._seed = seed
        self._send = send
        self._step: str | None = None
        self._is_over = False

    @functools.cached_property
    def random(self) -> random.Random:
        """Random numbers of this task: the same in each run of one seed, whatever the policy."""
        return random.Random(self._seed << 64 | self.id)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """While inside, the task is in this step: `with cx.step("query"): …`. A step within a step counts alone."""
        outer = self._step
        self._enter(_sendable(name))
        try:
            yield
        finally:
            self._enter(outer)

    def log(self, message: object, level: str = "info") -> None:
        """Tells tardy something; `level` is `info`, `warning` or `error`."""
        if level not in LEVELS:
            raise ValueError(f"there is no level {level!r} but {', '.join(LEVELS)}")
        self._send(_line(type="log", level=level, message=_sendable(str(message))))

    def _enter(self, name: str | None) -> None:
        self._step = name
        if not self._is_over:
            self._send(f'{{"type":"step","id":{self.id},"name":{json.dumps(name)}}}\n')


class _Fault(Exception):
    """Why the program cannot go on."""


class _Panic(BaseException):
    """Stands for an exception that asyncio would let end the program."""


class _Output(asyncio.BaseProtocol):
    """Lines on their way to tardy."""

    def __init__(self, is_full: Callable[[bool], None], is_gone: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: list[str] = []
        self._transport: asyncio.WriteTransport | None = None
        self._is_full = is_full
        self._is_gone = is_gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._is_gone()

    def pause_writing(self) -> None:
        self._is_full(True)

    def resume_writing(self) -> None:
        self._is_full(False)

    def send(self, line: str) -> None:
        """Sends a line with all others of this turn of the loop."""
        if not self._lines:
            self._loop.call_soon(self.flush)
        self._lines.append(line)

    def send_now(self, line: str) -> None:
        """Sends a line before the loop, or a task that blocks it, goes on."""
        self._lines.append(line)
        self.flush()

    def flush(self) -> None:
        """Hands over what was sent."""
        if self._lines and self._transport is not None:
            self._transport.write("".join(self._lines).encode())
        self._lines.clear()

    async def close(self) -> None:
        """Waits until all is written, unless nobody reads."""
        self.flush()
        if self._transport is not None:
            while self._transport.get_write_buffer_size() > 0:
                await asyncio.sleep(0.01)
            self._transport.close()


class _Program(asyncio.Protocol):
    """The tasks that tardy asked for: its messages come in here, and theirs go out by `_Output`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        #: Set when there is nothing more to do: tardy said goodbye, went away, or said what cannot be understood.
        self.over: asyncio.Future[None] = self._loop.create_future()
        self.output = _Output(self._pause, self._end)
        self._input: asyncio.ReadTransport | None = None
        self._rest = b""
        self._work: Work | None = None
        self._seed = 0
        self._tasks: dict[int, asyncio.Task[object]] = {}

    # What the pipe from tardy says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)
        self._input = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._receive(_message(line))
            if len(self._rest) > LONGEST_LINE:
                raise _Fault(f"tardy sent a line of more than {LONGEST_LINE} bytes")
        except _Fault as fault:
            self._end(fault)

    def _receive(self, message: Mapping[str, Any]) -> None:
        try:
            match message.get("type"):
                case "task":
                    self._start(message["id"], message.get("child", 0), message["parameters"])
                case "cancel":
                    if running := self._tasks.get(message["id"]):
                        running.cancel()
                case "hello":
                    self._greet(message["protocol"], message["seed"], message["parameters"])
                case "bye":
                    self._end()
        except KeyError as key:
            raise _Fault(f"tardy sent a `{message['type']}` without {key}") from None

    def _pause(self, is_full: bool) -> None:
        """Takes no more tasks while tardy does not read what became of those there are."""
        if self._input is not None and not self._input.is_closing():
            if is_full:
                self._input.pause_reading()
            else:
                self._input.resume_reading()

    def _end(self, fault: _Fault | None = None) -> None:
        if not self.over.done():
            if fault is None:
                self.over.set_result(None)
            else:
                self.over.set_exception(fault)

    # What the tasks do.

    def _greet(self, protocol: int, seed: int, parameters: Mapping[str, Any]) -> None:
        if protocol != PROTOCOL:
            fault = _Fault(f"tardy speaks protocol {protocol}, and this is for protocol {PROTOCOL}")
            self.output.send(_line(type="log", level="error", message=str(fault)))
            raise fault
        self._work = _choose(parameters)
        self._seed = seed
        self.output.send(_line(type="ready", protocol=PROTOCOL, name=NAME))
        self._sample(self._loop.time())

    def _start(self, id: int, child: int, parameters: dict[str, Any]) -> None:
        if self._work is None:
            raise _Fault("tardy sent a task before it said hello")
        parameters.pop("task", None)
        cx = Context(id, child, self._seed, self.output.send_now)
        running = asyncio.create_task(_guarded(self._work, cx, parameters), name=f"{self._work.__name__} {id}")
        running.add_done_callback(functools.partial(self._ended, cx))
        self._tasks[id] = running

    def _ended(self, cx: Context, ended: asyncio.Task[object]) -> None:
        del self._tasks[cx.id]
        cx._is_over = True
        if ended.cancelled():
            self.output.send(f'{{"type":"end","id":{cx.id},"ending":"cancelled"}}\n')
        elif (error := ended.exception()) is None:
            self.output.send(f'{{"type":"end","id":{cx.id},"ending":"done"}}\n')
        else:
            ending = "failed" if isinstance(error, Exception) else "panicked"
            self.output.send(_line(type="end", id=cx.id, ending=ending, message=_text(error)))

    def _sample(self, due: float) -> None:
        """Says how late the loop called this, its timers' 1 ms included, and asks to be called again."""
        now = self._loop.time()
        if now > due:
            self.output.send(f'{{"type":"lag","ns":{round((now - due) * 1e9)}}}\n')
        self._loop.call_at(now + SAMPLING, self._sample, now + SAMPLING)

    async def close(self) -> None:
        """Cancels what still runs and waits until tardy was told, but not for long."""
        running = list(self._tasks.values())
        for left in running:
            left.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                if running:
                    await asyncio.wait(running)
                await self.output.close()


async def _guarded(work: Work, cx: Context, parameters: Mapping[str, Any]) -> None:
    try:
        await work(cx, **parameters)
    except (SystemExit, KeyboardInterrupt) as end:
        raise _Panic(end) from end


async def _serve(reading: int, writing: int) -> None:
    loop = asyncio.get_running_loop()
    program = _Program()
    await loop.connect_write_pipe(lambda: program.output, os.fdopen(writing, "wb", 0))
    await loop.connect_read_pipe(lambda: program, os.fdopen(reading, "rb", 0))
    try:
        await program.over
    finally:
        await program.close()


def _take_pipes() -> tuple[int, int]:
    """Takes stdin and stdout for the protocol. The rest of the program reads nothing, and prints to stderr."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return reading, writing


def _choose(parameters: Mapping[str, Any]) -> Work:
    """The task that the parameters are for, if they can be: a mistake is better told before the first task."""
    names = ", ".join(f"`{name}`" for name in _works)
    name = parameters.get("task")
    if isinstance(name, str) and name in _works:
        work = _works[name]
    elif name is not None:
        raise _Fault(f"workload.parameters.task = {name!r}: there is {names}")
    elif len(_works) > 1:
        raise _Fault(f"workload.parameters.task is to say which: {names}")
    else:
        [work] = _works.values()
    try:
        inspect.signature(work).bind(None, **{name: value for name, value in parameters.items() if name != "task"})
    except TypeError as error:
        raise _Fault(f"workload.parameters do not fit `{work.__name__}`: {error}") from None
    return work


def _message(line: bytes) -> Mapping[str, Any]:
    if len(line) <= LONGEST_LINE:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict):
            return message
    raise _Fault(f"tardy sent what is no message: {line[:80]!r}")


def _line(**message: object) -> str:
    return json.dumps(message, separators=(",", ":")) + "\n"


def _text(error: BaseException) -> str:
    """What an exception says: `TypeName: text`."""
    if isinstance(error, _Panic):
        error = error.args[0]
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # its own __str__ may do anything
        text = ""
    return _sendable(f"{name}: {text}" if text else name)


def _sendable(text: str) -> str:
    """The text without what JSON cannot have, such as the bytes of an odd file name, and not too long."""
    return text[:LONGEST_TEXT].encode(errors="replace").decode()
