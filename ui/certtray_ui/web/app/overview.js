// How things stand in one sentence, the one next action, then the rest.
import { button, h } from "app/dom.js";
import { go, say } from "app/link.js";
import { notice } from "app/navigation.js";

export function overview({ data, notice: trouble }) {
  return [
    hero(data.hero),
    notice({ notice: trouble }),
    list(say("window.unfinished"), data.unfinished.slice(1).map(plain)),
    list(say("window.list"), data.certificates.map(certificate)),
    list(say("window.locked"), data.locked.map(plain)),
  ];
}

export function hero(given) {
  return h(
    "section",
    { class: `hero ${given.level}` },
    h("div", {}, h("h1", { tabindex: "-1" }, given.title), h("p", {}, given.detail)),
    given.target ? button(given.action, () => go(given.target), { "data-first": true, "data-keep": `hero ${given.target}` }) : "",
  );
}

const list = (title, rows) => (rows.length ? h("section", {}, h("h2", {}, title), h("ul", { class: "list" }, rows)) : "");

export function certificate(row) {
  return h(
    "li",
    { class: `row ${row.level}` },
    h("span", { class: "mark", "aria-hidden": "true" }, row.mark),
    h(
      "div",
      {},
      h("h3", {}, button(row.issuer, () => go(row.page), { class: "plain", "data-keep": `page ${row.page}` })),
      h("small", {}, row.holder),
      h("small", {}, row.usage),
    ),
    h(
      "div",
      {},
      h("span", { class: "days" }, row.days, h("small", {}, row.state)),
      bar(row),
      h("small", {}, row.until),
    ),
    h("div", { class: "chips" }, row.chips.map(chip)),
    button(row.action, () => go(row.target), { class: "button quiet", "data-keep": `go ${row.target}`, "aria-label": `${row.action}: ${row.issuer} ${row.holder}` }),
  );
}

export function bar(row) {
  const filled = h("u");
  filled.style.width = `${row.percent}%`;
  return h("div", { class: `bar ${row.level}`, role: "img", "aria-label": `${say("window.days_left")}: ${row.days}` }, filled);
}

export const chip = (each) => h("span", { class: `chip ${each.level}`, title: each.hint }, each.text);

function plain(row) {
  return h(
    "li",
    { class: "row short" },
    h("span", { class: "mark", "aria-hidden": "true" }, row.name ? "•••" : "…"),
    h("div", {}, h("h3", {}, row.title), h("small", {}, row.place ?? "", row.place ? h("br") : "", row.detail)),
    button(row.action, () => go(row.target), { class: "button quiet", "data-keep": `go ${row.target}`, "aria-label": `${row.action}: ${row.title}` }),
  );
}
