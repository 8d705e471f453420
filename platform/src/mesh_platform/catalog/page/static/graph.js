// Zoom and drag of the lineage drawing, and the lines of the node that has the focus or the pointer.
// Without this script the drawing scrolls, and its nodes are links all the same.
"use strict";

const frame = document.getElementById("graph");
if (frame) {
  const svg = frame.querySelector("svg");
  const width = svg.viewBox.baseVal.width;
  const height = svg.viewBox.baseVal.height;
  const SMALLEST = 0.04;
  const LARGEST = 3;
  const READABLE = 0.85; // below it the names can't be read: the drawing starts no smaller, and scrolls
  let scale = 1;

  const fitting = () => Math.min(1, (frame.clientWidth - 4) / width, (frame.clientHeight - 4) / height);

  function zoom(to, x = frame.clientWidth / 2, y = frame.clientHeight / 2) {
    const next = Math.min(LARGEST, Math.max(SMALLEST, to));
    const left = (frame.scrollLeft + x) / scale;
    const top = (frame.scrollTop + y) / scale;
    scale = next;
    svg.setAttribute("width", Math.round(width * scale));
    svg.setAttribute("height", Math.round(height * scale));
    frame.scrollLeft = left * scale - x;
    frame.scrollTop = top * scale - y;
  }

  function center() {
    const focus = svg.querySelector(".row.focus rect, .box.focus .frame");
    if (!focus) return;
    const box = focus.getBBox();
    frame.scrollLeft = (box.x + box.width / 2) * scale - frame.clientWidth / 2;
    frame.scrollTop = (box.y + box.height / 2) * scale - frame.clientHeight / 2;
  }

  const bar = document.createElement("div");
  bar.className = "zoom";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Zoom");
  for (const [label, text, act] of [
    ["Zoom in", "+", () => zoom(scale * 1.25)],
    ["Zoom out", "−", () => zoom(scale / 1.25)],
    ["Show all", "All", () => zoom(fitting())],
    ["Center", "Center", () => (zoom(1), center())],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    bar.append(button);
  }
  document.getElementById("tools").append(bar);

  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // plain wheels scroll
    event.preventDefault();
    const place = frame.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });
  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (event.key === "0") zoom(fitting());
    else return;
    event.preventDefault();
  });

  let held = null;
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse" || event.target.closest("a")) return;
    held = { x: event.clientX + frame.scrollLeft, y: event.clientY + frame.scrollTop };
    frame.setPointerCapture(event.pointerId);
    frame.classList.add("held");
  });
  frame.addEventListener("pointermove", (event) => {
    if (!held) return;
    frame.scrollLeft = held.x - event.clientX;
    frame.scrollTop = held.y - event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    frame.addEventListener(end, () => {
      held = null;
      frame.classList.remove("held");
    });
  }

  const lines = [...svg.querySelectorAll(".lines path")];
  function light(node) {
    svg.classList.toggle("lit", Boolean(node));
    for (const line of lines) line.classList.toggle("on", line.dataset.from === node || line.dataset.to === node);
  }
  const nodeOf = (event) => event.target.closest?.("[data-node]")?.dataset.node ?? null;
  svg.addEventListener("focusin", (event) => light(nodeOf(event)));
  svg.addEventListener("focusout", () => light(null));
  svg.addEventListener("pointerover", (event) => light(nodeOf(event)));
  svg.addEventListener("pointerleave", () => light(null));

  zoom(Math.max(READABLE, fitting()));
  center();
}
