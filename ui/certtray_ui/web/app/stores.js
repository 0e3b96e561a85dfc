// Every certificate beside every browser's store; a fix says first what it will do, and starts nothing by itself.
import { button, h } from "app/dom.js";
import { call, go, say } from "app/link.js";
import { notice } from "app/navigation.js";
import { hero } from "app/overview.js";

export function stores(picture) {
  const { data } = picture;
  return [
    hero(data.summary),
    notice(picture),
    data.groups.length ? matrix(data) : "",
    data.unread.length
      ? h("section", { class: "panel" }, h("h2", {}, say("window.stores.unread")), h("dl", {}, data.unread.map(([store, why]) => [h("dt", {}, store), h("dd", {}, why)])))
      : "",
  ];
}

const matrix = ({ stores: columns, groups }) =>
  h(
    "div",
    { class: "matrix", tabindex: "0", role: "region", "aria-label": say("window.stores.matrix"), "data-keep": "matrix" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, say("window.stores.certificate")),
          columns.map((store) => h("th", { scope: "col" }, store.name, h("small", {}, store.profile))),
        ),
      ),
      groups.map((group) =>
        h(
          "tbody",
          {},
          h("tr", { class: "group" }, h("th", { scope: "rowgroup" }, group.title), h("td", { colspan: columns.length })),
          group.rows.map(line),
        ),
      ),
    ),
  );

const line = (row) =>
  h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h(
        "div",
        { class: "of" },
        h(
          "div",
          {},
          button(row.issuer, () => go(row.page), { class: "plain", "data-keep": `page ${row.page}` }),
          h("small", {}, row.holder),
          h("small", {}, row.until),
          h("small", {}, row.usage),
          row.no_key ? h("small", { class: "why" }, row.no_key) : "",
        ),
        row.fix
          ? button(row.fix.label, () => ask(row.fix), {
              class: "button quiet",
              "data-keep": `fix ${row.fix.target}`,
              "aria-haspopup": "dialog",
              "aria-label": `${row.fix.label}: ${row.issuer} ${row.holder}`,
            })
          : "",
      ),
    ),
    row.cells.map((cell) =>
      h("td", {}, h("span", { class: `chip ${cell.level}`, title: cell.hint }, h("b", { "aria-hidden": "true" }, cell.sign), ` ${cell.word}`)),
    ),
  );

// Outside of what is drawn anew, so that it stays while the page beneath it changes.
function ask(fix) {
  if (document.querySelector("dialog")) return;
  const close = () => dialog.remove();
  const dialog = h(
    "dialog",
    { class: "fix", "aria-labelledby": "fix", onclose: close },
    h("h2", { id: "fix" }, fix.title),
    h("p", {}, fix.certificate),
    h("ul", {}, fix.stores.map(([store, will]) => h("li", {}, h("b", {}, store), h("small", {}, will)))),
    h("p", {}, fix.after),
    h(
      "div",
      { class: "actions" },
      button(say("window.cancel"), close, { class: "button quiet" }),
      h("span", { class: "gap" }),
      button(say("window.stores.fix.start"), () => (close(), call("fix", fix.target)), { autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
