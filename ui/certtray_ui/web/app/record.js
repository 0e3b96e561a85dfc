// What was done, the latest first; a line altered or missing is said at the top.
import { button, h } from "app/dom.js";
import { go, say } from "app/link.js";
import { table } from "app/flow.js";

export function record({ data }) {
  const level = data.intact ? "plainly" : "bad";
  return [
    h(
      "section",
      { class: `hero ${level}` },
      h("div", {}, h("h1", { tabindex: "-1", id: "ended" }, data.title), h("p", {}, data.text)),
      data.table ? button(say("window.history.export"), () => go(data.export), { class: "button quiet", "data-keep": "export" }) : "",
    ),
    data.table ? h("section", { class: "panel wide" }, table(data.table)) : "",
  ];
}
