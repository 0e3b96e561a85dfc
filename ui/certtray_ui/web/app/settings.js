import { button, h } from "app/dom.js";
import { call, say } from "app/link.js";
import { notice } from "app/navigation.js";

export function settings(picture) {
  const { data } = picture;
  return [
    h("h1", { tabindex: "-1" }, say("window.settings")),
    notice(picture),
    choices("language", say("window.language"), data.language),
    choices("theme", say("window.theme"), data.theme),
    choices("everywhere", say("window.everywhere"), data.everywhere),
    data.autostart.length
      ? choices("autostart", say("window.autostart"), data.autostart)
      : h(
          "section",
          { class: "panel" },
          h("h2", {}, say("window.autostart")),
          h("p", { class: "muted" }, say("window.autostart.missing")),
        ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, say("window.settings.folders")),
      h("p", { class: "muted" }, say("window.settings.folders.help")),
      h(
        "ul",
        { class: "folders" },
        data.folders.map((folder, index) =>
          h(
            "li",
            {},
            h("code", {}, folder.name),
            h("small", {}, folder.missing),
            button(say("window.settings.remove"), () => call("remove_folder", index), {
              class: "button quiet",
              "aria-label": `${say("window.settings.remove")}: ${folder.name}`,
              "data-keep": `remove ${index}`,
            }),
          ),
        ),
      ),
      button(say("window.settings.add_folder"), () => call("add_folder"), { class: "button quiet", "data-keep": "add" }),
    ),
  ];
}

function choices(name, title, options) {
  return h(
    "fieldset",
    { class: "panel" },
    h("legend", {}, title),
    h(
      "div",
      { class: "segments" },
      options.map((option) =>
        h(
          "label",
          {},
          h("input", {
            type: "radio",
            name,
            value: option.id,
            checked: option.on,
            "data-keep": `${name} ${option.id}`,
            onchange: () => call(name, option.id),
          }),
          h("span", {}, option.label),
        ),
      ),
    ),
  );
}
