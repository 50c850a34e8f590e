// The class map: tiles tinted by class, and which tile lies under a point.

// Tiles at the right and bottom edge lie flush with it and reach under their neighbours.
function spans(origins, tile, length) {
  return origins.map((origin, place) => {
    const from = place && place === origins.length - 1 ? origins[place - 1] + tile : origin;
    return [from, Math.min(origin + tile, length)];
  });
}

function under(spans, value) {
  return spans.findIndex(([from, to]) => value >= from && value < to);
}

export function prepareTiles(figures, { width, height }) {
  return {
    ...figures,
    rows: spans(figures.tops, figures.tile, height),
    columns: spans(figures.lefts, figures.tile, width),
  };
}

export function tileAt(tiles, picture, x, y) {
  const [row, column] = [under(tiles.rows, y), under(tiles.columns, x)];
  return row < 0 || column < 0 ? null : row * tiles.columns.length + column;
}

export function drawMap(canvas, { stage, tiles, opacity, zoom, x, y }) {
  const { clientWidth, clientHeight } = stage;
  canvas.width = clientWidth;
  canvas.height = clientHeight;
  if (!tiles || !opacity) return;
  const context = canvas.getContext("2d");
  context.globalAlpha = opacity;
  const across = tiles.columns.map((span) => span.map((v) => Math.round(clientWidth / 2 + (v - x) * zoom)));
  tiles.rows.forEach((span, row) => {
    const [top, bottom] = span.map((v) => Math.round(clientHeight / 2 + (v - y) * zoom));
    if (bottom < 0 || top > clientHeight) return;
    across.forEach(([left, right], column) => {
      const label = tiles.classes[row * across.length + column];
      context.fillStyle = `rgb(${tiles.colours[label]})`;
      context.fillRect(left, top, right - left, bottom - top);
    });
  });
}
