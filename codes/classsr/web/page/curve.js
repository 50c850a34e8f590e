// Curves over the budget with the present point on them: the predicted gain, and in test mode the
// PSNR of the budgets that were tried.

import { text } from "./texts.js";

const [WIDTH, HEIGHT, SIDE, TOP, BOTTOM] = [320, 130, 8, 6, 30];
const LEAST_SPAN = 0.1;  // dB from the bottom of the curve of PSNR to its top, at least

export function drawCurves(place, points, { share, visited }) {
  const least = points[0][0];
  const gain = along(points, share);
  const curves = [plot(points, [share, gain], text.curve, least)];
  if (visited.length > 1) {
    const values = visited.map(([, psnr]) => psnr);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const height = (psnr) => (psnr - low) / Math.max(high - low, LEAST_SPAN);
    const now = visited.find(([budget]) => budget === share);
    const heights = visited.map(([budget, psnr]) => [budget, height(psnr)]);
    const range = [...new Set([low, high].map((value) => value.toFixed(2)))].join("–");
    curves.push(plot(heights, now && [share, height(now[1])], text.tried(range), least, true));
  }
  place.innerHTML = curves.join("");
  const percents = [share, gain].map((v) => Math.round(100 * v));
  place.setAttribute("aria-label", text.curveAlt(...percents));
}

// The height of a curve at a share.
function along(points, share) {
  const next = Math.max(1, points.findIndex(([budget]) => budget >= share - 1e-9));
  const [[b0, g0], [b1, g1]] = [points[next - 1], points[next] ?? points[points.length - 1]];
  return b1 > b0 ? g0 + ((g1 - g0) * (share - b0)) / (b1 - b0) : g1;
}

// points: budgets and heights from 0 to 1; now: the present one; dotted: whether each is marked.
function plot(points, now, caption, least, dotted = false) {
  const at = ([budget, height]) => [
    SIDE + ((WIDTH - 2 * SIDE) * (budget - least)) / Math.max(1 - least, 1e-6),
    TOP + (HEIGHT - BOTTOM - 2 * TOP) * (1 - height),
  ].map((v) => v.toFixed(1));
  const dot = (point, radius) => {
    const [x, y] = at(point);
    return `<circle cx="${x}" cy="${y}" r="${radius}"/>`;
  };
  const floor = HEIGHT - BOTTOM;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path d="M${SIDE} 0V${floor}H${WIDTH - SIDE}"/>
    <polyline points="${points.map((point) => at(point).join(",")).join(" ")}"/>
    ${dotted ? points.map((point) => dot(point, 3.5)).join("") : ""}${now ? dot(now, 6) : ""}
    <text x="${SIDE}" y="${floor + 13}">${Math.ceil(100 * least)}%</text>
    <text x="${WIDTH - SIDE}" y="${floor + 13}" text-anchor="end">100%</text>
    <text x="${WIDTH / 2}" y="${floor + 26}" text-anchor="middle">${caption}</text></svg>`;
}
