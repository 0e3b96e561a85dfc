// The issuer's own menu (0-04): who is logged in, and nine ways on.
import { button, h } from "app/dom.js";
import { call, go, say } from "app/link.js";
import { notice } from "app/navigation.js";

export function issuer(picture) {
  const { data } = picture;
  const act = (target) => (target.startsWith("page:") ? call("open_page", target.slice(5)) : go(target));
  return [
    h(
      "section",
      { class: "hero plainly" },
      h("div", {}, h("h1", { tabindex: "-1" }, data.title), h("p", {}, data.person)),
      data.logged_in
        ? button(say("window.logout"), () => call("log_out"), { class: "button quiet", "data-keep": "session" })
        : button(say("window.login"), () => go(data.login), { "data-keep": "session" }),
    ),
    notice(picture),
    h(
      "ul",
      { class: "menu" },
      data.menu.map((item) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", "data-keep": item.label, disabled: !item.target, onclick: () => act(item.target) },
            h("b", {}, item.label),
            h("small", {}, item.detail),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "muted" },
      button(data.lost.label, () => go(data.lost.target), { class: "plain", "data-keep": "lost" }),
      `　${data.lost.detail}`,
    ),
    h("p", { class: "muted" }, `${data.contact}　${data.version}`),
  ];
}
