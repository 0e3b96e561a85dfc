// Runs before everything else, while the page is read. It makes the modules importable without a server, and meets
// pywebview's library half-way: that builds its functions from strings, which this page's policy forbids.
{
  let library;
  Object.defineProperty(window, "pywebview", {
    get: () => library,
    set(given) {
      given._createApi = () => {};
      library = given;
    },
  });
  window.certtray = {
    ready: new Promise((resolve) => window.addEventListener("pywebviewready", resolve, { once: true })),
    first: JSON.parse(document.getElementById("first").textContent),
  };

  const imports = {};
  for (const [name, source] of Object.entries(JSON.parse(document.getElementById("modules").textContent))) {
    imports[name] = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  }
  const map = document.createElement("script");
  map.type = "importmap";
  map.nonce = document.currentScript.nonce;
  map.textContent = JSON.stringify({ imports });
  document.head.append(map);
  import("app/main.js");
}
