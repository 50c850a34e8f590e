// Calls to the server; what it refuses becomes an Error with its sentence.

import { text } from "./texts.js";

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`api/${path}`, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error(text.unreachable);
  }
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

const post = (path, options = {}) => call(path, { method: "POST", ...options });

export const about = () => call("about");
export const status = (id) => call(`pictures/${id}`);
export const classes = (id) => call(`pictures/${id}/classes`);
export const setBudget = (id, percent) =>
  post(`pictures/${id}/budget${percent === null ? "" : `?percent=${percent}`}`);
export const cancel = (id) => post(`pictures/${id}/cancel`);
export const leave = (id) => post(`pictures/${id}/leave`, { keepalive: true });
export const download = (id) => `api/pictures/${id}/download`;

export function drop(file, name, { model, test }) {
  const query = new URLSearchParams({ name, model, test: test ? "1" : "0" });
  return post(`pictures?${query}`, { body: file });
}

export async function example(name) {
  return (await fetch(`api/examples/${name}`)).blob();
}

// A part of a layer: rectangle in pixels of the original, and how many pixels wide it is wanted.
export function part(id, layer, { left, top, width, height }, wanted, version) {
  return `api/pictures/${id}/part?` +
    new URLSearchParams({ layer, left, top, width, height, wanted, version });
}
