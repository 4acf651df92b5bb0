"""Drives `tardy_asyncio` through its pipes, as tardy does. It needs nothing but Python: `python3 -m unittest`."""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

import tardy_asyncio

HERE = pathlib.Path(__file__).parent

#: How long a test waits for a line or for the end of a program, in seconds.
PATIENCE = 20

WORK = """
import asyncio, os, subprocess, sys, time
import tardy_asyncio

print("printed before run()")

class Odd(BaseException):
    pass

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")

async def act(cx, what):
    match what:
        case "return":
            return "a value, which nobody asked for"
        case "steps":
            with cx.step("outer"):
                with cx.step('in"ner\\n'):
                    await asyncio.sleep(0)
        case "raise":
            raise ValueError("no such item: ☂")
        case "undecodable":
            with cx.step(os.fsdecode(b"step \\xff")):
                cx.log(os.fsdecode(b"log \\xff"))
                raise ValueError(os.fsdecode(b"end \\xff"))
        case "loud":
            cx.log("one", level="loud")
        case "mute":
            raise Mute
        case "huge":
            raise ValueError("x" * 5_000_000)
        case "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(act(cx, "raise"))
        case "exit":
            sys.exit("as a task")
        case "interrupt":
            raise KeyboardInterrupt
        case "odd":
            raise Odd("no Exception")
        case "cancel itself":
            raise asyncio.CancelledError
        case "sleep":
            await asyncio.sleep(60)
        case "swallow":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.01)
        case "clean up badly":
            try:
                await asyncio.sleep(60)
            finally:
                raise OSError("it was closed already")
        case "ignore":
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    pass
        case "print":
            print("printed")
            os.write(1, b"written\\n")
            subprocess.run(["echo", "by a child"])
            subprocess.run(["cat"], check=True)
        case "block":
            with cx.step("block"):
                time.sleep(0.5)
        case "log":
            cx.log("one", level="warning")
            cx.log("y" * 5_000_000)
        case "random":
            raise ValueError(cx.random.random())
        case "who":
            raise ValueError((cx.id, cx.child))
        case "linger":
            async def later():
                await asyncio.sleep(0.05)
                with cx.step("of a task that has ended"):
                    pass
                cx.log("later")
            asyncio.create_task(later())

@tardy_asyncio.task
async def work(cx, what="return"):
    await act(cx, what)
"""

RUN = """
tardy_asyncio.run()
print("run() has returned")
"""


class Program:
    """A program that tasks can be sent to; the lines it writes are messages."""

    def __init__(self, text=WORK + RUN, **parameters):
        environment = {**os.environ, "PYTHONPATH": str(HERE)}
        environment.pop("PYTHONUNBUFFERED", None)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, "-B", "-c", text], env=environment, **pipes)
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()
        self.hello(parameters=parameters)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait()
        for pipe in [self.process.stdin, self.process.stdout, self.process.stderr]:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, type, **fields):
        self.write(json.dumps({"type": type, **fields}).encode() + b"\n")

    def hello(self, protocol=1, parameters=None):
        about = {"scenario": "test", "seed": 7, "copy": 0, "copies": 1}
        self.send("hello", protocol=protocol, parameters=parameters or {}, **about)

    def task(self, id, what="return", child=0, **parameters):
        self.send("task", id=id, child=child, parameters={"what": what, **parameters})

    def message(self):
        """The next message but for `lag`, of which nobody knows when it comes; `None` at the end."""
        for line in self.process.stdout:
            message = json.loads(line)
            if message["type"] != "lag":
                return message
        return None

    def end(self):
        """The next message, without its type, that has to be an `end`."""
        message = self.message()
        assert message.pop("type") == "end", message
        return message

    def farewell(self):
        """Says goodbye; what comes until the end."""
        self.send("bye")
        self.process.stdin.close()
        return list(iter(self.message, None))

    def exit(self):
        """The exit code and what is on stderr, once there is nothing more to read."""
        rest = self.process.stdout.read()
        assert rest == b"", rest
        errors = self.process.stderr.read().decode()
        return self.process.wait(), errors


@contextlib.contextmanager
def ready(text=WORK + RUN, **parameters):
    """A program that has said `ready`."""
    with Program(text, **parameters) as program:
        message = program.message()
        assert message == {"type": "ready", "protocol": 1, "name": tardy_asyncio.NAME}, message
        yield program


def ending(id, ending, message=None):
    return {"id": id, "ending": ending} | ({} if message is None else {"message": message})


