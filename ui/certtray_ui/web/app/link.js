// The way to the program and back. Functions are called by name; pictures of all there is to show arrive at `show`.

const { ready } = window.certtray;
let words = {};
let calls = 0;

export const say = (key) => words[key] ?? key;
export const learn = (given) => {
  words = given;
};

export async function call(name, ...given) {
  await ready;
  const answer = await new Promise((resolve) => {
    const id = String((calls += 1));
    const waiting = (window.pywebview._returnValuesCallbacks[name] ??= {});
    waiting[id] = (reply) => {
      delete waiting[id];
      resolve(reply.isError ? { refused: "internal" } : JSON.parse(reply.value));
    };
    window.pywebview._jsApiCallback(name, given, id);
  });
  return answer.value ?? null;
}

export const go = (link) => call("go", link);
