// What is wrong with a page for those who listen to it, and for those who see little; run in the page by the tests.

function structure() {
  const wrong = [];
  const say = (rule, node) => wrong.push(rule + ": " + node.outerHTML.slice(0, 120));
  const label = (node) => node.getAttribute("aria-label") || node.labels?.[0]?.textContent;
  const name = (node) => (label(node) || node.textContent || "").trim();
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  if (new Set(ids).size !== ids.length) wrong.push("ids repeat: " + ids.filter((id, n) => ids.indexOf(id) !== n));
  if (!document.documentElement.lang) wrong.push("no language");
  for (const landmark of ["header", "main", "footer", "[role=search]"])
    if (!document.querySelector(landmark)) wrong.push("no " + landmark);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  let level = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) say("heading skips a level", heading);
    level = now;
  }
  for (const node of document.querySelectorAll("a, button, input:not([type=hidden]), select"))
    if (!name(node)) say("no name", node);
  for (const node of document.querySelectorAll("table")) if (!node.querySelector("th[scope]")) say("no headers", node);
  for (const node of document.querySelectorAll("nav, aside, [role=region]"))
    if (!node.getAttribute("aria-label") && !node.getAttribute("aria-labelledby")) say("unnamed landmark", node);
  for (const attribute of ["aria-labelledby", "for"])
    for (const node of document.querySelectorAll(`[${attribute}]`))
      if (!document.getElementById(node.getAttribute(attribute))) say("names nothing", node);
  return wrong;
}

// WCAG 2.2, 1.4.3: text stands out from what is behind it by 4.5 to 1.
function contrast() {
  const channel = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const wrong = [];
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest("svg")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.push(ratio.toFixed(2) + " " + node.outerHTML.slice(0, 100));
  }
  return wrong;
}
