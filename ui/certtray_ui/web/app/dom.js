// Elements are made by name and filled with text; nothing on this page is ever parsed from a string.

export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

export function button(label, act, given = {}) {
  return h("button", { type: "button", class: "button", onclick: act, ...given }, label);
}

// What went wrong, and what to do about it.
export const said = (error) => [h("p", {}, error.what), h("p", {}, error.todo)];

// What a screen reader says without the focus moving.
export function announce(text) {
  document.getElementById("said").textContent = text;
}

// A page is drawn anew whenever something changed; what was typed, and where, and what was opened stays.
export function redraw(place, content) {
  const focused = document.activeElement;
  const at = focused?.dataset?.keep;
  const typed = new Map();
  for (const input of place.querySelectorAll("[data-keep]")) {
    if ("value" in input) typed.set(input.dataset.keep, { value: input.value, checked: input.checked, type: input.type });
  }
  const opened = new Set([...place.querySelectorAll("details[open] > summary")].map((summary) => summary.dataset.keep));
  const range = at && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : null;
  const scrolled = place.querySelector("main")?.scrollTop ?? 0;
  place.replaceChildren(...content);
  for (const input of place.querySelectorAll("input[data-keep]")) {
    const before = typed.get(input.dataset.keep);
    if (!before) continue;
    if (input.type === "checkbox" && input.checked !== before.checked) input.click();
    if (input.type === "radio" && input.name === "answer") input.checked = before.checked;
    if (input.type !== "radio" && input.type !== "checkbox") input.value = before.value;
    if (before.type === "text" && input.type === "password") input.type = "text";
  }
  for (const summary of place.querySelectorAll("details > summary")) summary.parentElement.open = opened.has(summary.dataset.keep);
  const main = place.querySelector("main");
  if (main) main.scrollTop = scrolled;
  const again = at && place.querySelector(`[data-keep="${CSS.escape(at)}"]`);
  if (again) {
    again.focus({ preventScroll: true });
    if (range && range[0] !== null) again.setSelectionRange(...range);
  }
  return Boolean(again);
}
