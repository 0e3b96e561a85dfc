import { button, h, said } from "app/dom.js";
import { call, go, say } from "app/link.js";

export function navigation(picture) {
  const brand = h("p", { class: "brand" }, say("window.title"), h("small", {}, say("window.tagline")));
  if (picture.flow) {
    return h(
      "nav",
      { "aria-label": say("window.nav") },
      brand,
      h("span", { class: "place", "aria-current": "page" }, picture.flow.title),
      h("p", { class: "foot" }, picture.queued),
    );
  }
  const link = (label, target, count = 0) =>
    h(
      "button",
      {
        type: "button",
        class: "place",
        "data-keep": target,
        "aria-current": picture.link === target ? "page" : undefined,
        onclick: () => go(target),
      },
      label,
      count ? h("span", { class: "count" }, String(count), h("span", { class: "unseen" }, say("window.attention"))) : "",
    );
  return h(
    "nav",
    { "aria-label": say("window.nav") },
    brand,
    link(say("window.overview"), "certtray://overview", picture.attention),
    link(say("window.tokens"), "certtray://tokens"),
    link(say("window.stores"), "certtray://stores", picture.drifting),
    picture.issuers.map((each) => link(each.label, each.target)),
    link(say("window.history"), "certtray://record"),
    link(say("window.help"), "certtray://help"),
    link(say("window.settings"), "certtray://settings"),
    h(
      "div",
      { class: "foot" },
      h("p", {}, picture.checked),
      button(say("window.check"), () => call("check"), { class: "button quiet", "data-keep": "check" }),
    ),
  );
}

// Something that could not be done outside a procedure.
export function notice(picture) {
  if (!picture.notice) return "";
  return h("div", { class: "note bad", role: "alert" }, h("b", {}, picture.notice.title), said(picture.notice));
}
