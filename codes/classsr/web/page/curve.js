// The curve of predicted gain over budget, with the present point on it.

import { text } from "./texts.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [320, 130, 8, 18];

export function drawCurve(place, points, share) {
  const least = points[0][0];
  const at = ([budget, gain]) => [
    LEFT + ((WIDTH - 2 * LEFT) * (budget - least)) / Math.max(1 - least, 1e-6),
    6 + (HEIGHT - BOTTOM - 12) * (1 - gain),
  ];
  const next = Math.max(1, points.findIndex(([budget]) => budget >= share - 1e-9));
  const [[b0, g0], [b1, g1]] = [points[next - 1], points[next] ?? points[points.length - 1]];
  const gain = b1 > b0 ? g0 + ((g1 - g0) * (share - b0)) / (b1 - b0) : g1;
  const [x, y] = at([share, gain]);
  const line = points.map((point) => at(point).map((v) => v.toFixed(1)).join(",")).join(" ");
  const floor = HEIGHT - BOTTOM;
  place.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path d="M${LEFT} 0V${floor}H${WIDTH - LEFT}"/><polyline points="${line}"/>
    <circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="6"/>
    <text x="${LEFT}" y="${HEIGHT - 4}">${Math.ceil(100 * least)}%</text>
    <text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">${text.curve}</text>
    <text x="${WIDTH - LEFT}" y="${HEIGHT - 4}" text-anchor="end">100%</text></svg>`;
  const percents = [share, gain].map((v) => Math.round(100 * v));
  place.setAttribute("aria-label", text.curveAlt(...percents));
}
