/**
 * Lets tardy profile promises: this program's async functions are the tasks of a scenario of `kind = "process"`.
 *
 *     import { setTimeout as sleep } from "node:timers/promises";
 *     import { run, task } from "./tardy-node.mjs";
 *
 *     task(async function work(cx, { ms = 20 }) {
 *       await cx.step("query", () => sleep(ms, undefined, { signal: cx.signal }));
 *     });
 *
 *     run();
 *
 * tardy starts the program once and says when each task begins. A task is a call of the function, on the event loop of
 * this process, and ends as the promise it returns does:
 *
 * - `done`: it was fulfilled, also when it was asked to cancel and took no notice;
 * - `cancelled`: it was asked to cancel, and rejected with the signal's reason or with an `AbortError`;
 * - `failed`: it rejected with anything else; the message is `TypeName: text`.
 *
 * To cancel is to abort `cx.signal`: a request, which reaches only what was given the signal. tardy waits for as long
 * as `deadline.grace` says, and counts the task as cancelled when it still runs then. No task panics: what is thrown
 * outside of a promise ends a Node program, and with it all of its tasks.
 *
 * The table `workload.parameters` of the scenario is the second argument. Of several tasks in one program the parameter
 * `task` names the one to run. What the program prints with `console` or `process.stdout` once `run` was called goes to
 * its stderr, since its stdout belongs to tardy: print nothing before that.
 *
 * Node 18 or later, no dependencies. One file: copy it beside your own.
 */

import { writeSync } from "node:fs";
import { isatty } from "node:tty";

export const PROTOCOL = 1;
export const NAME = "tardy-node 1";
const LEVELS = ["info", "warning", "error"];

/** The longest line either side may send, in bytes. */
const LONGEST_LINE = 1 << 20;
/** The longest text of a message, in characters; the rest is cut off. */
const LONGEST_TEXT = 4000;
/** How often the lag of the event loop is sampled, in milliseconds. */
const SAMPLING_MS = 50;
/** How long tasks may take to cancel once the run is over, in milliseconds. */
const FAREWELL_MS = 1000;

const works = new Map();

/** Makes an async function a task that tardy can start; `name` is that of the function unless it is given. */
export function task(work, name = work.name) {
  if (typeof work !== "function" || !name) throw new TypeError("a task is an async function with a name");
  if (works.has(name)) throw new Error(`there are two tasks called \`${name}\``);
  works.set(name, work);
  return work;
}

/** Runs the tasks that tardy asks for, until it says goodbye. What is wrong ends the program with a message. */
export function run() {
  if (isatty(0)) fail('this program is started by tardy: `kind = "process"` in a scenario, then `tardy run`');
  if (works.size === 0) fail("there is no task: call task(async function work(cx, parameters) {…})");
  new Program(process.stdin, takeStdout()).serve();
}

/** What a task knows of itself. Made without `send`, in a test of one's own, its steps and logs go nowhere. */
export class Context {
  #random;
  #seed;
  #send;
  #step = null;

  constructor({ id = 0, child = 0, seed = 0, signal = new AbortController().signal, send = () => {} } = {}) {
    /** The number of the task, never used twice in a run. */
    this.id = id;
    /** The index of the task among those that are gathered with it. */
    this.child = child;
    /** Aborted when the task is to cancel: give it to `fetch`, to timers, to streams. */
    this.signal = signal;
    this.#seed = seed;
    this.#send = send;
  }

  /** A random number from 0 up to 1: the same in each run of one seed, whatever the policy. */
  random() {
    this.#random ??= generator(this.#seed, this.id);
    return this.#random();
  }

  /** Calls `body`; until its promise is settled the task is in this step. A step within a step counts alone. */
  async step(name, body) {
    const outer = this.#step;
    this.#enter(sendable(String(name)));
    try {
      return await body();
    } finally {
      this.#enter(outer);
    }
  }

  /** Tells tardy something; `level` is `info`, `warning` or `error`. */
  log(message, level = "info") {
    if (!LEVELS.includes(level)) throw new RangeError(`there is no level "${level}" but ${LEVELS.join(", ")}`);
    this.#send({ type: "log", level, message: sendable(String(message)) });
  }

  #enter(name) {
    this.#step = name;
    this.#send({ type: "step", id: this.id, name });
  }
}

/** What is wrong with tardy's side, or with the parameters. */
class Fault extends Error {}

/** The tasks that tardy asked for: its messages come in here, and theirs go out. */
class Program {
  #input;
  #output;
  #lines = [];
  #rest = [];
  #restBytes = 0;
  #work = null;
  #seed = 0;
  /** What cancels each task that has not ended, by its number. */
  #running = new Map();
  #sampler = null;
  #isOver = false;

  constructor(input, output) {
    this.#input = input;
    this.#output = output;
  }

  serve() {
    this.#input.on("data", (data) => this.#read(data));
    this.#input.on("end", () => this.#end());
    this.#input.on("error", () => this.#end());
    this.#output.on("drain", () => this.#input.resume());
    this.#output.on("error", () => process.exit(0)); // tardy is gone
  }

