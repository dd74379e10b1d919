// The page: what is chosen, shown, and downloaded. The worker colours.

import { HintEditor } from "./hint_editor.js";
import { zip } from "./zip.js";

const NEEDED = ["Worker", "OffscreenCanvas", "CompressionStream", "WebAssembly"];
const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png" };
const THUMBNAIL = 240; // pixels of its height
const at = (id) => document.getElementById(id);

/** Photographs in the order of the list; `state` is "waiting", "colored" or "failed". */
let photos = [];
let shown;
let isBusy = true; // until the network is there
let count = 0;
let answered; // resolves what `ask` waits for
let worker;
const hintEditor = new HintEditor(colorAll);

async function start() {
  const missing = NEEDED.filter((name) => !(name in window));
  if (missing.length) {
    return say(`This browser is too old: it lacks ${missing.join(", ")}. Take a newer one.`, true);
  }
  await useServiceWorker();
  const worker = new Worker("./worker.js", { type: "module" });
  worker.onmessage = ({ data }) => (data.kind === "progress" ? progress(data) : answered(data));
  worker.onerror = (event) => answered?.({ kind: "failed", message: event.message || "it ended" });
  return worker;
}

/** Keeps the site for use offline. The page is loaded anew once, to be allowed threads. */
async function useServiceWorker() {
  try {
    await navigator.serviceWorker.register("./service_worker.js");
    await navigator.serviceWorker.ready;
  } catch {
    return; // A private window, or no https: all works, but online and on one thread.
  }
  if (!window.crossOriginIsolated && !sessionStorage.getItem("loaded anew")) {
    sessionStorage.setItem("loaded anew", "yes");
    location.reload();
    await new Promise(() => {});
  }
}

function ask(message) {
  return new Promise((resolve) => {
    answered = resolve;
    worker.postMessage(message);
  });
}

async function openNetwork() {
  say("Loading the network …");
  const site = await (await fetch("./site.json")).json();
  const { styles } = site.model;
  at("style").append(...styles.map((style) => new Option(style, style)));
  if (styles.includes("balanced")) at("style").value = "balanced";
  at("style").parentElement.hidden = !styles.length;
  at("hinting").hidden = !site.hinted_model;
  const answer = await ask({ kind: "open", site });
  if (answer.kind === "failed") throw new Error(answer.message);
  at("device").textContent = `Colouring by ${answer.device}.`;
  document.documentElement.dataset.ready = answer.device;
}

function settings() {
  const chosen = at("format").value;
  return {
    style: at("style").value,
    strength: Number(at("strength").value),
    typeOf: (file) => chosen || (file.type === "image/png" ? "image/png" : "image/jpeg"),
  };
}

/** What a result depends on beside the photograph. */
function keyOf({ hints }) {
  const values = ["style", "strength", "format"].map((id) => at(id).value);
  return JSON.stringify([...values, hints]);
}

function isStale(photo) {
  return photo.state !== "failed" && photo.key !== keyOf(photo);
}

/** Colours what is not coloured yet, or not as it is wanted now: what is shown first. */
async function colorAll() {
  if (isBusy) return;
  isBusy = true;
  for (let photo; (photo = [shown, ...photos].find((each) => each && isStale(each))); ) {
    const { style, strength, typeOf } = settings();
    const key = keyOf(photo);
    const type = typeOf(photo.file);
    const place = `${photos.indexOf(photo) + 1} of ${photos.length}`;
    say(`Colouring ${photo.file.name} (${place}) …`);
    const { number, file, hints } = photo;
    const answer = await ask({ kind: "color", number, file, hints, style, strength, type });
    if (!photos.includes(photo)) continue; // "Start anew" meanwhile
    if (answer.kind === "failed" && hints.length) {
      photo.hints = hints.slice(0, -1); // What was coloured stays.
      photo.message = `This colour cannot be given: ${answer.message}`;
      if (photo === shown) show(photo);
      continue;
    }
    photo.key = key;
    if (answer.kind === "failed") {
      Object.assign(photo, { state: "failed", message: answer.message });
    } else {
      await keep(photo, answer);
    }
    list(photo);
    if (photo === shown) show(photo);
  }
  isBusy = false;
  at("progress").hidden = true;
  summarize();
}

async function keep(photo, { blob, width, height, seconds, notes }) {
  URL.revokeObjectURL(photo.url);
  const words = [`${width} × ${height} pixels, coloured in ${seconds.toFixed(1)} s`, ...notes];
  const stem = photo.file.name.replace(/\.[^.]*$/, "");
  Object.assign(photo, {
    state: "colored",
    width,
    height,
    blob,
    url: URL.createObjectURL(blob),
    name: `${stem}_color.${SUFFIXES[blob.type]}`,
    message: words.join("; "),
  });
  photo.thumbnail = await thumbnailOf(blob).catch(() => undefined); // memory may be short
}

