/** Drives `tardy-node` through its pipes, as tardy does. It needs nothing but Node: `node --test`. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { Context, NAME } from "./tardy-node.mjs";

const MODULE = new URL("./tardy-node.mjs", import.meta.url).href;

/** How long a program may live. */
const PATIENCE_MS = 20_000;

const WORK = `
import { setTimeout as sleep } from "node:timers/promises";
import { run, task } from ${JSON.stringify(MODULE)};

const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };

const acts = {
  return: async () => "a value, which nobody asked for",
  throw: () => { throw new TypeError("no such item: ☂"); },
  text: () => { throw "a text"; },
  nothing: () => Promise.reject(undefined),
  loud: async (cx) => cx.log("one", "loud"),
  half: (cx) => cx.step("step \\ud83d", () => { throw new Error("end \\ud83d"); }),
  huge: () => { throw new Error("x".repeat(5_000_000)); },
  odd: () => { throw { toString() { throw new Error("no text"); } }; },
  steps: (cx) => cx.step("outer", () => cx.step('in"ner\\n', async () => {})),
  sleep: (cx) => sleep(60_000, undefined, { signal: cx.signal }),
  reason: (cx) => new Promise((_, reject) => cx.signal.addEventListener("abort", () => reject(cx.signal.reason))),
  deaf: () => sleep(200),
  stuck: () => sleep(60_000),
  "clean up badly": async (cx) => {
    await sleep(60_000, undefined, { signal: cx.signal }).catch(() => { throw new Error("closed already"); });
  },
  "abort itself": () => { throw new DOMException("nobody asked", "AbortError"); },
  print: async () => { console.log("printed"); process.stdout.write("written\\n"); },
  block: (cx) => cx.step("block", async () => spin(500)),
  log: async (cx) => { cx.log("one", "warning"); cx.log("y".repeat(5_000_000)); },
  random: async (cx) => { throw cx.random(); },
  who: async (cx) => { throw [cx.id, cx.child]; },
  linger: async (cx) => { sleep(50).then(() => cx.step("too late", async () => cx.log("later"))); },
};

task(async function work(cx, { what }) { await acts[what](cx); });
`;

const RUN = "\nrun();\n";

/** A program that tasks can be sent to; the lines it writes are messages. */
class Program {
  constructor(text, parameters) {
    this.process = spawn(process.execPath, ["--input-type=module", "-e", text]);
    this.watchdog = setTimeout(() => this.process.kill("SIGKILL"), PATIENCE_MS);
    this.errors = "";
    this.process.stderr.on("data", (data) => (this.errors += data));
    this.process.stdin.on("error", () => {}); // it may be gone before all is written
    this.closed = once(this.process, "close");
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.hello({ parameters });
  }

  send(type, fields = {}) {
    this.process.stdin.write(`${JSON.stringify({ type, ...fields })}\n`);
  }

  hello({ protocol = 1, parameters = {} }) {
    this.send("hello", { protocol, scenario: "test", seed: 7, copy: 0, copies: 1, parameters });
  }

  task(id, what = "return", fields = {}) {
    this.send("task", { id, child: 0, parameters: { what }, ...fields });
  }

  /** The next message but for `lag`, of which nobody knows when it comes; nothing at the end. */
  async message(wanted = (type) => type !== "lag") {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) return undefined;
      const message = JSON.parse(value);
      if (wanted(message.type)) return message;
    }
  }

  /** The next message, without its type, that has to be an `end`. */
  async end() {
    const { type, ...end } = await this.message();
    assert.equal(type, "end");
    return end;
  }

  /** Says goodbye; what comes until the end. */
  async farewell() {
    this.send("bye");
    this.process.stdin.end();
    return this.rest();
  }

  async rest() {
    const rest = [];
    for (let message; (message = await this.message()); ) rest.push(message);
    return rest;
  }

  /** The exit code. */
  async exit() {
    return (await this.closed)[0];
  }
}

/** Calls `body` with a program, which ends with it. */
async function started(body, { text = WORK + RUN, parameters } = {}) {
  const program = new Program(text, parameters);
  try {
    await body(program);
  } finally {
    clearTimeout(program.watchdog);
    program.process.kill("SIGKILL");
    await program.closed;
  }
}

