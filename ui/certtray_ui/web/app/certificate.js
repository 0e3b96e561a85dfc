import { button, h } from "app/dom.js";
import { go, say } from "app/link.js";
import { bar } from "app/overview.js";

export function certificate({ data }) {
  const acts = data.target !== data.page;
  return [
    h("p", {}, button(`‹ ${say("window.back")}`, () => go("certtray://overview"), { class: "plain back", "data-keep": "back" })),
    h(
      "section",
      { class: `hero ${data.level}` },
      h(
        "div",
        {},
        h("h1", { tabindex: "-1" }, data.issuer),
        h("p", {}, `${data.state}・${data.days}・${data.until}`),
        bar(data),
        h("p", {}, data.reason),
      ),
      acts ? button(data.action, () => go(data.target), { "data-keep": "act", "data-first": true }) : "",
    ),
    h(
      "div",
      { class: "pair" },
      h("section", { class: "panel" }, h("h2", {}, say("window.certificate.facts")), facts(data.facts)),
      h(
        "section",
        { class: "panel" },
        h("h2", {}, say("window.certificate.places")),
        h(
          "ul",
          { class: "places" },
          data.places.map(([path, key]) => h("li", {}, h("code", {}, path), h("small", {}, key))),
        ),
        button(say("window.certificate.status"), () => go(data.status), { class: "button quiet", "data-keep": "status" }),
        data.compare
          ? button(say("window.certificate.compare"), () => go(data.compare), { class: "button quiet", "data-keep": "compare" })
          : "",
        data.actions.length
          ? h(
              "div",
              { class: "acts", role: "group", "aria-label": say("window.certificate.actions") },
              data.actions.map((each) => button(each.label, () => go(each.target), { class: "button quiet", "data-keep": each.target })),
            )
          : "",
      ),
    ),
  ];
}

export const facts = (rows) =>
  h(
    "dl",
    {},
    rows.map(([name, value, level]) => [h("dt", {}, name), h("dd", { class: level }, value)]),
  );

// Host and own computer side by side; the same serial on both sides is the right certificate.
export function bothSides(event) {
  const { facts: of, key } = event;
  const same = key === "host_and_local_same";
  const rows = (cn, serial, from, to) => [
    [say("window.fact.id"), of.id],
    [say("window.fact.cn"), cn],
    [say("window.fact.serial"), serial, same ? "same" : "differs"],
    [say("window.fact.from"), from],
    [say("window.fact.to"), to],
  ];
  const mark = same ? ` ✓ ${say("window.same")}` : ` ✗ ${say("window.differs")}`;
  const host = [...rows(of.host_cn, of.host_serial, of.host_from, of.host_to), [say("window.fact.state"), of.host_status]];
  const panel = (title, content) => h("section", { class: "panel" }, h("h2", {}, title), content);
  return h(
    "div",
    { class: "pair" },
    panel(say("window.host"), facts(host)),
    panel(
      say("window.local"),
      key === "host_and_local_none"
        ? h("p", {}, say("window.local.none"))
        : facts([...rows(of.cn, of.serial + mark, of.from, of.to), [say("window.fact.place"), of.place]]),
    ),
  );
}
