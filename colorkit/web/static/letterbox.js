// The picture as the network sees it, as `colorkit.inference.letterbox` and `tiles` make it.

import { denoise } from "./denoising.js";
import { resample } from "./resample.js";

const LONGEST = 4; // times the shorter side: what the network sees in one piece
const LONGEST_STRIP = 256; // times the shorter side: what it sees at full size
const SHAPE_STEP = 64; // padded sides are multiples of it
const OVERLAP = 0.25; // least share of a tile's length in common with the next

/**
 * Chooses the size of a picture in the network's input.
 * @param {number[]} picture [height, width].
 * @param {{image_size: ?number[], size_multiple: number, stride: number}} model
 * @param {number} size Pixels of the shorter side, for networks that take any size.
 * @returns {{content: number[], padded: number[], tile: number[], axis: number, starts: number[]}}
 *   `content` lies at the top left of `padded`; tiles begin at `starts` along `axis`.
 */
export function placeLetterbox(picture, model, size) {
  const fixed = model.image_size;
  const shorter = Math.min(...picture);
  const longer = Math.max(...picture);
  const isStrip = longer > LONGEST * shorter;
  const axis = picture[0] >= picture[1] ? 0 : 1;
  const step = fixed ? model.stride : leastCommonMultiple(model.size_multiple, SHAPE_STEP);
  const room = fixed ? fixed[1 - axis] : size;
  const scale = isStrip
    ? Math.min(room / shorter, (LONGEST_STRIP * room) / longer)
    : fixed
      ? Math.min(fixed[0] / picture[0], fixed[1] / picture[1])
      : size / shorter;
  let content = picture.map((side) => roundUpTo(model.stride, roundHalfToEven(side * scale)));
  const tile = fixed ? [...fixed] : content.map((side) => roundUpTo(step, side));
  if (fixed) {
    content = content.map((side, n) => (isStrip && n === axis ? side : Math.min(side, tile[n])));
  }
  if (!isStrip) return { content, padded: tile, tile, axis: 1, starts: [0] };
  if (!fixed) tile[axis] = roundUpTo(step, LONGEST * size);
  const padded = [...tile];
  padded[axis] = Math.max(tile[axis], roundUpTo(step, content[axis]));
  return { content, padded, tile, axis, starts: tileStarts(padded[axis], tile[axis], step) };
}

/** Resizes lightness to the letterbox' content, takes its grain out and mirrors it. */
export function fillLetterbox(lightness, { content, padded }) {
  return mirrorInto(denoise(resample(lightness, ...content)).data, content, padded);
}

/** Mirrors content, of a number of channels a pixel, at the right and below. */
export function mirrorInto(data, content, padded, channels = 1) {
  const columns = mirrored(content[1], padded[1]);
  const view = new Float32Array(padded[0] * padded[1] * channels);
  let to = 0;
  for (const row of mirrored(content[0], padded[0])) {
    for (const column of columns) {
      const from = (row * content[1] + column) * channels;
      for (let k = 0; k < channels; k++) view[to++] = data[from + k];
    }
  }
  return view;
}

/** Copies one tile of a view, of a number of channels a pixel. */
export function cutTile(view, { padded, tile, axis }, start, channels = 1) {
  const [top, left] = axis === 0 ? [start, 0] : [0, start];
  const length = tile[1] * channels;
  const part = new Float32Array(tile[0] * length);
  for (let y = 0; y < tile[0]; y++) {
    const from = ((top + y) * padded[1] + left) * channels;
    part.set(view.subarray(from, from + length), y * length);
  }
  return part;
}

/**
 * Joins the colour of tiles, each weighted less towards its ends, and cuts the content out.
 * @param {Float32Array[]} colors a and b in turns, at 1 / stride of each tile.
 * @returns {Plane[]} The planes of a and b.
 */
export function joinTiles(colors, { content, tile, axis, starts }, stride) {
  const [height, width] = content.map((side) => side / stride);
  const planes = [0, 1].map(() => ({ data: new Float32Array(height * width), height, width }));
  const tileWidth = tile[1] / stride;
  const length = tile[axis] / stride;
  const fade = colors.length === 1 ? [1] : fadeOf(length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const along = axis === 0 ? y : x;
      let [a, b, total] = [0, 0, 0];
      starts.forEach((start, n) => {
        const place = along - start / stride;
        if (place < 0 || place >= length) return;
        const weight = fade[place] ?? 1;
        const from = 2 * (axis === 0 ? place * tileWidth + x : y * tileWidth + place);
        a += weight * colors[n][from];
        b += weight * colors[n][from + 1];
        total += weight;
      });
      planes[0].data[to] = a / total;
      planes[1].data[to] = b / total;
    }
  }
  return planes;
}

function tileStarts(padded, length, step) {
  const room = padded - length;
  const furthest = Math.floor(((1 - OVERLAP) * length) / step) * step;
  const gaps = Math.ceil(room / furthest);
  if (!gaps) return [0];
  return Array.from({ length: gaps + 1 }, (_, n) => step * Math.floor((room * n) / (gaps * step)));
}

function fadeOf(length) {
  return Float32Array.from({ length }, (_, n) => {
    const rise = Math.min((Math.min(n, length - 1 - n) + 0.5) / (OVERLAP * length), 1);
    return rise * rise * (3 - 2 * rise);
  });
}

function mirrored(content, padded) {
  return Int32Array.from({ length: padded }, (_, n) =>
    Math.min(n % (2 * content), 2 * content - 1 - (n % (2 * content))),
  );
}

function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

function roundUpTo(step, length) {
  return step * Math.max(1, Math.ceil(length / step));
}

function leastCommonMultiple(a, b) {
  let [divisor, rest] = [a, b];
  while (rest) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
