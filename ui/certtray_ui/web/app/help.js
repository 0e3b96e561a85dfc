// Questions that open their answers, whom to call, what to download, and the table of error numbers.
import { button, h } from "app/dom.js";
import { call, go, say } from "app/link.js";

let wanted = "";

export function help({ data }) {
  return [
    h(
      "section",
      { class: "hero plainly" },
      h("div", {}, h("h1", { tabindex: "-1" }, say("window.help"))),
      button(say("window.help.environment"), () => go("certtray://flow/environment"), { class: "button quiet", "data-keep": "environment" }),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, say("window.help.intro")),
      data.answers.map(([title, text]) => h("details", {}, h("summary", { "data-keep": title }, title), h("p", {}, text))),
    ),
    h("section", {}, h("h2", {}, say("window.help.tools")), h("ul", { class: "menu" }, data.tools.map(tool))),
    h("section", { class: "panel" }, h("h2", {}, say("window.help.contacts")), data.contacts.map(contact)),
    h("section", { class: "panel" }, h("h2", {}, say("window.help.downloads")), data.contacts.filter((each) => each.downloads.length).map(downloads)),
    numbers(data.codes),
  ];
}

const tool = (each) =>
  h(
    "li",
    {},
    h("button", { type: "button", "data-keep": each.target, onclick: () => go(each.target) }, h("b", {}, each.label), h("small", {}, each.detail)),
  );

const contact = (each) =>
  h(
    "p",
    { class: "contact" },
    h("b", {}, each.name),
    h("span", {}, each.phone, each.fax ? h("small", {}, ` ${each.fax}`) : "", each.address ? [h("br"), h("small", {}, each.address)] : ""),
    button(say("window.help.page"), () => call("open_page", each.issuer), {
      class: "button quiet",
      "data-keep": each.issuer,
      "aria-label": `${say("window.help.page")}: ${each.name}`,
    }),
  );

// Nothing is fetched before the click, and then by the browser.
const downloads = (issuer) =>
  h(
    "p",
    { class: "contact downloads" },
    h("b", {}, issuer.name),
    issuer.downloads.map((each, index) =>
      button(each.name, () => call("open_download", issuer.issuer, index), {
        class: "button quiet",
        "data-keep": `download ${issuer.issuer} ${index}`,
        "aria-label": `${issuer.name}: ${each.name}`,
      }),
    ),
  );

function numbers(codes) {
  const none = h("p", { class: "muted", role: "status" });
  const rows = codes.map((code) => {
    const cells = [code.number, code.cause, code.todo, code.source].map((cell) => h("td", {}, cell));
    return { row: h("tr", {}, cells), text: Object.values(code).join(" ").toLowerCase() };
  });
  const search = () => {
    wanted = input.value;
    const word = wanted.trim().toLowerCase();
    for (const { row, text } of rows) row.hidden = !text.includes(word);
    none.textContent = rows.every(({ row }) => row.hidden) ? say("window.help.codes.none") : "";
  };
  const input = h("input", { type: "text", class: "input", id: "codes", value: wanted, oninput: search, "data-keep": "codes", "aria-label": say("window.help.codes.search"), placeholder: say("window.help.codes.search") });
  search();
  return h(
    "section",
    { class: "panel codes" },
    h("h2", {}, say("window.help.codes")),
    input,
    none,
    h("div", { class: "rows" }, h("table", {}, h("tbody", {}, rows.map(({ row }) => row)))),
  );
}
