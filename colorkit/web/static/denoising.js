// Takes the grain out of what the network sees, as `colorkit.inference.denoising` does.

const FREE_NOISE = 1; // L units: noise that is not removed
const RADIUS = 3;
const STRENGTH = 8;
const CLIPPINGS = 3;
const CLIPPED = 3;

/** Removes noise beyond FREE_NOISE from a plane of L, and keeps its edges (a guided filter). */
export function denoise(plane) {
  const damping = STRENGTH * (estimateNoise(plane) ** 2 - FREE_NOISE ** 2);
  if (damping <= 0) return plane;
  const { data, height, width } = plane;
  const mean = boxMean(plane);
  const squares = boxMean({ data: Float64Array.from(data, (x) => x * x), height, width });
  const slope = Float64Array.from(data, (_, n) => {
    const variance = Math.max(squares[n] - mean[n] ** 2, 0);
    return variance / (variance + damping);
  });
  const offset = Float64Array.from(data, (_, n) => mean[n] - slope[n] * mean[n]);
  const meanSlope = boxMean({ data: slope, height, width });
  const meanOffset = boxMean({ data: offset, height, width });
  let [least, greatest] = [Infinity, -Infinity];
  for (const x of data) [least, greatest] = [Math.min(least, x), Math.max(greatest, x)];
  const smooth = Float32Array.from(data, (x, n) =>
    Math.min(Math.max(meanSlope[n] * x + meanOffset[n], least), greatest),
  );
  return { data: smooth, height, width };
}

/** The standard deviation of a plane's noise, by the diagonal details of a Haar wavelet. */
function estimateNoise({ data, height, width }) {
  const details = [];
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0; x + 1 < width; x += 2) {
      const n = y * width + x;
      details.push(Math.abs(data[n] - data[n + 1] - (data[n + width] - data[n + width + 1])) / 2);
    }
  }
  if (!details.length) return 0;
  let mean = meanUpTo(details, Infinity);
  for (let k = 0; k < CLIPPINGS; k++) mean = meanUpTo(details, CLIPPED * mean);
  return Math.sqrt(Math.PI / 2) * mean;
}

function meanUpTo(details, limit) {
  let [total, count] = [0, 0];
  for (const detail of details) {
    if (detail > limit) continue;
    total += detail;
    count += 1;
  }
  return total / count;
}

/** Mean over squares of 2 RADIUS + 1 numbers, the outermost ones repeated. */
function boxMean({ data, height, width }) {
  const across = meanAlong(data, height, width, 1, width);
  return meanAlong(across, width, height, width, 1);
}

/** Mean along lines of `length` numbers that lie `step` apart; lines begin `pitch` apart. */
function meanAlong(data, lines, length, step, pitch) {
  const result = new Float64Array(data.length);
  for (let line = 0; line < lines; line++) {
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (let shift = -RADIUS; shift <= RADIUS; shift++) {
        const place = Math.min(Math.max(n + shift, 0), length - 1);
        sum += data[line * pitch + place * step];
      }
      result[line * pitch + n * step] = sum / (2 * RADIUS + 1);
    }
  }
  return result;
}