async function thumbnailOf(blob) {
  const small = await createImageBitmap(blob, { resizeHeight: THUMBNAIL, resizeQuality: "medium" });
  const canvas = document.createElement("canvas");
  canvas.width = small.width;
  canvas.height = small.height;
  canvas.getContext("bitmaprenderer").transferFromImageBitmap(small);
  return canvas;
}

function add(files) {
  const added = [...files].map((file) => ({ number: count++, file, hints: [], state: "waiting" }));
  if (!added.length) return;
  photos.push(...added);
  added.forEach(list);
  at("settings").hidden = at("viewer").hidden = false;
  if (!shown) show(added[0]);
  at("download-all").disabled = true;
  colorAll();
}

function clear() {
  for (const photo of photos) {
    URL.revokeObjectURL(photo.url);
    URL.revokeObjectURL(photo.before);
  }
  photos = [];
  shown = undefined;
  hintEditor.show();
  worker.postMessage({ kind: "forget" });
  at("photos").replaceChildren();
  at("settings").hidden = at("viewer").hidden = true;
  summarize();
}

/** Draws a photograph's place in the list. */
function list(photo) {
  if (!photo.item) {
    photo.item = document.createElement("li");
    photo.item.append(document.createElement("button"));
    photo.item.firstChild.onclick = () => show(photo);
    at("photos").append(photo.item);
  }
  const button = photo.item.firstChild;
  const state = document.createElement("span");
  state.textContent = { waiting: "waits", colored: "coloured", failed: photo.message }[photo.state];
  state.classList.toggle("alarm", photo.state === "failed");
  button.replaceChildren(...(photo.thumbnail ? [photo.thumbnail] : []), photo.file.name, state);
}

/** Shows a photograph under the slider. */
function show(photo) {
  if (photo !== shown) {
    URL.revokeObjectURL(shown?.before);
    photo.before = URL.createObjectURL(photo.file);
    at("before").src = photo.before;
  }
  shown = photo;
  const isColored = photo.state === "colored";
  at("before").hidden = photo.state === "failed";
  at("after").hidden = !isColored;
  if (isColored) at("after").src = photo.url;
  at("caption").textContent = `${photo.file.name}: ${photo.message ?? "waits for its turn"}`;
  if (photo.state === "failed") at("caption").textContent = photo.message;
  at("caption").classList.toggle("alarm", photo.state === "failed");
  hintEditor.show(photo);
  const download = at("download");
  download.setAttribute("aria-disabled", !isColored);
  if (isColored) Object.assign(download, { href: photo.url, download: photo.name });
  else download.removeAttribute("href");
  for (const each of photos) {
    each.item.firstChild.setAttribute("aria-current", each === photo);
  }
}

function summarize() {
  const [colored, failed] = ["colored", "failed"].map(
    (wanted) => photos.filter(({ state }) => state === wanted).length,
  );
  at("download-all").disabled = isBusy || colored < 2;
  if (isBusy) return;
  if (!photos.length) say("Ready.");
  else say(failed ? `${colored} coloured, ${failed} failed.` : `${colored} coloured.`, failed > 0);
}

async function downloadAll() {
  at("download-all").disabled = true;
  try {
    const whole = await zip(photos.filter(({ state }) => state === "colored"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(whole);
    link.download = "coloured.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    say(error.message, true);
  }
  at("download-all").disabled = isBusy;
}

function progress({ what, bytes, total, share }) {
  const bar = at("progress");
  bar.hidden = false;
  bar.value = what === "download" ? bytes / total : share;
  if (what === "download") {
    const [done, all] = [bytes, total].map((value) => (value / 1e6).toFixed(0));
    say(bytes < total ? `Loading the network: ${done} of ${all} MB` : "Starting the network …");
  }
}

function say(message, isAlarm = false) {
  at("status").textContent = message;
  at("status").classList.toggle("alarm", isAlarm);
}

function settingsChanged() {
  at("strength-shown").value = Number(at("strength").value).toFixed(2);
  at("download-all").disabled = true;
  colorAll();
}

for (const id of ["style", "strength", "format"]) at(id).onchange = settingsChanged;
at("strength").oninput = () => {
  at("strength-shown").value = Number(at("strength").value).toFixed(2);
};
at("divider").oninput = () => {
  at("compare").style.setProperty("--at", `${at("divider").value}%`);
};
at("files").onchange = ({ target }) => {
  add(target.files);
  target.value = "";
};
at("settings").onsubmit = (event) => event.preventDefault();
at("clear").onclick = clear;
at("download-all").onclick = downloadAll;
addEventListener("dragover", (event) => {
  event.preventDefault();
  at("drop").classList.add("over");
});
addEventListener("dragleave", () => at("drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  at("drop").classList.remove("over");
  add(event.dataTransfer.files);
});

worker = await start();
if (worker) {
  try {
    await openNetwork();
    isBusy = false;
    at("progress").hidden = true;
    summarize();
    colorAll();
  } catch (error) {
    say(`The network cannot be loaded: ${error.message} Load the page anew to try again.`, true);
  }
}
