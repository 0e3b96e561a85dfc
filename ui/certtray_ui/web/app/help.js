import { button, h } from "app/dom.js";
import { call, go, say } from "app/link.js";

export function help({ data }) {
  return [
    h("h1", { tabindex: "-1" }, say("window.help")),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, say("window.help.intro")),
      data.answers.map(([title, text]) => h("details", {}, h("summary", { "data-keep": title }, title), h("p", {}, text))),
    ),
    h(
      "section",
      {},
      h("h2", {}, say("window.help.tools")),
      h(
        "ul",
        { class: "menu" },
        data.tools.map((each) =>
          h(
            "li",
            {},
            h("button", { type: "button", "data-keep": each.target, onclick: () => go(each.target) }, h("b", {}, each.label), h("small", {}, each.detail)),
          ),
        ),
      ),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, say("window.help.contacts")),
      data.contacts.map((each) =>
        h(
          "p",
          { class: "contact" },
          h("b", {}, each.name),
          h("span", {}, each.phone),
          button(say("window.help.page"), () => call("open_page", each.profile), {
            class: "button quiet",
            "data-keep": each.profile,
            "aria-label": `${say("window.help.page")}: ${each.name}`,
          }),
        ),
      ),
    ),
  ];
}
