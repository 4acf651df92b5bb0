/**
 * The task of the scenario `node-timeout`: what becomes of promises that are late, on Node's own event loop.
 *
 * `tardy run node-timeout` starts this program. The parameters below are those of `workload.parameters`.
 */

import { setTimeout as sleep } from "node:timers/promises";

import { run, task } from "./tardy-node.mjs";

/**
 * Asks a service whose answers take a lognormal time.
 *
 * A part `deaf` of the callers does not hand on the signal, as a `fetch(url)` without `{ signal }` does: they wait for
 * the answer all the same. A part `block` computes for `block_ms` before it returns: nothing else runs in that time.
 */
task(async function call(cx, { median_ms = 20, p99_ms = 200, deaf = 0, block = 0, block_ms = 30 }) {
  const signal = cx.random() < deaf ? undefined : cx.signal;
  const hogs = cx.random() < block;
  const sigma = Math.log(p99_ms / median_ms) / 2.3263; // a normal distribution has 1 % above that many deviations
  const ms = median_ms * Math.exp(sigma * normal(cx));

  await cx.step("call", () => sleep(ms, undefined, { signal }));
  if (hogs) await cx.step("compute", () => spin(block_ms));
});

/** Draws from the standard normal distribution: Box and Muller. */
function normal(cx) {
  return Math.sqrt(-2 * Math.log(1 - cx.random())) * Math.cos(2 * Math.PI * cx.random());
}

/** Keeps the event loop busy. */
function spin(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

run();
