// One layer of the stage: an image of the whole picture, and a sharper one of the part in view.

export class Layer {
  constructor(element) {
    this.element = element;
    this.parts = {};  // "whole" and "detail": the image, and its rectangle of the original
    this.newest = { whole: 0, detail: 0 };
  }

  clear() {
    for (const kind of ["whole", "detail"]) this.drop(kind);
    this.element.replaceChildren();
  }

  drop(kind) {
    this.newest[kind] += 1;
    this.parts[kind]?.image.remove();
    delete this.parts[kind];
  }

  // Load an image in place of the last one of its kind, unless a newer one is asked for meanwhile.
  async load(kind, url, rectangle, alt) {
    const number = ++this.newest[kind];
    const image = new Image();
    image.alt = alt;
    image.draggable = false;
    image.src = url;
    try {
      await image.decode();
    } catch {
      return false;
    }
    if (number !== this.newest[kind]) return false;
    this.parts[kind]?.image.remove();
    this.parts[kind] = { image, rectangle };
    if (kind === "whole") this.element.prepend(image);
    else this.element.append(image);
    return true;
  }

  // place: gives the style of a rectangle; sharp: whether single pixels are to be seen.
  arrange(place, sharp) {
    for (const { image, rectangle } of Object.values(this.parts)) {
      Object.assign(image.style, place(rectangle));
      image.classList.toggle("pixels", sharp);
    }
  }
}
