// Mouse, touch and keyboard on the stage.

const STEP = 60;  // CSS pixels that an arrow key moves the picture by

export function listen(viewer, setSplit) {
  const { stage, divider } = viewer;
  const fingers = new Map();

  divider.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    divider.setPointerCapture(event.pointerId);
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = stage.getBoundingClientRect();
    setSplit((100 * (event.clientX - box.left)) / box.width);
  });

  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    viewer.hover(event);
  });
  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return viewer.hover(event);
    fingers.set(event.pointerId, event);
    const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      viewer.zoomBy(distance(event) / Math.max(distance(last), 1), ...viewer.pointAt(other));
    } else {
      viewer.onTile(null, event);
      viewer.panBy(event.clientX - last.clientX, event.clientY - last.clientY);
    }
  });
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
  stage.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") viewer.onTile(null, event);  // a finger's tip stays to be read
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    viewer.zoomBy(Math.exp(-event.deltaY / 400), ...viewer.pointAt(event));
  }, { passive: false });

  const keys = {
    ArrowLeft: () => viewer.panBy(STEP, 0),
    ArrowRight: () => viewer.panBy(-STEP, 0),
    ArrowUp: () => viewer.panBy(0, STEP),
    ArrowDown: () => viewer.panBy(0, -STEP),
    "+": () => viewer.zoomBy(1.5),
    "=": () => viewer.zoomBy(1.5),
    "-": () => viewer.zoomBy(1 / 1.5),
    0: () => viewer.fit(),
    1: () => viewer.zoomBy(viewer.realZoom / viewer.zoom),
  };
  stage.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
