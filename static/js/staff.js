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
