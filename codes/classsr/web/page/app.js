// The page: a picture is dropped, followed through the queue, shown, and given other budgets.

import * as api from "./api.js";
import { prepareTiles } from "./class_map.js";
import { drawCurves } from "./curve.js";
import { listen } from "./gestures.js";
import { duration, text, writeTexts } from "./texts.js";
import { Viewer } from "./viewer.js";

const POLL = 80;  // milliseconds between two looks at the state of a picture
const $ = (id) => document.getElementById(id);
const percent = (share) => (100 * share).toFixed(1);

writeTexts();
let limits = { max_bytes: Infinity };
let current = null;  // the picture: id, and what the server last said of it

const viewer = new Viewer($("stage"), { onTile: showTip });
listen(viewer, setSplit);

start();

async function start() {
  try {
    limits = await api.about();
  } catch (error) {
    return showError(error.message);
  }
  $("model").replaceChildren(...limits.models.map((name) => new Option(name.split("/").pop(), name)));
  $("examples").replaceChildren(...limits.examples.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name.split(".")[0];
    button.onclick = async () => take(await api.example(name), name);
    return button;
  }));
}

function showError(sentence) {
  $("error").textContent = sentence;
  $("error").hidden = !sentence;
}

// ---- From the file to the result

// The last picture stays until the new one could be read.
async function take(file, name) {
  showError("");
  if (file.size > limits.max_bytes) return showError(text.tooLarge(name, limits.max_bytes >> 20));
  const options = { model: $("model").value, test: $("test").checked };
  const last = current?.width ? current : current?.last;
  const picture = { file, name, options, last, version: 0 };
  if (current?.id && !current.width) api.leave(current.id).catch(() => {});
  current = picture;
  document.body.classList.add("started");
  $("work").inert = true;
  showBusy(text.uploading, null);
  try {
    Object.assign(picture, await api.drop(file, name, options));
    if (picture === current) follow(picture);
    else api.leave(picture.id).catch(() => {});
  } catch (error) {
    refuse(picture, error.message);
  }
}

// Go back to the last picture, if there is one.
function refuse(picture, sentence) {
  if (picture !== current) return;
  hideBusy();
  showError(sentence);
  if (picture.width) return;
  if (picture.id) api.leave(picture.id).catch(() => {});
  current = picture.last ?? null;
  $("work").inert = false;
  if (!current) return;
  $("model").value = current.options.model;
  $("test").checked = current.options.test;
  if (isAtWork(current)) follow(current);
}

const isAtWork = ({ state }) => ["waiting", "running"].includes(state);