  #read(data) {
    try {
      let start = 0;
      for (let end; (end = data.indexOf(10, start)) >= 0 && !this.#isOver; start = end + 1) {
        this.#keep(data.subarray(start, end));
        const line = this.#rest.length === 1 ? this.#rest[0] : Buffer.concat(this.#rest);
        this.#rest = [];
        this.#restBytes = 0;
        this.#receive(parsed(line));
      }
      this.#keep(data.subarray(start));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#flush();
      fail(error.message);
    }
  }

  #keep(piece) {
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes > LONGEST_LINE) throw new Fault(`tardy sent a line of more than ${LONGEST_LINE} bytes`);
  }

  #receive(message) {
    switch (message.type) {
      case "task":
        return this.#start(field(message, "id"), message.child ?? 0, field(message, "parameters"));
      case "cancel":
        return this.#running.get(field(message, "id"))?.abort();
      case "hello":
        return this.#greet(field(message, "protocol"), field(message, "seed"), field(message, "parameters"));
      case "bye":
        return this.#end();
      default: // of a later version: ignored
    }
  }

  #greet(protocol, seed, parameters) {
    if (protocol !== PROTOCOL) {
      const fault = new Fault(`tardy speaks protocol ${protocol}, and this is for protocol ${PROTOCOL}`);
      this.#send({ type: "log", level: "error", message: fault.message });
      throw fault;
    }
    this.#work = chosen(parameters);
    this.#seed = seed;
    this.#send({ type: "ready", protocol: PROTOCOL, name: NAME });
    this.#sample();
  }

  #start(id, child, { task: _, ...parameters }) {
    if (this.#work === null) throw new Fault("tardy sent a task before it said hello");
    const aborter = new AbortController();
    this.#running.set(id, aborter);
    const send = (message) => this.#tell(message);
    const cx = new Context({ id, child, seed: this.#seed, signal: aborter.signal, send });
    this.#run(cx, parameters);
  }

  async #run(cx, parameters) {
    let end;
    try {
      await this.#work(cx, parameters);
      end = { ending: "done" };
    } catch (error) {
      end = isCancelled(cx.signal, error) ? { ending: "cancelled" } : { ending: "failed", message: text(error) };
    }
    this.#running.delete(cx.id);
    this.#send({ type: "end", id: cx.id, ...end });
    if (this.#isOver && this.#running.size === 0) this.#leave();
  }

  /** Sends what a task says before it goes on, and perhaps blocks the loop; but no step after its end. */
  #tell(message) {
    if (message.type === "step" && !this.#running.has(message.id)) return;
    this.#lines.push(JSON.stringify(message));
    this.#flush();
  }

  /** Says every now and then how late the event loop was. */
  #sample() {
    let due = performance.now() + SAMPLING_MS;
    this.#sampler = setInterval(() => {
      const now = performance.now();
      if (now > due) this.#send({ type: "lag", ns: Math.round((now - due) * 1e6) });
      due = now + SAMPLING_MS;
    }, SAMPLING_MS);
  }

  /** Sends a message with all others of this turn of the loop. */
  #send(message) {
    if (this.#lines.length === 0) setImmediate(() => this.#flush());
    this.#lines.push(JSON.stringify(message));
  }

  #flush() {
    if (this.#lines.length === 0) return;
    const lines = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    // Takes no more tasks while tardy does not read what became of those there are.
    if (!this.#output.write(lines)) this.#input.pause();
  }

  /** Cancels what still runs, and leaves when it has ended, or soon. */
  #end() {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#sampler);
    for (const aborter of this.#running.values()) aborter.abort();
    if (this.#running.size === 0) this.#leave();
    else setTimeout(() => this.#leave(), FAREWELL_MS);
  }

  #leave() {
    this.#flush();
    this.#output.end(() => process.exit());
  }
}

/** Takes stdout for the protocol; the rest of the program prints to stderr. */
function takeStdout() {
  const { stdout, stderr } = process;
  Object.defineProperty(process, "stdout", { value: stderr, configurable: true, enumerable: true });
  globalThis.console = new console.Console(stderr, stderr);
  return stdout;
}

/** The task that the parameters are for. */
function chosen({ task: name }) {
  const names = [...works.keys()].map((known) => `\`${known}\``).join(", ");
  if (name === undefined && works.size === 1) return works.values().next().value;
  if (name === undefined) throw new Fault(`workload.parameters.task is to say which: ${names}`);
  if (!works.has(name)) throw new Fault(`workload.parameters.task = ${JSON.stringify(name)}: there is ${names}`);
  return works.get(name);
}

function parsed(line) {
  let message;
  try {
    message = JSON.parse(line.toString("utf8"));
  } catch {
    message = null;
  }
  if (message !== null && typeof message === "object" && !Array.isArray(message)) return message;
  throw new Fault(`tardy sent what is no message: ${JSON.stringify(line.toString("utf8", 0, 80))}`);
}

function field(message, name) {
  if (message[name] === undefined) throw new Fault(`tardy sent a \`${message.type}\` without \`${name}\``);
  return message[name];
}

/** Whether a task that rejected with `error` did so because it was asked to cancel. */
function isCancelled(signal, error) {
  return signal.aborted && (error === signal.reason || error?.name === "AbortError");
}

/** What was thrown says: `TypeName: text`. */
function text(error) {
  try {
    if (!(error instanceof Error)) return sendable(String(error));
    return sendable(error.message ? `${error.name}: ${error.message}` : String(error.name));
  } catch {
    return "an error without a text";
  }
}

/** The text without halves of characters, which JSON cannot have, and not too long. */
function sendable(text) {
  return Buffer.from(text.slice(0, LONGEST_TEXT)).toString();
}

/** Random numbers of one task: mulberry32, begun at a hash of seed and number. */
function generator(seed, id) {
  let state = (Math.imul(seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ Math.imul(id + 1, 0x85ebca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fail(message) {
  writeSync(2, `tardy-node: ${message}\n`);
  process.exit(1);
}