class Endings(unittest.TestCase):
    def test_a_task_ends_as_its_asyncio_task_does(self):
        for what, *expected in [
            ("return", "done"),
            ("raise", "failed", "ValueError: no such item: ☂"),
            ("mute", "failed", "Mute"),
            ("loud", "failed", "ValueError: there is no level 'loud' but info, warning, error"),
            ("group", "failed", "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)"),
            ("exit", "panicked", "SystemExit: as a task"),
            ("interrupt", "panicked", "KeyboardInterrupt"),
            ("odd", "panicked", "Odd: no Exception"),
            ("cancel itself", "cancelled"),
        ]:
            with self.subTest(what), ready() as program:
                program.task(3, what)
                self.assertEqual(program.end(), ending(3, *expected))
                program.task(4)
                self.assertEqual(program.end(), ending(4, "done"), "the program goes on")
                self.assertEqual(program.farewell(), [])
                self.assertEqual(program.exit()[0], 0)

    def test_a_cancel_is_a_request_that_a_task_obeys_swallows_or_ignores(self):
        with ready() as program:
            whats = ["sleep", "swallow", "clean up badly", "ignore", "sleep"]
            for id, what in enumerate(whats):
                program.task(id, what)
            program.task(9)
            self.assertEqual(program.end(), ending(9, "done"), "the others have started before")
            for id in range(4):
                program.send("cancel", id=id)
            ends = sorted((program.end() for _ in range(3)), key=lambda end: end["id"])
            failed = ending(2, "failed", "OSError: it was closed already")
            self.assertEqual(ends, [ending(0, "cancelled"), ending(1, "done"), failed])
            program.send("cancel", id=4)
            self.assertEqual(program.end(), ending(4, "cancelled"))

    def test_a_task_that_is_cancelled_in_the_same_breath_never_starts(self):
        with ready() as program:
            task = {"type": "task", "id": 1, "child": 0, "parameters": {"what": "swallow"}}
            cancel = {"type": "cancel", "id": 1}
            program.write(f"{json.dumps(task)}\n{json.dumps(cancel)}\n".encode())
            self.assertEqual(program.end(), ending(1, "cancelled"))

    def test_a_cancel_of_what_has_ended_or_never_was_is_nothing(self):
        with ready() as program:
            program.task(1)
            self.assertEqual(program.end(), ending(1, "done"))
            program.send("cancel", id=1)
            program.send("cancel", id=99)
            self.assertEqual(program.farewell(), [])

    def test_ten_thousand_tasks_all_end_once(self):
        with ready() as program:
            count = 10_000
            writer = threading.Thread(target=lambda: [program.task(id) for id in range(count)])
            writer.start()
            ends = [program.end() for _ in range(count)]
            writer.join()
            self.assertEqual(sorted(end["id"] for end in ends), list(range(count)))
            self.assertEqual(program.farewell(), [])


class Messages(unittest.TestCase):
    def test_steps_are_told_as_they_begin_and_the_outer_one_comes_back(self):
        with ready() as program:
            program.task(5, "steps")
            names = [program.message() for _ in range(4)]
            self.assertEqual([name["name"] for name in names], ["outer", 'in"ner\n', "outer", None])
            self.assertEqual({(name["type"], name["id"]) for name in names}, {("step", 5)})
            self.assertEqual(program.end(), ending(5, "done"))

    def test_a_step_after_the_end_of_its_task_is_told_to_nobody(self):
        with ready() as program:
            program.task(1, "linger")
            self.assertEqual(program.end(), ending(1, "done"))
            self.assertEqual(program.message(), {"type": "log", "level": "info", "message": "later"})

    def test_huge_messages_are_cut_and_logs_have_a_level(self):
        with ready() as program:
            program.task(1, "huge")
            self.assertEqual(len(program.end()["message"]), tardy_asyncio.LONGEST_TEXT)
            program.task(2, "log")
            self.assertEqual(program.message(), {"type": "log", "level": "warning", "message": "one"})
            self.assertEqual(program.message()["message"], "y" * tardy_asyncio.LONGEST_TEXT)

    def test_what_json_cannot_have_is_replaced(self):
        with ready() as program:
            program.task(1, "undecodable")
            texts = [program.message().get(key) for key in ["name", "message", "name", "message"]]
            self.assertEqual(texts, ["step ?", "log ?", None, "ValueError: end ?"])

    def test_a_task_knows_its_number_and_draws_the_same_each_time(self):
        drawn = []
        for _ in range(2):
            with ready() as program:
                program.task(6, "who", child=2)
                self.assertEqual(program.end()["message"], "ValueError: (6, 2)")
                program.task(7, "random")
                program.task(8, "random")
                drawn.append([program.end()["message"], program.end()["message"]])
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(*drawn[0])

    def test_a_step_that_blocks_the_loop_is_told_before_it_does(self):
        with ready() as program:
            program.task(1, "block")
            self.assertEqual(program.message(), {"type": "step", "id": 1, "name": "block"})
            begin = time.monotonic()
            self.assertIsNone(program.message()["name"])
            self.assertGreater(time.monotonic() - begin, 0.2)

    def test_a_blocked_loop_is_reported_as_lag(self):
        with ready() as program:
            program.task(1, "block")
            worst = 0
            while worst < 100_000_000:
                message = json.loads(program.process.stdout.readline())
                if message["type"] == "lag":
                    self.assertGreater(message["ns"], 0)
                    worst = max(worst, message["ns"])

    def test_prints_of_the_program_and_its_children_go_to_stderr(self):
        with ready() as program:
            program.task(1, "print")
            self.assertEqual(program.end(), ending(1, "done"))
            self.assertEqual(program.farewell(), [])
            code, errors = program.exit()
            self.assertEqual(code, 0)
            for text in ["printed before run()", "printed", "written", "by a child", "run() has returned"]:
                self.assertIn(text + "\n", errors)