/** The same with a program that has said `ready`. */
function ready(body, options) {
  const greeted = async (program) => {
    assert.deepEqual(await program.message(), { type: "ready", protocol: 1, name: NAME });
    await body(program);
  };
  return started(greeted, options);
}

test("a task ends as its promise does", () =>
  ready(async (program) => {
    for (const [what, ending, message] of [
      ["return", "done"],
      ["throw", "failed", "TypeError: no such item: ☂"],
      ["text", "failed", "a text"],
      ["loud", "failed", 'RangeError: there is no level "loud" but info, warning, error'],
      ["nothing", "failed", "undefined"],
      ["odd", "failed", "an error without a text"],
      ["abort itself", "failed", "AbortError: nobody asked"],
    ]) {
      program.task(3, what);
      assert.deepEqual(await program.end(), { id: 3, ending, ...(message && { message }) });
    }
    assert.deepEqual(await program.farewell(), []);
    assert.equal(await program.exit(), 0);
  }));

test("a cancel aborts the signal, which a task obeys, mistakes or never hears", () =>
  ready(async (program) => {
    ["sleep", "reason", "clean up badly", "deaf"].forEach((what, id) => program.task(id, what));
    for (const id of [0, 1, 2, 3, 99]) program.send("cancel", { id });
    const ends = [await program.end(), await program.end(), await program.end(), await program.end()];
    assert.deepEqual(ends.sort((one, other) => one.id - other.id), [
      { id: 0, ending: "cancelled" },
      { id: 1, ending: "cancelled" },
      { id: 2, ending: "failed", message: "Error: closed already" },
      { id: 3, ending: "done" },
    ]);
  }));

test("ten thousand tasks all end once", () =>
  ready(async (program) => {
    const ids = [...Array(10_000).keys()];
    for (const id of ids) program.task(id);
    const ends = (await program.farewell()).map((end) => end.id);
    assert.deepEqual(ends.sort((one, other) => one - other), ids);
  }));

test("steps are told as they begin, the outer one comes back, and none comes after the end", () =>
  ready(async (program) => {
    program.task(5, "steps");
    for (const name of ["outer", 'in"ner\n', "outer", null]) {
      assert.deepEqual(await program.message(), { type: "step", id: 5, name });
    }
    assert.deepEqual(await program.end(), { id: 5, ending: "done" });
    program.task(6, "linger");
    assert.deepEqual(await program.end(), { id: 6, ending: "done" });
    assert.deepEqual(await program.message(), { type: "log", level: "info", message: "later" });
  }));

test("huge messages are cut and logs have a level", () =>
  ready(async (program) => {
    program.task(1, "huge");
    assert.equal((await program.end()).message.length, 4000);
    program.task(2, "log");
    assert.deepEqual(await program.message(), { type: "log", level: "warning", message: "one" });
    assert.equal((await program.message()).message.length, 4000);
  }));

test("halves of characters are replaced", () =>
  ready(async (program) => {
    program.task(1, "half");
    assert.equal((await program.message()).name, "step \ufffd");
    assert.equal((await program.message()).name, null);
    assert.equal((await program.end()).message, "Error: end \ufffd");
  }));

test("a task knows its number and draws the same each time", async () => {
  const drawn = [];
  for (let times = 0; times < 2; times++) {
    await ready(async (program) => {
      program.task(6, "who", { child: 2 });
      assert.equal((await program.end()).message, "6,2");
      program.task(7, "random");
      program.task(8, "random");
      drawn.push([(await program.end()).message, (await program.end()).message]);
    });
  }
  assert.deepEqual(drawn[0], drawn[1]);
  assert.notEqual(...drawn[0]);
});

test("a step that blocks the loop is told before it does", () =>
  ready(async (program) => {
    program.task(1, "block");
    assert.deepEqual(await program.message(), { type: "step", id: 1, name: "block" });
    const begin = performance.now();
    assert.equal((await program.message()).name, null);
    assert.ok(performance.now() - begin > 200);
  }));

