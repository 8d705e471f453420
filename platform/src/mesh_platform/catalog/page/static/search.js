// The search while typing, and the buttons that copy examples. Without this script the form and the text do the same.
"use strict";

const WAIT_MS = 120; // long enough to let a fast typist finish a word

for (const input of document.querySelectorAll("input[data-live]")) {
  const place = document.getElementById(input.dataset.live);
  let timer = 0;
  let asking = null;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const query = new URLSearchParams(new FormData(input.form));
      const empty = !input.value.trim();
      const home = location.pathname === "/";
      try {
        const html = empty && home ? "" : await fetchPart(query, asking.signal);
        place.innerHTML = html;
        if (!home) history.replaceState(null, "", "/search?" + query);
      } catch (error) {
        if (error.name !== "AbortError") place.textContent = "The search does not answer; press Enter to try again.";
      }
    }, WAIT_MS);
  });
}

async function fetchPart(query, signal) {
  const asked = new URLSearchParams(query);
  asked.set("part", "true");
  const answer = await fetch("/search?" + asked, { signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.getElementById("q")?.focus();
  }
});

if (navigator.clipboard) {
  for (const example of document.querySelectorAll("pre.copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + example.getAttribute("aria-label"));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(example.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    const frame = document.createElement("div");
    frame.className = "copy-frame";
    example.replaceWith(frame);
    frame.append(example, button);
  }
}
