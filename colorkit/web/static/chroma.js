// Enlarges a and b along the edges of the picture's L, as `colorkit.inference.chroma_upsampling`.

import { cubicWeights, resample, widen } from "./resample.js";

const SLOPE_DAMPING = 100; // L units squared: a window with a much smaller variance has no slope

/** Enlarges the colour of a small copy to a picture's size, row by row. */
export class ChromaEnlarger {
  /**
   * @param {Plane[]} ab CIE a and b of the small copy.
   * @param {Plane} lightness CIE L of the picture.
   */
  constructor(ab, lightness) {
    const { height, width } = lightness;
    const smallHeight = Math.min(height, ab[0].height);
    const smallWidth = Math.min(width, ab[0].width);
    const copy = resample(lightness, ab[0].height, ab[0].width);
    const guide = resample(copy, smallHeight, smallWidth);
    this.planes = ab.map((plane) => {
      const small = resample(plane, smallHeight, smallWidth);
      const slope = slopeAgainst(guide, small);
      const offset = combine(small, slope, (n) => small.data[n] - slope.data[n] * guide.data[n]);
      return { slope: widen(slope, width), offset: widen(offset, width) };
    });
    this.rows = cubicWeights(smallHeight, height);
    this.slopes = new Float64Array(width);
    this.offsets = new Float64Array(width);
    this.lightness = lightness;
  }

  /**
   * @param {number} row Of the picture.
   * @param {Float32Array} a Receives the row's a.
   * @param {Float32Array} b Receives its b.
   */
  enlargeRow(row, a, b) {
    const { data, width, start = 0, pitch = width } = this.lightness;
    const from = start + row * pitch;
    [a, b].forEach((target, k) => {
      this.#sumRows(this.planes[k].slope, row, this.slopes);
      this.#sumRows(this.planes[k].offset, row, this.offsets);
      for (let x = 0; x < width; x++) {
        target[x] = this.slopes[x] * data[from + x] + this.offsets[x];
      }
    });
  }

  #sumRows({ data, width }, row, sums) {
    const { places, weights } = this.rows[row];
    const [p, q, r, s] = places.map((place) => place * width);
    const [t, u, v, w] = weights;
    for (let x = 0; x < width; x++) {
      sums[x] = t * data[p + x] + u * data[q + x] + v * data[r + x] + w * data[s + x];
    }
  }
}

function slopeAgainst(guide, plane) {
  const meanGuide = blur(guide);
  const meanPlane = blur(plane);
  const squares = blur(combine(guide, guide, (n) => guide.data[n] ** 2));
  const products = blur(combine(guide, plane, (n) => guide.data[n] * plane.data[n]));
  const slope = combine(guide, plane, (n) => {
    const variance = squares.data[n] - meanGuide.data[n] ** 2;
    const covariance = products.data[n] - meanGuide.data[n] * meanPlane.data[n];
    return covariance / (variance + SLOPE_DAMPING);
  });
  return blur(slope);
}

/** Mean over 3 x 3 numbers, the outermost ones repeated. */
function blur({ data, height, width }) {
  const result = new Float64Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    const rows = [Math.max(y - 1, 0), y, Math.min(y + 1, height - 1)];
    for (let x = 0; x < width; x++, to++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      let sum = 0;
      for (const row of rows) {
        sum += data[row * width + left] + data[row * width + x] + data[row * width + right];
      }
      result[to] = sum / 9;
    }
  }
  return { data: result, height, width };
}

function combine({ height, width }, { data }, value) {
  return { data: Float64Array.from(data, (_, n) => value(n)), height, width };
}
