"use strict";
// What the deadline is worth in each unit of `#deadline=80ms`, in nanoseconds.
const UNITS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 6e10 };

// The place of the stop that is nearest by the distance asked for.
function nearest(stops, distance) {
  const all = stops.map(distance);
  return all.indexOf(Math.min(...all));
}

// The deadline that the address of the page asks about, in nanoseconds.
function addressed() {
  const asked = /^#deadline=([0-9.]+)(ns|us|ms|s|m)$/.exec(location.hash);
  return asked ? Number(asked[1]) * UNITS[asked[2]] : NaN;
}

function begin(panel) {
  const stops = JSON.parse(panel.querySelector("script").textContent);
  const slider = panel.querySelector("input");
  const chart = panel.querySelector("figure > svg");
  const marker = chart.querySelector(".marker-at");
  const deadline = panel.querySelector("output");
  const figures = [...panel.querySelectorAll(".figure")];

  function show() {
    const stop = stops[slider.value];
    deadline.textContent = stop.deadline;
    figures.forEach((row, n) => {
      [...row.querySelectorAll("td")].forEach((cell, part) => { cell.textContent = stop.figures[n][part]; });
    });
    slider.setAttribute("aria-valuetext", `${stop.deadline}: missed ${stop.figures[0][0]}`);
    marker.firstElementChild.setAttribute("transform", `translate(${stop.x} 0)`);
    marker.lastElementChild.setAttribute("transform", `translate(${stop.x} ${stop.y})`);
  }
  function ask(place) {
    slider.value = place;
    show();
  }
  // A link to what is shown; a page from a file may not be allowed to have one.
  function keep() {
    try { history.replaceState(null, "", `#deadline=${stops[slider.value].ns / 1e6}ms`); } catch { }
  }
  function drag(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    ask(nearest(stops, (stop) => Math.abs(stop.x - at.x)));
  }
  function follow() {
    const asked = addressed();
    if (asked > 0) ask(nearest(stops, (stop) => Math.abs(Math.log(stop.ns / asked))));
  }

  slider.addEventListener("input", show);
  slider.addEventListener("change", keep);
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    drag(event);
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) drag(event);
  });
  chart.addEventListener("pointerup", keep);
  addEventListener("hashchange", follow);
  slider.parentElement.hidden = false;
  marker.removeAttribute("hidden");
  chart.classList.add("asked");
  show();
  follow();
}

document.querySelectorAll(".what-if").forEach(begin);
// Paper folds nothing away.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
