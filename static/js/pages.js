// Small conveniences. Every page works without them, so all of this only adds.
"use strict";

// Texts stand in the page, in its language; icons beside this script.
const words = document.body.dataset;
const sprite = new URL("../img/icons.svg", document.currentScript.src);
const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};

const all = (selector, work) => document.querySelectorAll(selector).forEach(work);
const said = document.createElement("div");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

// What is wrong stands on top: read it first.
document.querySelector("[data-faults]")?.focus();

// On a phone the places do not fit beside each other: the one that is open stands in sight.
all(".places [aria-current]", (place) => {
  const row = place.closest(".places");
  const [one, whole] = [place.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += one.left - whole.left - (whole.width - one.width) / 2;
});

const text = (selector) => {
  const place = document.querySelector(selector);
  const lines = [...place.querySelectorAll("li")].map((line) => line.textContent.trim());
  return lines.length ? lines.join("\n") + "\n" : place.textContent.trim();
};

all("[data-copy]", (button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text(button.dataset.copy));
    } catch {
      return; // the browser was told not to; the text can still be marked
    }
    const before = [...button.childNodes];
    button.replaceChildren(words.copied);
    said.textContent = words.copied;
    setTimeout(() => { button.replaceChildren(...before); }, 1500);
  });
});

all("[data-save]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text(button.dataset.save)], { type: "text/plain" }));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
});

all("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// A password can be looked at; a new one tells how strong it looks.
const strength = (value) => {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  const varied = new Set(value).size;
  return Math.min(4, Math.floor((Math.min(value.length, varied * 2) * (1 + kinds / 4)) / 6));
};

all("input[data-password]", (input) => {
  const row = document.createElement("div");
  row.className = "with-button";
  input.replaceWith(row);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.append(icon("eye"));
  button.setAttribute("aria-label", words.showPassword);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  row.append(input, button);
  if (input.dataset.password === "new" && !/again|confirm/.test(input.name)) {
    const meter = document.createElement("meter");
    Object.assign(meter, { className: "strength", min: 0, max: 4, low: 2, high: 3, optimum: 4, value: 0 });
    meter.setAttribute("aria-hidden", "true");
    row.after(meter);
    input.addEventListener("input", () => { meter.value = strength(input.value); });
  }
});

// A code that is complete goes off by itself.
all("input[data-length]", (input) => {
  const whole = new RegExp(`^\\d{${input.dataset.length}}$`);
  const hint = document.createElement("p");
  Object.assign(hint, { className: "hint", id: `${input.id}_goes_off`, textContent: words.goesOff });
  input.before(hint);
  const told = input.getAttribute("aria-describedby");
  input.setAttribute("aria-describedby", told ? `${told} ${hint.id}` : hint.id);
  input.addEventListener("input", () => {
    if (whole.test(input.value.replace(/\s/g, "")) && !input.form.dataset.sent) {
      input.form.dataset.sent = "yes";
      input.form.requestSubmit();
    }
  });
});

// Once is enough: a second click changes nothing.
all("form[method=post]", (form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.busy) event.preventDefault();
    form.dataset.busy = "yes";
    setTimeout(() => { delete form.dataset.busy; }, 4000);
  });
});
addEventListener("pageshow", () => all("form", (form) => { delete form.dataset.busy; delete form.dataset.sent; }));

// How many notices are unread, once a minute while somebody looks.
const bell = document.querySelector("[data-unread]");
if (bell) {
  const count = bell.querySelector(".count");
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(bell.dataset.unread, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer) return;
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) return;
    const { unread } = await answer.json();
    count.textContent = unread;
    count.hidden = !unread;
  };
  setInterval(look, 60000);
  document.addEventListener("visibilitychange", look);
}

// The middle of a picture, moved and zoomed before it is sent.
all("form[data-crop]", (form) => {
  const input = form.querySelector("input[type=file]");
  const frame = form.querySelector(".crop");
  const canvas = frame.querySelector("canvas");
  const size = canvas.width;
  let picture = null;
  let at = { x: 0, y: 0, zoom: 1 };
  const draw = () => {
    const scale = (size / Math.min(picture.width, picture.height)) * at.zoom;
    const [wide, high] = [picture.width * scale, picture.height * scale];
    at.x = Math.max(Math.min(at.x, (wide - size) / 2), (size - wide) / 2);
    at.y = Math.max(Math.min(at.y, (high - size) / 2), (size - high) / 2);
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, size, size);
    pen.drawImage(picture, (size - wide) / 2 + at.x, (size - high) / 2 + at.y, wide, high);
  };
  const zoom = (by) => { at.zoom = Math.max(1, Math.min(5, at.zoom * by)); draw(); };
  input.addEventListener("change", async () => {
    frame.hidden = true;
    picture = null;
    delete form.dataset.cut;
    if (!input.files[0]) return;
    picture = await createImageBitmap(input.files[0]).catch(() => null);
    if (!picture) return;
    at = { x: 0, y: 0, zoom: 1 };
    frame.hidden = false;
    draw();
  });
  let held = null;
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!held || !picture) return;
    const ratio = size / canvas.clientWidth;
    at.x += (event.clientX - held[0]) * ratio;
    at.y += (event.clientY - held[1]) * ratio;
    held = [event.clientX, event.clientY];
    draw();
  });
  canvas.addEventListener("pointerup", () => { held = null; });
  canvas.addEventListener("wheel", (event) => { if (picture) { event.preventDefault(); zoom(event.deltaY < 0 ? 1.08 : 0.93); } }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (!picture) return;
    const moves = { ArrowLeft: [-20, 0], ArrowRight: [20, 0], ArrowUp: [0, -20], ArrowDown: [0, 20] };
    if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.1 : 0.9);
    else if (moves[event.key]) { at.x += moves[event.key][0]; at.y += moves[event.key][1]; draw(); }
    else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (!picture || form.dataset.cut) return;
    event.preventDefault();
    canvas.toBlob((cut) => {
      const files = new DataTransfer();
      files.items.add(new File([cut], "picture.webp", { type: cut.type }));
      input.files = files.files;
      form.dataset.cut = "yes";
      delete form.dataset.busy;
      form.requestSubmit();
    }, "image/webp", 0.92);
  });
});
