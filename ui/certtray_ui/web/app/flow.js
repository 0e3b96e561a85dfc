// A procedure: a card in the middle with its steps, one question at a time.
import { announce, button, h, said } from "app/dom.js";
import { call, say } from "app/link.js";
import { bothSides, facts } from "app/certificate.js";
import { body } from "app/questions.js";

let ticking = 0;

export function flow({ flow: given }) {
  clearInterval(ticking);
  const sides = given.events.findLast((event) => event.key.startsWith("host_and_local"));
  if (given.end && sides) return [compared(given.end), bothSides(sides)];
  return [
    h("section", { class: `flow ${given.end ? given.end.level : ""} ${given.end?.table ? "wide" : ""}`, "aria-label": given.title }, steps(given), card(given)),
    sides ? bothSides(sides) : "",
    happened(given.events.filter((event) => event !== sides)),
  ];
}

function steps({ steps: names, at, position, end }) {
  const done = end ? end.level === "ok" || Boolean(end.table) : false;
  return h(
    "ol",
    { class: "steps", "aria-label": position },
    names.map((name, index) =>
      h("li", { class: done || index < at ? "done" : index === at ? "now" : "", "aria-current": index === at ? "step" : undefined }, name),
    ),
  );
}

function card(given) {
  if (given.end) return ending(given.end);
  if (given.question) return question(given);
  return h(
    "div",
    { class: "waiting" },
    h("span", { class: "turning", "aria-hidden": "true" }),
    h("h1", { tabindex: "-1" }, given.wait, "…"),
    given.stopping ? h("p", {}, say("window.stopping")) : h("p", {}, button(say("window.cancel"), askToStop, { class: "plain", "data-keep": "cancel" })),
  );
}

function question({ question: asked }) {
  const { fields, value, submit } = body(asked);
  const send = (event) => {
    event.preventDefault();
    const answer = value(event.submitter);
    card.setAttribute("aria-busy", "true");
    call("answer", asked.id, answer.value, answer.again ?? null);
  };
  const card = h(
    "form",
    { onsubmit: send, novalidate: true, autocomplete: "off" },
    h("h1", { tabindex: "-1", id: "asked" }, asked.title),
    asked.help ? h("p", { id: "why" }, asked.help) : "",
    asked.rows ? h("div", { class: "about", tabindex: "0", role: "region", "aria-labelledby": "asked" }, facts(asked.rows)) : "",
    fields,
    meta(asked),
    asked.error ? trouble(asked.error) : "",
    h(
      "div",
      { class: "actions" },
      button(say("window.cancel"), askToStop, { class: "button quiet", "data-keep": "cancel" }),
      asked.actions.map((action) =>
        button(action.label, () => call("act", asked.id, action.id), { class: "button quiet", "data-keep": `act ${action.id}` }),
      ),
      h("span", { class: "gap" }),
      submit,
    ),
  );
  return card;
}

export const trouble = (error) => h("div", { class: "note bad", role: "alert" }, h("b", {}, error.title), said(error));

function meta(asked) {
  const left = asked.deadline ? h("span", {}, say("window.time_left"), " ", countdown(asked.deadline)) : h("span");
  const tries = asked.tries ? h("span", { class: "tries" }, asked.tries, dots(asked.tries_left)) : "";
  return asked.deadline || asked.tries ? h("div", { class: "meta" }, left, tries) : "";
}

const dots = (left) =>
  h("span", { class: "dots", "aria-hidden": "true" }, [0, 1, 2].map((index) => h("i", { class: index < left ? "" : "used" })));

function countdown(deadline) {
  const shown = h("b", { class: "clock", role: "timer" });
  const end = Date.parse(deadline);
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    shown.classList.toggle("bad", seconds <= 30);
    if (seconds === 60) announce(say("window.one_minute"));
  };
  tick();
  ticking = setInterval(tick, 1000);
  return shown;
}

function ending(end) {
  const mark = { ok: "✓", bad: "✗", soon: "…", info: "‖" }[end.level];
  return h(
    "div",
    { class: "ending" },
    h("span", { class: `sign ${end.level}`, "aria-hidden": "true" }, mark),
    h("h1", { tabindex: "-1", id: "ended" }, end.error ? end.error.title : end.title),
    end.error ? said(end.error) : h("p", {}, end.text),
    end.table ? table(end.table) : "",
    h(
      "div",
      { class: "actions" },
      end.page ? button(say("window.help.page"), () => call("open_page", end.page), { class: "button quiet", "data-keep": "page" }) : "",
      h("span", { class: "gap" }),
      button(say("window.back"), () => call("leave"), { "data-first": true, "data-keep": "leave" }),
    ),
  );
}

export const table = ({ columns, rows, levels = [] }) =>
  h(
    "div",
    { class: "rows", tabindex: "0", role: "region", "aria-labelledby": "ended" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
      h("tbody", {}, rows.map((cells, at) => h("tr", { class: levels[at] }, cells.map((cell) => h("td", {}, String(cell)))))),
    ),
  );

const compared = (end) =>
  h(
    "section",
    { class: `hero ${end.level}` },
    h("div", {}, h("h1", { tabindex: "-1" }, end.error ? end.error.title : end.title), end.error ? said(end.error) : h("p", {}, end.text)),
    button(say("window.back"), () => call("leave"), { "data-first": true, "data-keep": "leave" }),
  );

function happened(events) {
  if (!events.length) return "";
  return h("ul", { class: "happened", "aria-label": say("window.happened") }, events.slice(-4).map((event) => h("li", {}, event.text)));
}

// Outside of what is drawn anew, so that a question stays while the page beneath it changes.
function askToStop() {
  if (document.querySelector("dialog")) return;
  const close = () => dialog.remove();
  const dialog = h(
    "dialog",
    { "aria-labelledby": "stop", onclose: close },
    h("h2", { id: "stop" }, say("window.stop.title")),
    h("p", {}, say("window.stop.text")),
    h(
      "div",
      { class: "actions" },
      button(say("window.stop.yes"), () => (close(), call("stop")), { class: "button quiet" }),
      h("span", { class: "gap" }),
      button(say("window.stop.no"), close, { autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

window.addEventListener("keydown", (event) => {
  const running = document.querySelector(".flow form, .flow .waiting");
  if (event.key === "Escape" && running && !document.querySelector("dialog")) {
    event.preventDefault();
    askToStop();
  }
});
