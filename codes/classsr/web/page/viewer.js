// The stage: two layers under a divider, moved and zoomed together, and the class map over them.

import * as api from "./api.js";
import { drawMap, tileAt } from "./class_map.js";
import { Layer } from "./layer.js";
import { text } from "./texts.js";

const LARGEST_ZOOM = 64;  // CSS pixels for a pixel of the original
const SETTLE = 100;  // milliseconds without a movement, after which a sharper part is asked for

export class Viewer {
  constructor(stage, { onTile }) {
    this.stage = stage;
    this.onTile = onTile;
    this.layers = {
      before: new Layer(stage.querySelector("#before")),
      after: new Layer(stage.querySelector("#after")),
    };
    this.map = stage.querySelector("#map");
    this.divider = stage.querySelector("#divider");
    this.opacity = 0;
    this.split = 50;
    this.against = "bicubic";
    this.tiles = null;
    new ResizeObserver(() => this.picture && this.fitOrKeep()).observe(stage);
  }

  // picture: id, width and height of the original, scale.
  open(picture) {
    this.picture = picture;
    this.version = 0;
    this.tiles = null;
    for (const layer of Object.values(this.layers)) layer.clear();
    delete this.stage.dataset.shown;
    this.stage.style.aspectRatio = `${picture.width} / ${picture.height}`;
    this.fit();
    this.loadLayer("before");
  }

  // A result that is new: what is in view of it first, then the rest.
  async refresh(version, tiles) {
    this.version = version;
    this.tiles = tiles;
    this.arrange();
    if (await this.loadLayer("after")) this.stage.dataset.shown = version;
  }

  compareWith(layer) {
    this.against = layer;
    this.loadLayer("before");
  }

  get fitZoom() {
    const { clientWidth, clientHeight } = this.stage;
    return Math.min(clientWidth / this.picture.width, clientHeight / this.picture.height);
  }

  get realZoom() {
    return this.picture.scale / devicePixelRatio;
  }

  fit() {
    this.zoom = this.fitZoom;
    this.isFit = true;
    [this.x, this.y] = [this.picture.width / 2, this.picture.height / 2];
    this.moved();
  }

  fitOrKeep() {
    if (this.isFit) this.fit();
    else this.moved();
  }

  // Change the zoom by a factor; the point (in CSS pixels from the stage's centre) stays in place.
  zoomBy(factor, dx = 0, dy = 0) {
    const lowest = Math.min(this.fitZoom, this.realZoom);
    const zoom = Math.min(Math.max(this.zoom * factor, lowest), LARGEST_ZOOM);
    this.x += dx / this.zoom - dx / zoom;
    this.y += dy / this.zoom - dy / zoom;
    this.zoom = zoom;
    this.moved();
  }

  panBy(dx, dy) {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
    this.moved();
  }

  moved() {
    this.x = Math.min(Math.max(this.x, 0), this.picture.width);
    this.y = Math.min(Math.max(this.y, 0), this.picture.height);
    this.isFit = Math.abs(this.zoom / this.fitZoom - 1) < 0.01;
    this.stage.style.touchAction = this.isFit ? "pan-y" : "none";  // the page scrolls past it
    this.arrange();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.loadDetails(), SETTLE);
  }

  arrange() {
    const { clientWidth, clientHeight } = this.stage;
    const whole = (length) => Math.round(length * devicePixelRatio) / devicePixelRatio;
    const place = ({ left, top, width, height }) => ({
      left: `${whole(clientWidth / 2 + (left - this.x) * this.zoom)}px`,
      top: `${whole(clientHeight / 2 + (top - this.y) * this.zoom)}px`,
      width: `${width * this.zoom}px`,
      height: `${height * this.zoom}px`,
    });
    const sharp = this.zoom > 1.01 * this.realZoom;
    for (const layer of Object.values(this.layers)) layer.arrange(place, sharp);
    this.layers.after.element.style.clipPath = `inset(0 0 0 ${this.split}%)`;
    this.divider.style.left = `${this.split}%`;
    drawMap(this.map, this);
  }

  // The part of the original that is in view, in whole pixels.
  inView() {
    const { clientWidth, clientHeight } = this.stage;
    const span = (centre, length, most) => {
      const from = Math.max(0, Math.floor(centre - length / 2 / this.zoom));
      return [from, Math.min(most, Math.ceil(centre + length / 2 / this.zoom)) - from];
    };
    const [left, width] = span(this.x, clientWidth, this.picture.width);
    const [top, height] = span(this.y, clientHeight, this.picture.height);
    return { left, top, width, height };
  }

  async loadLayer(name) {
    const { width, height } = this.picture;
    const all = { left: 0, top: 0, width, height };
    const [detail, whole] = [this.loadDetail(name), this.load(name, "whole", all, this.fitZoom)];
    return (await detail) && (await whole);
  }

  loadDetails() {
    for (const name of ["before", "after"]) {
      if (name === "before" || this.version) this.loadDetail(name);
    }
  }

  // Ask for the part in view, where the image of the whole picture is not sharp enough for it.
  async loadDetail(name) {
    if (this.zoom > 1.01 * this.fitZoom) return this.load(name, "detail", this.inView(), this.zoom);
    this.layers[name].drop("detail");
    return true;
  }

  async load(name, kind, rectangle, zoom) {
    const layer = name === "after" ? "after" : this.against;
    const wanted = Math.max(1, Math.round(rectangle.width * zoom * devicePixelRatio));
    const url = api.part(this.picture.id, layer, rectangle, wanted, this.version);
    const loaded = await this.layers[name].load(kind, url, rectangle, text[`${name}Alt`]);
    if (loaded) this.arrange();
    return loaded;
  }

  pointAt(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  }

  hover(event) {
    const [dx, dy] = this.pointAt(event);
    const tile = this.tiles && tileAt(this.tiles, this.picture, this.x + dx / this.zoom, this.y + dy / this.zoom);
    this.onTile(tile ?? null, event);
  }
}
