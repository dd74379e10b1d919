// The border around a scanned print, which stays gray, as `colorkit.inference.borders` finds it.

const DARKEST_PHOTO = 12; // CIE L: a border's row or column is darker than the first on average,
const LIGHTEST_PHOTO = 80; // or lighter than the second,
const GRAIN = 4; // and deviates from its mean by less than this.
const LEAST_WIDTH = 0.01; // of the shorter side
const LEAST_CONTENT = 0.5; // of height and width: below it no border is assumed
const EDGE = 0.004; // of the shorter side: width of transitions between paper and black

/**
 * Finds the photograph within its border.
 * @param {Float32Array} lightness CIE L of all pixels.
 * @returns {{top, bottom, left, right}} Rows and columns; all of them where there is no border.
 */
export function findContent(lightness, height, width) {
  const box = { top: 0, bottom: height, left: 0, right: width };
  const shorter = Math.min(height, width);
  const ahead = 1 + Math.ceil(EDGE * shorter);
  let before;
  do {
    before = { ...box };
    for (const side of ["top", "bottom", "left", "right"]) {
      let depth;
      while ((depth = borderDepth(lightness, width, box, side, ahead)) > 0) {
        box[side] += side === "top" || side === "left" ? depth : -depth;
      }
    }
  } while (Object.keys(box).some((side) => box[side] !== before[side]));
  const { top, bottom, left, right } = box;
  const isFramed = Math.min(top, left, height - bottom, width - right) >= LEAST_WIDTH * shorter;
  const isPhoto =
    bottom - top >= LEAST_CONTENT * height && right - left >= LEAST_CONTENT * width;
  return isFramed && isPhoto ? box : { top: 0, bottom: height, left: 0, right: width };
}

/** The number of lines up to the next border line among the next few; 0 for none. */
function borderDepth(lightness, width, { top, bottom, left, right }, side, ahead) {
  const isRow = side === "top" || side === "bottom";
  const lines = isRow ? bottom - top : right - left;
  const length = isRow ? right - left : bottom - top;
  if (!lines || !length) return 0;
  const step = isRow ? 1 : width;
  for (let depth = 1; depth <= Math.min(ahead, lines); depth++) {
    const row = side === "bottom" ? bottom - depth : side === "top" ? top + depth - 1 : top;
    const column = side === "right" ? right - depth : side === "left" ? left + depth - 1 : left;
    if (isBorder(lightness, row * width + column, step, length)) return depth;
  }
  return 0;
}

function isBorder(lightness, start, step, length) {
  let sum = 0;
  for (let n = 0; n < length; n++) sum += lightness[start + n * step];
  const mean = sum / length;
  if (mean >= DARKEST_PHOTO && mean <= LIGHTEST_PHOTO) return false;
  let squares = 0;
  for (let n = 0; n < length; n++) squares += (lightness[start + n * step] - mean) ** 2;
  return Math.sqrt(squares / length) < GRAIN;
}
