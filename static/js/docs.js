// The documentation's conveniences: search, tabs, trying a call. The pages read well without.
"use strict";

// On a narrow screen the contents would stand before every text.
if (!window.matchMedia("(min-width: 60rem)").matches) {
  document.querySelector(".menu > details").removeAttribute("open");
}

// Search: the index is fetched once, when somebody is about to type.
const form = document.querySelector("[data-search]");
const input = form.querySelector("input");
const list = form.querySelector("ul");
let pages = null;
input.disabled = false;
const fetched = async () => {
  pages ??= (await (await fetch(form.dataset.search)).json()).pages.map((page) => ({
    ...page, words: `${page.title} ${page.text}`.toLowerCase(),
  }));
};
const find = async () => {
  await fetched();
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = !words.length ? [] : pages
    .filter((page) => words.every((word) => page.words.includes(word)))
    .map((page) => [words.filter((word) => page.title.toLowerCase().includes(word)).length, page])
    .sort((one, other) => other[0] - one[0])
    .slice(0, 12);
  list.replaceChildren(...hits.map(([, page]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = page.url;
    link.textContent = page.title;
    item.append(link);
    return item;
  }));
  list.hidden = !hits.length;
};
input.addEventListener("focus", fetched, { once: true });
input.addEventListener("input", find);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { input.value = ""; list.hidden = true; }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await find();
  list.querySelector("a")?.click();
});

// Tabs: one language at a time, the same one in all examples of the page.
const choose = (name) => document.querySelectorAll("[data-tabs]").forEach((tabs) => {
  tabs.querySelectorAll("[data-tab]").forEach((panel) => { panel.hidden = panel.dataset.tab !== name; });
  tabs.querySelectorAll("[role=tab]").forEach((tab) => {
    tab.setAttribute("aria-selected", String(tab.textContent === name));
  });
});
document.querySelectorAll("[data-tabs]").forEach((tabs, number) => {
  const row = document.createElement("div");
  row.setAttribute("role", "tablist");
  row.setAttribute("aria-label", "Language");
  tabs.querySelectorAll("[data-tab]").forEach((panel) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.textContent = panel.dataset.tab;
    panel.id ||= `example-${number}-${panel.dataset.tab}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", panel.dataset.tab);
    panel.querySelector("h3").hidden = true;
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => choose(panel.dataset.tab));
    row.append(tab);
  });
  tabs.prepend(row);
});
choose("curl");

// Trying a call, with a token of one's own: it stays in this tab.
const token = document.querySelector("[data-token]");
if (token) {
  token.value = sessionStorage.getItem("token") ?? "";
  token.addEventListener("change", () => sessionStorage.setItem("token", token.value.trim()));
}
document.querySelectorAll("[data-try]").forEach((place) => {
  const tried = place.querySelector("form");
  const shown = place.querySelector("pre");
  tried.addEventListener("submit", async (event) => {
    event.preventDefault();
    let path = place.dataset.path;
    const query = new URLSearchParams();
    tried.querySelectorAll("input[name]").forEach((field) => {
      const value = field.value.trim();
      if (path.includes(`{${field.name}}`)) path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (value) query.append(field.name, value);
    });
    const body = tried.querySelector("[data-body]")?.value;
    const headers = { Accept: "application/json" };
    if (token?.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
    if (body) headers["Content-Type"] = "application/json";
    shown.hidden = false;
    const code = shown.querySelector("code");
    code.textContent = "…";
    try {
      const answer = await fetch(query.size ? `${path}?${query}` : path, {
        method: place.dataset.method, headers, body: body || undefined, credentials: "omit",
      });
      const text = await answer.text();
      let pretty = text.slice(0, 20000);
      try { pretty = JSON.stringify(JSON.parse(text), null, 2).slice(0, 20000); } catch { /* not JSON */ }
      code.textContent = `${answer.status} ${answer.statusText}\n\n${pretty}`;
    } catch (error) {
      code.textContent = String(error);
    }
  });
});
