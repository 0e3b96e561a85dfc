// Draws pictures: everything the window shows comes from the program as one object, in words.
import { announce, h, redraw } from "app/dom.js";
import { call, learn } from "app/link.js";
import { certificate } from "app/certificate.js";
import { flow } from "app/flow.js";
import { help } from "app/help.js";
import { issuer } from "app/issuer.js";
import { navigation } from "app/navigation.js";
import { overview } from "app/overview.js";
import { record } from "app/record.js";
import { settings } from "app/settings.js";
import { stores } from "app/stores.js";
import { tokens } from "app/tokens.js";

const PAGES = { overview, certificate, issuer, record, settings, help, stores, tokens };
const CALM = 250; // milliseconds a step may take before the page says that it waits
const HOLD = 5000; // milliseconds after which a press counts as released: a menu of the system's may swallow the end
const place = document.getElementById("window");

let drawn = "";
let scene = "";
let patience = 0;
let pressed = false;
let latest = null;

// A page drawn anew between press and release would swallow the click.
function release() {
  pressed = false;
  setTimeout(() => latest && draw(latest)); // after the click
}
addEventListener("pointerdown", ({ button }) => {
  pressed = button === 0;
  setTimeout(release, HOLD);
});
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, release);

function show(picture) {
  if (picture.words) learn(picture.words);
  document.documentElement.lang = picture.language === "zh_TW" ? "zh-Hant" : picture.language;
  document.documentElement.dataset.theme = picture.theme;
  clearTimeout(patience);
  const waits = picture.flow && !picture.flow.question && !picture.flow.end;
  if (waits && scene.startsWith("question")) patience = setTimeout(() => draw(picture), CALM);
  else draw(picture);
}

function draw(picture) {
  latest = picture;
  if (pressed) return;
  latest = null;
  const same = JSON.stringify(picture);
  if (same === drawn) return;
  drawn = same;
  const running = picture.flow;
  const next = running
    ? running.question
      ? `question ${running.question.id}`
      : running.end
        ? "end"
        : "wait"
    : picture.link;
  const content = running ? flow(picture) : (PAGES[picture.data.hero ? "overview" : picture.page] ?? overview)(picture);
  const main = h("main", { "aria-busy": next === "wait" }, content, h("footer", { class: picture.footer.due ? "due" : "" }, picture.footer.text));
  const kept = redraw(place, [navigation(picture), main]);
  const moved = next !== scene;
  scene = next;
  if (moved || !kept) (main.querySelector("[data-first]") ?? main.querySelector("h1"))?.focus();
  if (moved) {
    main.scrollTop = 0;
    const heading = main.querySelector("h1")?.textContent ?? "";
    announce(running ? `${running.position} ${heading}` : heading);
  }
}

window.certtray.show = show;
show(window.certtray.first);
call("ready");
