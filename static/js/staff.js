// Small conveniences of the staff site. Every page works without them.
"use strict";

// What is wrong stands on top: read it first.
document.querySelector("[data-faults]")?.focus();

// The menu closes by Escape, and by a click beside it.
const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// What is written down elsewhere is copied with one press.
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  button.after(said);
  const before = [...button.childNodes];
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    } catch {
      return; // the browser was told not to; the text can still be marked
    }
    said.textContent = document.body.dataset.copied;
    button.replaceChildren("✓");
    setTimeout(() => {
      said.textContent = "";
      button.replaceChildren(...before);
    }, 1500);
  });
});

// Everybody on this page at once, and how many are chosen.
document.querySelectorAll("[data-chosen]").forEach((form) => {
  const boxes = [...form.querySelectorAll('input[name="ids"]')];
  const every = form.querySelector("[data-choose-all]");
  const counter = form.querySelector("[data-counter]");
  if (!every || !boxes.length) return;
  every.hidden = false;
  const show = () => {
    const number = boxes.filter((box) => box.checked).length;
    every.checked = number === boxes.length;
    every.indeterminate = number > 0 && !every.checked;
    const { one, many } = counter.dataset;
    counter.textContent = number ? (number === 1 ? one : many.replace("#", number)) : "";
  };
  every.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = every.checked; });
    show();
  });
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
});

// A file that shows how far it is. Its lines are people, but for the first one.
document.querySelectorAll("[data-export]").forEach((place) => {
  const words = place.dataset;
  const form = place.querySelector("form");
  const stop = place.querySelector("[data-stop]");
  const shown = place.querySelector("[data-progress]");
  const bar = shown.querySelector("progress");
  const said = shown.querySelector("[data-said]");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const tell = (text, count = 0) => { said.textContent = text.replace("#", number.format(count)); };
  let running = null;

  const advance = (count) => {
    const expected = Number(words.expected);
    // Of an estimate, or of nothing known, there may be more.
    if (expected > 0) {
      bar.max = Math.max(expected, count);
      bar.value = count;
    }
  };

  const fetchAll = async (signal) => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), signal });
    const isFile = (answer.headers.get("Content-Type") || "").startsWith("text/csv");
    if (!answer.ok || !isFile) throw new Error(String(answer.status));
    const reader = answer.body.getReader();
    const parts = [];
    let lines = 0;
    let told = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      for (const byte of value) if (byte === 10) lines += 1;
      const count = Math.max(0, lines - 1);
      advance(count);
      // Whoever listens need not hear every part of it.
      if (performance.now() - told > 1000) {
        told = performance.now();
        tell(words.running, count);
      }
    }
    return { file: new Blob(parts, { type: "text/csv" }), count: Math.max(0, lines - 1) };
  };

  const save = (file) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = words.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  form.addEventListener("submit", async (event) => {
    if (!window.ReadableStream || !window.AbortController) return;
    event.preventDefault();
    if (running) return;
    running = new AbortController();
    stop.hidden = false;
    shown.hidden = false;
    bar.removeAttribute("value");
    tell(words.running);
    try {
      const { file, count } = await fetchAll(running.signal);
      save(file);
      bar.max = bar.value = Math.max(1, count);
      tell(words.done, count);
    } catch (error) {
      bar.max = 1;
      bar.value = 0;
      tell(error.name === "AbortError" ? words.stopped : words.failed);
    }
    stop.hidden = true;
    running = null;
  });
  stop.addEventListener("click", () => running?.abort());
});