class Parameters(unittest.TestCase):
    def test_what_does_not_fit_is_told_before_the_first_task(self):
        two = WORK + "\n@tardy_asyncio.task\nasync def other(cx, *, n): pass\n" + RUN
        for text, parameters, expected in [
            (WORK + RUN, {"whta": 1}, "do not fit `work`: got an unexpected keyword argument 'whta'"),
            (two, {}, "workload.parameters.task is to say which: `work`, `other`"),
            (two, {"task": "none"}, "workload.parameters.task = 'none': there is `work`, `other`"),
            (two, {"task": ["work"]}, "workload.parameters.task = ['work']: there is `work`, `other`"),
            (two, {"task": "other"}, "do not fit `other`: missing a required argument: 'n'"),
            ("import tardy_asyncio" + RUN, {}, "there is no task"),
        ]:
            with self.subTest(expected), Program(text, **parameters) as program:
                self.assertIsNone(program.message())
                code, errors = program.exit()
                self.assertEqual(code, 1)
                self.assertIn(expected, errors)

    def test_of_several_tasks_the_one_that_is_named_runs(self):
        two = WORK + "\n@tardy_asyncio.task\nasync def other(cx, what): raise ValueError(what)\n" + RUN
        with ready(two, task="other", what="x") as program:
            program.task(1, "x", task="other")
            self.assertEqual(program.end(), ending(1, "failed", "ValueError: x"))

    def test_what_is_no_coroutine_function_is_no_task(self):
        with self.assertRaisesRegex(TypeError, "a task is an `async def`"):
            tardy_asyncio.task(lambda cx: None)

    def test_a_task_runs_in_a_test_without_tardy(self):
        async def work(cx):
            with cx.step("one"):
                cx.log("two")
                return cx.random.random()

        one, two = (asyncio.run(work(tardy_asyncio.Context(id))) for id in [1, 2])
        self.assertNotEqual(one, two)


class Ends(unittest.TestCase):
    def test_at_a_bye_what_still_runs_is_cancelled_and_told(self):
        with ready() as program:
            program.task(1, "sleep")
            program.task(2, "swallow")
            ends = sorted(program.farewell(), key=lambda end: end["id"])
            self.assertEqual([(end["id"], end["ending"]) for end in ends], [(1, "cancelled"), (2, "done")])
            self.assertEqual(program.exit()[0], 0)

    def test_the_end_of_input_is_a_goodbye(self):
        with ready() as program:
            program.task(1, "sleep")
            program.process.stdin.close()
            self.assertEqual(program.end(), ending(1, "cancelled"))
            self.assertEqual(program.exit()[0], 0)

    def test_a_tardy_that_reads_no_more_ends_the_program(self):
        with ready() as program:
            program.process.stdout.close()
            self.assertEqual(program.process.wait(), 0)

    def test_unknown_types_and_fields_are_ignored(self):
        with ready() as program:
            program.send("weather", id=1)
            program.send("task", id=1, child=0, parameters={}, colour="red")
            self.assertEqual(program.end(), ending(1, "done"))

    def test_a_line_may_come_in_pieces(self):
        with ready() as program:
            line = json.dumps({"type": "task", "id": 1, "child": 0, "parameters": {"what": "☂"}}, ensure_ascii=False)
            for byte in line.encode() + b"\n":
                program.write(bytes([byte]))
            self.assertEqual(program.end(), ending(1, "done"))

    def test_garbage_ends_the_program_with_a_message(self):
        for data, expected in [
            (b"no json\n", "tardy sent what is no message: b'no json'"),
            (b"[1]\n", "tardy sent what is no message: b'[1]'"),
            (b"\xff\xfe\xfd\n", "tardy sent what is no message"),
            (b"[" * 100_000 + b"\n", "tardy sent what is no message"),
            (b'{"type":"task"}\n', "tardy sent a `task` without 'id'"),
            (b"x" * 3_000_000, "tardy sent a line of more than 1048576 bytes"),
        ]:
            with self.subTest(expected), ready() as program:
                with contextlib.suppress(BrokenPipeError):
                    program.write(data)
                self.assertIsNone(program.message())
                code, errors = program.exit()
                self.assertEqual(code, 1)
                self.assertIn(expected, errors)

    def test_a_protocol_it_does_not_speak_is_told_in_a_log(self):
        with Program() as program:
            program.message()
            program.hello(protocol=2)
            log = program.message()
            self.assertEqual((log["type"], log["level"]), ("log", "error"))
            self.assertIn("protocol 2", log["message"])
            self.assertEqual(program.exit()[0], 1)


if __name__ == "__main__":
    unittest.main()