test("a blocked loop is reported as lag", () =>
  ready(async (program) => {
    program.task(1, "block");
    for (let worst = 0; worst < 100e6; ) {
      const { ns } = await program.message((type) => type === "lag");
      assert.ok(ns > 0);
      worst = Math.max(worst, ns);
    }
  }));

test("what is printed goes to stderr", () =>
  ready(async (program) => {
    program.task(1, "print");
    assert.deepEqual(await program.end(), { id: 1, ending: "done" });
    assert.deepEqual(await program.farewell(), []);
    assert.equal(await program.exit(), 0);
    assert.match(program.errors, /printed\nwritten\n/);
  }));

test("a task that cannot be chosen is told before the first", async () => {
  const two = `${WORK}task(async function other(cx, { what }) { throw what; });${RUN}`;
  for (const [text, parameters, expected] of [
    [two, {}, "workload.parameters.task is to say which: `work`, `other`"],
    [two, { task: "none" }, 'workload.parameters.task = "none": there is `work`, `other`'],
    [`import { run } from ${JSON.stringify(MODULE)};${RUN}`, {}, "there is no task"],
  ]) {
    const refused = async (program) => {
      assert.equal(await program.message(), undefined);
      assert.equal(await program.exit(), 1);
      assert.ok(program.errors.includes(expected), program.errors);
    };
    await started(refused, { text, parameters });
  }
  const other = async (program) => {
    program.task(1, "x", { parameters: { task: "other", what: "x" } });
    assert.deepEqual(await program.end(), { id: 1, ending: "failed", message: "x" });
  };
  await ready(other, { text: two, parameters: { task: "other" } });
});

test("a task runs in a test without tardy", async () => {
  const cx = new Context({ id: 1 });
  assert.equal(await cx.step("one", async () => "value"), "value");
  assert.notEqual(cx.random(), new Context({ id: 2 }).random());
});

test("at a bye, and at the end of input, what still runs is cancelled, told, and not waited for long", async () => {
  for (const goodbye of [(program) => program.farewell(), (program) => (program.process.stdin.end(), program.rest())]) {
    await ready(async (program) => {
      program.task(1, "sleep");
      program.task(2, "stuck");
      assert.deepEqual(await goodbye(program), [{ type: "end", id: 1, ending: "cancelled" }]);
      assert.equal(await program.exit(), 0);
    });
  }
});

test("a tardy that reads no more ends the program", () =>
  ready(async (program) => {
    program.process.stdout.destroy();
    assert.equal(await program.exit(), 0);
  }));

test("unknown types and fields are ignored, and a line may come in pieces", () =>
  ready(async (program) => {
    program.send("weather", { id: 1 });
    program.task(1, "return", { colour: "☂" });
    assert.deepEqual(await program.end(), { id: 1, ending: "done" });
    const line = Buffer.from('{"type":"task","id":2,"child":0,"parameters":{"what":"return","note":"☂"}}\n');
    for (const byte of line) {
      program.process.stdin.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    assert.deepEqual(await program.end(), { id: 2, ending: "done" });
  }));

test("garbage ends the program with a message", async () => {
  for (const [data, expected] of [
    ["no json\n", 'tardy sent what is no message: "no json"'],
    ["[1]\n", 'tardy sent what is no message: "[1]"'],
    [Buffer.of(0xff, 0xfe, 10), "tardy sent what is no message"],
    ['{"type":"task"}\n', "tardy sent a `task` without `id`"],
    ["x".repeat(3_000_000), "tardy sent a line of more than 1048576 bytes"],
  ]) {
    await ready(async (program) => {
      program.process.stdin.write(data);
      assert.equal(await program.message(), undefined);
      assert.equal(await program.exit(), 1);
      assert.ok(program.errors.includes(expected), program.errors);
    });
  }
});

test("a protocol it does not speak is told in a log", () =>
  ready(async (program) => {
    program.hello({ protocol: 2 });
    const { type, level, message } = await program.message();
    assert.deepEqual([type, level], ["log", "error"]);
    assert.match(message, /protocol 2/);
    assert.equal(await program.exit(), 1);
  }));
