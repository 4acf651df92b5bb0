// Looks at a page with Chromium, over the pipe its DevTools listen on, and prints what it sees as JSON.
//
//     node browser.mjs CHROMIUM PROFILE URL
//
// Keys are pressed as the browser itself gets them; nothing is called in the page but to read it.
import { spawn } from "node:child_process";

const [chromium, profile, url] = process.argv.slice(2);
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank",
];
const browser = spawn(chromium, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [, , , ask, answers] = browser.stdio;

let last = 0;
let rest = "";
const waiting = new Map();
const events = [];
answers.setEncoding("utf8").on("data", (text) => {
  const messages = (rest + text).split("\0");
  rest = messages.pop();
  for (const message of messages.map(JSON.parse)) {
    if (message.id) waiting.get(message.id)(message);
    else events.push(message);
  }
});

let sessionId;
async function send(method, params = {}) {
  const id = ++last;
  const answer = new Promise((resolve) => waiting.set(id, resolve));
  ask.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  const { error, result } = await answer;
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

async function read(expression) {
  const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true });
  if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
  return result.value;
}

async function visit(address) {
  const loaded = () => events.filter((event) => event.method === "Page.loadEventFired").length;
  const before = loaded();
  await send("Page.navigate", { url: address });
  while (loaded() === before) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function press(key, code) {
  await send("Input.dispatchKeyEvent", { type: "rawKeyDown", key, code: key, windowsVirtualKeyCode: code });
  await send("Input.dispatchKeyEvent", { type: "keyUp", key, code: key, windowsVirtualKeyCode: code });
}

// What the first lane's What-if says now.
const answer = () => read(`(() => {
  const panel = document.querySelector(".what-if");
  const slider = panel.querySelector("input");
  return {
    deadline: panel.querySelector("output").textContent,
    figures: [...panel.querySelectorAll(".figure td:nth-child(2)")].map((cell) => cell.textContent),
    beside: [...panel.querySelectorAll(".figure td:nth-child(3)")].map((cell) => cell.textContent),
    told: slider.getAttribute("aria-valuetext"),
    isSlider: document.activeElement === slider,
    isShown: slider.checkVisibility(),
    place: Number(slider.value),
    address: location.hash,
  };
})()`);

const seen = { pressed: [] };
const { targetId } = await send("Target.createTarget", { url: "about:blank" });
({ sessionId } = await send("Target.attachToTarget", { targetId, flatten: true }));
for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);

await visit(url);
seen.first = await answer();
// With Tab alone, as somebody without a mouse gets there.
for (let tabs = 0; tabs < 80 && !(await answer()).isSlider; tabs++) await press("Tab", 9);
for (const [key, code] of [["Home", 36], ["ArrowRight", 39], ["ArrowRight", 39], ["PageUp", 33], ["PageUp", 33], ["ArrowLeft", 37], ["End", 35]]) {
  await press(key, code);
  seen.pressed.push({ key, ...(await answer()) });
}
// The other way round the same: the chart is clicked at one third of its width, and the address says a deadline.
const box = await read(`(() => { const b = document.querySelector(".what-if figure > svg").getBoundingClientRect();
  scrollTo(0, scrollY + b.top - 50); return { x: b.left, width: b.width, height: b.height }; })()`);
for (const type of ["mousePressed", "mouseReleased"]) {
  await send("Input.dispatchMouseEvent", { type, x: box.x + box.width / 3, y: 50 + box.height / 2, button: "left", clickCount: 1 });
}
seen.clicked = await answer();
await visit("about:blank");
await visit(`${url}#deadline=30ms`);
seen.addressed = await answer();

seen.errors = events.filter(({ method, params }) =>
  method === "Runtime.exceptionThrown" || (method === "Runtime.consoleAPICalled" && params.type !== "log")
  || method === "Log.entryAdded").map(({ params }) => JSON.stringify(params));
seen.requests = events.filter(({ method }) => method === "Network.requestWillBeSent")
  .map(({ params }) => params.request.url).filter((asked) => asked.split("#")[0] !== url && asked !== "about:blank");

await send("Emulation.setScriptExecutionDisabled", { value: true });
await visit("about:blank");
await visit(url);
seen.scriptless = await answer();
seen.scriptlessRows = await read(`document.querySelectorAll(".what-if > details tbody tr").length`);

console.log(JSON.stringify(seen));
sessionId = undefined;
await send("Browser.close").catch(() => {});
