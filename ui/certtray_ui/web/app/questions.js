// One renderer for each kind of question. Each returns its fields, how to read the answer, and its main button.
import { h, button } from "app/dom.js";
import { call, say } from "app/link.js";

const main = (label, given = {}) => h("button", { type: "submit", class: "button", "data-keep": "submit", ...given }, label);
const next = () => main(say("window.next"));

export const body = (asked) => KINDS[asked.kind](asked);

const field = (asked, given) =>
  h("input", {
    id: "answer",
    "data-keep": `answer ${asked.id}`,
    "data-first": true,
    "aria-labelledby": "asked",
    "aria-describedby": "why",
    "aria-invalid": Boolean(asked.error) && "true",
    spellcheck: "false",
    autocapitalize: "off",
    ...given,
  });

const KINDS = {
  text(asked) {
    const input = field(asked, { type: "text", class: "input", placeholder: asked.suggested ?? "" });
    const hint = asked.suggestion ? h("small", {}, asked.suggestion) : "";
    return { fields: [input, hint], value: () => ({ value: input.value }), submit: next() };
  },

  secret(asked) {
    const input = field(asked, { type: "password", class: "input", autocomplete: "off" });
    const inputs = [input];
    if (asked.twice) {
      inputs.push(
        h("input", {
          type: "password",
          class: "input",
          "data-keep": `again ${asked.id}`,
          "aria-label": say("window.again"),
          placeholder: say("window.again"),
          autocomplete: "off",
        }),
      );
    }
    const eye = button(say("window.show"), () => {
      const shown = input.type === "password";
      for (const each of inputs) each.type = shown ? "text" : "password";
      eye.textContent = say(shown ? "window.hide" : "window.show");
      eye.setAttribute("aria-pressed", String(shown));
    }, { class: "button quiet eye", "aria-pressed": "false", "data-keep": "eye" });
    return {
      fields: [h("div", { class: "beside" }, input, eye), ...inputs.slice(1)],
      value: () => ({ value: input.value, again: asked.twice ? inputs[1].value : null }),
      submit: next(),
    };
  },

  code(asked) {
    const input = field(asked, {
      type: "text",
      class: "digits",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: asked.digits,
      oninput: () => {
        input.value = input.value.replace(/[^0-9]/g, "");
      },
    });
    const boxes = h("div", { class: "boxes" }, input);
    boxes.style.setProperty("--digits", asked.digits);
    return { fields: [boxes], value: () => ({ value: input.value }), submit: main(say("window.confirm")) };
  },

  choice(asked) {
    const options = asked.options.map((option, index) =>
      h(
        "label",
        { class: "option" },
        h("input", {
          type: "radio",
          name: "answer",
          value: option.id,
          checked: index === 0,
          "data-first": index === 0,
          "data-keep": `option ${asked.id} ${option.id}`,
        }),
        h("span", {}, option.label),
      ),
    );
    const group = h("div", { role: "radiogroup", "aria-labelledby": "asked", class: "options" }, options);
    return { fields: [group], value: () => ({ value: group.querySelector("input:checked")?.value ?? "" }), submit: next() };
  },

  several(asked) {
    const options = asked.options.map((option, index) =>
      h(
        "label",
        { class: "option" },
        h("input", {
          type: "checkbox",
          value: option.id,
          checked: asked.chosen.includes(option.id),
          "data-first": index === 0,
          "data-keep": `option ${asked.id} ${option.id}`,
        }),
        h("span", {}, option.label),
      ),
    );
    const group = h("div", { role: "group", "aria-labelledby": "asked", class: "options" }, options);
    const picked = () => [...group.querySelectorAll("input:checked")].map((each) => each.value);
    return { fields: [group], value: () => ({ value: picked().join(",") || "none" }), submit: next() };
  },

  file(asked) {
    const input = field(asked, { type: "text", class: "input", placeholder: say("window.drop_file") });
    const take = (path) => {
      if (path) {
        input.value = path;
        input.focus();
      }
    };
    const pick = button(say("window.pick_file"), async () => take(await call("pick_file")), { class: "button quiet", "data-keep": "pick" });
    const zone = h(
      "div",
      {
        class: "beside drop",
        ondragover: (event) => {
          event.preventDefault();
          zone.classList.add("over");
        },
        ondragleave: () => zone.classList.remove("over"),
        ondrop: async (event) => {
          event.preventDefault();
          zone.classList.remove("over");
          take(await call("drop_file", [...event.dataTransfer.files].map((file) => file.name)));
        },
      },
      input,
      pick,
    );
    return { fields: [zone], value: () => ({ value: input.value }), submit: next() };
  },

  picture(asked) {
    const input = field(asked, {
      type: "text",
      class: "input digits-seen",
      inputmode: "numeric",
      autocomplete: "off",
      maxlength: asked.digits,
      oninput: () => {
        input.value = input.value.replace(/[^0-9]/g, "");
      },
    });
    const picture = h("img", { class: "picture", src: `data:image/png;base64,${asked.png}`, alt: asked.title });
    return { fields: [picture, input], value: () => ({ value: input.value }), submit: next() };
  },

  place(asked) {
    const input = field(asked, { type: "text", class: "input", placeholder: asked.suggested });
    const pick = button(
      say("window.pick_folder"),
      async () => {
        const folder = await call("pick_place");
        if (folder) {
          input.value = folder;
          input.focus();
        }
      },
      { class: "button quiet", "data-keep": "pick" },
    );
    const hint = h("small", {}, asked.suggestion);
    return { fields: [h("div", { class: "beside" }, input, pick), hint], value: () => ({ value: input.value }), submit: next() };
  },

  terms(asked) {
    const submit = main(say("window.next"), { disabled: true });
    const tick = h("input", {
      type: "checkbox",
      "data-keep": `agree ${asked.id}`,
      onchange: () => {
        submit.disabled = !tick.checked;
      },
    });
    const clauses = h("ol", { class: "clauses", tabindex: "0", "data-first": true, "data-keep": "clauses", "aria-labelledby": "asked" }, asked.clauses.map((clause) => h("li", {}, clause)));
    return {
      fields: [clauses, h("label", { class: "agree" }, tick, h("span", {}, say("window.agree")))],
      value: () => ({ value: tick.checked }),
      submit,
    };
  },

  // Where the answers have words of their own something is at stake, and Enter alone does not do it.
  confirm(asked) {
    return {
      fields: [],
      value: (pressed) => ({ value: pressed?.value !== "no" }),
      submit: [
        h("button", { type: "submit", class: "button quiet", value: "no", "data-keep": "no", "data-first": Boolean(asked.no) }, asked.no ?? say("window.no")),
        main(asked.yes ?? say("window.yes"), { value: "yes", "data-first": !asked.no }),
      ],
    };
  },
};
