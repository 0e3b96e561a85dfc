// Every reader and what is in it: how near a card is to locking, its certificates, what can be done with it.
import { button, h, said } from "app/dom.js";
import { go, say } from "app/link.js";
import { notice } from "app/navigation.js";
import { certificate, chip, hero } from "app/overview.js";

export function tokens(picture) {
  const { data } = picture;
  return [
    hero(data.summary),
    notice(picture),
    data.readers.map(reader),
    data.failed.map((each) => h("div", { class: "note soon" }, h("b", {}, each.title), said(each))),
    data.service ? h("p", { class: "muted" }, data.service) : "",
    h("p", { class: "muted reading", role: "status" }, data.reading),
  ];
}

const reader = (each) =>
  h(
    "section",
    { class: "reader" },
    h("h2", {}, each.name, each.state ? h("small", {}, each.state) : ""),
    each.tokens.map(token),
  );

const token = (each) =>
  h(
    "article",
    { class: "panel wide token", "aria-label": each.label },
    h(
      "header",
      {},
      h("div", {}, h("h3", {}, each.label), h("small", {}, each.facts.join("・"))),
      h("span", { class: `pin ${each.pin.level}` }, each.pin.text, each.pin.left === null ? "" : dots(each.pin)),
    ),
    each.browsers.length
      ? h("div", { class: "chips", role: "group", "aria-label": say("window.tokens.browsers") }, h("small", {}, say("window.tokens.browsers")), each.browsers.map(chip))
      : "",
    each.read_only ? h("p", { class: "note" }, each.read_only) : "",
    each.certificates.length ? h("ul", { class: "list" }, each.certificates.map(certificate)) : h("p", { class: "muted" }, say("token_list.empty")),
    each.actions.length
      ? h(
          "div",
          { class: "acts", role: "group", "aria-label": say("window.tokens.actions") },
          each.actions.map((act) =>
            button(act.label, () => go(act.target), { class: act.first ? "button" : "button quiet", "data-keep": act.target, "aria-label": `${act.label}: ${each.label}` }),
          ),
        )
      : "",
  );

const dots = ({ left, level }) =>
  h("span", { class: `dots ${level}`, "aria-hidden": "true" }, [0, 1, 2].map((index) => h("i", { class: index < left ? "" : "used" })));