// Ask for the state until nothing more is to come; only one such loop runs for a picture.
async function follow(picture) {
  if (picture.isFollowed) return;
  picture.isFollowed = true;
  try {
    while (picture === current) {
      picture.isDue = false;
      const state = await api.status(picture.id);
      if (picture !== current) break;
      picture.state = state.state;
      if (state.width && !picture.width) openPicture(picture, state);
      if (state.version > picture.version) await showResult(picture, state);
      if (picture !== current) break;
      showState(picture, state);
      if (!isAtWork(state) && !picture.isDue) break;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  } catch (error) {
    refuse(picture, error.message);
  }
  picture.isFollowed = false;
}

function openPicture(picture, { width, height, scale, test }) {
  Object.assign(picture, { width, height, scale, test });
  if (picture.last) api.leave(picture.last.id).catch(() => {});
  picture.last = null;
  $("work").hidden = false;
  $("work").inert = false;
  $("panels").hidden = true;
  $("auto").checked = true;
  $("truthOption").hidden = !test;
  if (!test && $("against").value === "truth") $("against").value = "bicubic";
  nameBefore();
  viewer.against = $("against").value;
  viewer.open(picture);
}

async function showResult(picture, state) {
  $("panels").hidden = false;
  const isNew = !picture.figures || picture.figures.seconds !== state.figures.seconds;
  picture.version = state.version;
  picture.figures = state.figures;
  if (isNew) {
    picture.tiles = prepareTiles(await api.classes(picture.id), picture);
    viewer.refresh(state.version, picture.tiles);
    showLegend(picture.tiles);
    $("download").href = api.download(picture.id);
  }
  drawCurves($("curve"), picture.tiles.curve, state.figures);
  showBudget(state.figures);
  showNumbers(picture, state.figures);
}

function showState(picture, state) {
  if (state.state === "waiting") showBusy(text.waiting(state.before), null);
  else if (state.state === "running") showRunning(state);
  else hideBusy();
  if (state.state === "failed") refuse(picture, state.error);
  if (state.state === "stopped") refuse(picture, picture.figures ? text.stopped : text.stoppedAtOnce);
}

function showRunning({ progress, seconds_left: left, width, figures }) {
  if (!width) return showBusy(text.reading, null);
  if (progress >= 0.999 && figures) return showBusy(text.scoring, null);
  showBusy(text.running(Math.round(100 * progress), left && duration(left)), progress);
}

function showBusy(sentence, share) {
  $("busy").hidden = false;
  $("waiting").textContent = sentence;
  if (share === null) $("progress").removeAttribute("value");
  else $("progress").value = share;
}

function hideBusy() {
  $("busy").hidden = true;
}

// ---- Numbers, legend, tiles

function showBudget({ share, least, budget, seconds_at_100: seconds }) {
  const slider = $("budget");
  slider.min = Math.ceil(100 * least);
  slider.disabled = least === 1;
  $("auto").disabled = least === 1;
  if (document.activeElement !== slider || budget === null) {
    slider.value = Math.round(100 * (budget ?? share));
  }
  writeBudget(seconds);
}

function writeBudget(seconds) {
  const value = $("budget").valueAsNumber;
  $("budgetValue").textContent = text.budgetValue(value, duration((seconds * value) / 100));
}

function showNumbers({ width, height, scale }, { share, gflops, seconds, computed, scores }) {
  const beside = (name, digits, unit) =>
    text.bicubicBeside(scores[name].toFixed(digits) + unit, scores[`bicubic_${name}`]?.toFixed(digits) ?? "–");
  const rows = [
    [text.size, `${width} × ${height} → ${scale * width} × ${scale * height}`],
    [text.flops, text.ofWidest(percent(share), gflops.toPrecision(3))],
    [text.measured, computed < 1 ? text.again(duration(seconds), percent(computed)) : duration(seconds)],
  ];
  if ("psnr" in scores) rows.push([text.psnr, beside("psnr", 2, " dB")]);
  if ("ssim" in scores) rows.push([text.ssim, beside("ssim", 4, "")]);
  $("numbers").replaceChildren(...rows.flatMap(([name, value]) => {
    const [term, description] = ["dt", "dd"].map((tag) => document.createElement(tag));
    term.textContent = name;
    description.textContent = value;
    return [term, description];
  }));
}

function showLegend({ counts, colours, flops }) {
  $("legend").replaceChildren(...counts.map((count, place) => {
    const [item, patch, words] = ["li", "i", "span"].map((tag) => document.createElement(tag));
    patch.style.background = `rgb(${colours[place]})`;
    const name = text.className(place, counts.length);
    words.textContent = text.legend(name, count, Math.round(100 * flops[place]));
    item.append(patch, words);
    return item;
  }));
}

function showTip(tile, event) {
  const tip = $("tip");
  tip.hidden = tile === null;
  if (tile === null) return;
  const { classes, counts, probabilities, gains } = current.tiles;
  const name = (place) => text.className(place, counts.length);
  const listed = probabilities[tile].map((p, place) => `${name(place)} ${Math.round(100 * p)}%`);
  const gain = gains[tile];
  const signed = gain === null ? null : (gain > 0 ? "+" : "") + gain.toFixed(2);
  tip.textContent = text.tip(name(classes[tile]), listed.join(", "), signed);
  const box = $("stage").getBoundingClientRect();
  const left = event.clientX - box.left + 14;
  const top = event.clientY - box.top + 14;
  tip.style.left = `${Math.max(4, Math.min(left, box.width - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.min(top, box.height - tip.offsetHeight - 8)}px`;
}

// ---- What the user turns

function nameBefore() {
  $("beforeName").textContent = text[$("against").value === "truth" ? "original" : $("against").value];
}

function setSplit(value) {
  viewer.split = Math.min(Math.max(value, 0), 100);
  $("split").value = viewer.split;
  viewer.arrange();
}

async function requestBudget(value) {
  if (!current) return;
  showError("");
  const picture = current;
  try {
    await api.setBudget(picture.id, value);
    picture.isDue = true;  // what the loop has asked for may be older
    follow(picture);
  } catch (error) {
    showError(error.message);
  }
}

let turning;
$("budget").addEventListener("input", () => {
  $("auto").checked = false;
  writeBudget(current.figures.seconds_at_100);
  clearTimeout(turning);
  turning = setTimeout(() => requestBudget($("budget").valueAsNumber), 60);
});
$("auto").addEventListener("change", () =>
  requestBudget($("auto").checked ? null : $("budget").valueAsNumber));

$("split").addEventListener("input", () => setSplit($("split").valueAsNumber));
$("opacity").addEventListener("input", () => {
  viewer.opacity = $("opacity").valueAsNumber / 100;
  viewer.arrange();
});
$("against").addEventListener("change", () => {
  nameBefore();
  viewer.compareWith($("against").value);
});
$("in").onclick = () => viewer.zoomBy(1.5);
$("out").onclick = () => viewer.zoomBy(1 / 1.5);
$("fit").onclick = () => viewer.fit();
$("real").onclick = () => viewer.zoomBy(viewer.realZoom / viewer.zoom);
$("cancel").onclick = () => current?.id && api.cancel(current.id).catch((error) => showError(error.message));

$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  if (file) take(file, file.name);
  $("file").value = "";  // so that the same file can be chosen again
});
for (const id of ["model", "test"]) {
  $(id).addEventListener("change", () => current && take(current.file, current.name));
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
addEventListener("dragleave", () => document.body.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) take(file, file.name);
});
addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) take(file, file.name);
});
addEventListener("pagehide", () => {
  for (const picture of [current, current?.last]) if (picture?.id) api.leave(picture.id).catch(() => {});
});
