// Colours that a person gives at points, drawn and kept as `colorkit.inference.hints` and
// `hinted_runtime` do it.

import { mirrorInto } from "./letterbox.js";
import { chromaOf } from "./lightness.js";

export const HINT_CHANNELS = 3; // a / 128, b / 128, and 1 where a colour is given, else 0

const AB_SCALE = 128;
const PATCH = 5; // side of a hint's square, in pixels of the network's input
const SIGMA = 1.5; // of a correction's Gaussian, in cells of the network's output
const RADIUS = 4 * SIGMA;

/**
 * A colour at a point: x to the right and y downwards, in pixels.
 * @typedef {{x: number, y: number, color: string}} Hint
 */

/**
 * Draws hints as the network's second input.
 * @param {Hint[]} hints Within the picture; a later one covers an earlier.
 * @param {number[]} picture [height, width].
 * @param {object} letterbox What `placeLetterbox` returned.
 * @returns {Float32Array} `HINT_CHANNELS` numbers a pixel of the padded content.
 */
export function drawHints(hints, [height, width], { content, padded }) {
  const [rows, columns] = content;
  const drawn = new Float32Array(rows * columns * HINT_CHANNELS);
  const half = PATCH >> 1;
  for (const { x, y, color } of hints) {
    const row = placeOf(y, rows, height);
    const column = placeOf(x, columns, width);
    const numbers = [...chromaOf(color).map((value) => value / AB_SCALE), 1];
    for (let v = Math.max(0, row - half); v <= Math.min(rows - 1, row + half); v++) {
      for (let u = Math.max(0, column - half); u <= Math.min(columns - 1, column + half); u++) {
        drawn.set(numbers, HINT_CHANNELS * (v * columns + u));
      }
    }
  }
  return mirrorInto(drawn, content, padded, HINT_CHANNELS);
}

/**
 * Snaps a and b to the hints: exactly in their cells, and decreasingly around them.
 * @param {Float32Array} ab CIE a and b in turns, at 1 / stride; changed in place.
 * @param {Float32Array} hints What the network was given.
 * @param {number[]} tile [height, width] of its input.
 * @param {number} stride
 */
export function snapToHints(ab, hints, [height, width], stride) {
  const [rows, columns] = [height / stride, width / stride];
  const totals = sumCells(hints, width, rows, columns, stride);
  const lacks = [0, 1, 2].map(() => new Float64Array(rows * columns));
  for (let n = 0; n < rows * columns; n++) {
    const count = totals[HINT_CHANNELS * n + 2];
    if (!count) continue;
    for (const k of [0, 1]) {
      lacks[k][n] = (AB_SCALE * totals[HINT_CHANNELS * n + k]) / count - ab[2 * n + k];
    }
    lacks[2][n] = 1;
  }
  const [a, b, given] = lacks.map((plane) => spread(plane, rows, columns));
  for (let n = 0; n < rows * columns; n++) {
    const weight = Math.max(given[n], 1);
    ab[2 * n] += a[n] / weight;
    ab[2 * n + 1] += b[n] / weight;
  }
}

/** The pixel of the content in which the middle of the picture's pixel falls. */
function placeOf(at, part, whole) {
  return Math.floor(((2 * Math.floor(at) + 1) * part) / (2 * whole));
}

function sumCells(hints, width, rows, columns, stride) {
  const totals = new Float64Array(rows * columns * HINT_CHANNELS);
  for (let n = 0; n < hints.length / HINT_CHANNELS; n++) {
    const from = HINT_CHANNELS * n;
    if (!hints[from + 2]) continue;
    const row = Math.floor(n / width / stride);
    const column = Math.floor((n % width) / stride);
    const to = HINT_CHANNELS * (row * columns + column);
    for (let k = 0; k < HINT_CHANNELS; k++) totals[to + k] += hints[from + k];
  }
  return totals;
}

/** Spreads numbers by a Gaussian of height 1, mirrored about the outermost ones. */
function spread(plane, rows, columns) {
  const wide = spreadAlong(plane, rows, columns, columns, 1);
  return spreadAlong(wide, columns, rows, 1, columns);
}

/** Along lines of `length` numbers that are `step` apart; lines are `pitch` apart. */
function spreadAlong(plane, lines, length, pitch, step) {
  const result = new Float64Array(plane.length);
  for (let offset = -RADIUS; offset <= RADIUS; offset++) {
    const weight = Math.exp(-(offset ** 2) / (2 * SIGMA ** 2));
    for (let n = 0; n < length; n++) {
      const from = reflected(n + offset, length);
      for (let line = 0; line < lines; line++) {
        result[line * pitch + n * step] += weight * plane[line * pitch + from * step];
      }
    }
  }
  return result;
}

function reflected(place, length) {
  while (length > 1 && (place < 0 || place >= length)) {
    place = place < 0 ? -place : 2 * length - 2 - place;
  }
  return length > 1 ? place : 0;
}
