// Resizing of planes, as `colorkit.inference.chroma_upsampling` does it with OpenCV.

/**
 * A plane of numbers: `height` rows of `width`, which may lie in a wider one.
 * @typedef {{data: Float32Array, height: number, width: number, start?: number, pitch?: number}} Plane
 */

/** Area mean along an axis that shrinks, linear along one that grows. */
export function resample(plane, height, width) {
  const rows = weightsOf(plane.height, height);
  const columns = weightsOf(plane.width, width);
  return resizeColumns(resizeRows(plane, rows), columns);
}

/** Cubic enlargement of all rows to another width. */
export function widen(plane, width) {
  return resizeColumns(plane, cubicWeights(plane.width, width));
}

/**
 * The weights of the cubic enlargement along an axis (slope -0.75, edges repeated).
 * @returns {{places: Int32Array, weights: Float64Array}[]} What each target is the sum of.
 */
export function cubicWeights(source, target) {
  return weightsAt(source, target, 4, (fraction) => [
    farKernel(1 + fraction),
    nearKernel(fraction),
    nearKernel(1 - fraction),
    farKernel(2 - fraction),
  ]);
}

function weightsOf(source, target) {
  if (target <= source) return areaWeights(source, target);
  return weightsAt(source, target, 2, (fraction) => [1 - fraction, fraction]);
}

function areaWeights(source, target) {
  const step = source / target;
  return Array.from({ length: target }, (_, n) => {
    const left = n * step;
    const right = Math.min((n + 1) * step, source);
    const first = Math.floor(left + 1e-9);
    const last = Math.min(Math.ceil(right - 1e-9), source);
    const weights = Float64Array.from({ length: last - first }, (_, k) => {
      const pixel = first + k;
      return (Math.min(right, pixel + 1) - Math.max(left, pixel)) / (right - left);
    });
    return { places: Int32Array.from(weights, (_, k) => first + k), weights };
  });
}

/** Weights of `taps` neighbours around each target's centre; places outside repeat the edge. */
function weightsAt(source, target, taps, kernel) {
  return Array.from({ length: target }, (_, n) => {
    const centre = ((n + 0.5) * source) / target - 0.5;
    const before = Math.floor(centre);
    const first = before - (taps / 2 - 1);
    return {
      places: Int32Array.from({ length: taps }, (_, k) =>
        Math.min(Math.max(first + k, 0), source - 1),
      ),
      weights: Float64Array.from(kernel(centre - before)),
    };
  });
}

function resizeRows(plane, targets) {
  const { data, width, start = 0, pitch = width } = plane;
  const result = new Float32Array(targets.length * width);
  const sums = new Float64Array(width);
  targets.forEach(({ places, weights }, row) => {
    sums.fill(0);
    for (let k = 0; k < places.length; k++) {
      const from = start + places[k] * pitch;
      const weight = weights[k];
      for (let x = 0; x < width; x++) sums[x] += weight * data[from + x];
    }
    result.set(sums, row * width);
  });
  return { data: result, height: targets.length, width };
}

function resizeColumns(plane, targets) {
  const { data, height, width } = plane;
  const result = new Float32Array(height * targets.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < targets.length; x++, to++) {
      const { places, weights } = targets[x];
      let sum = 0;
      for (let k = 0; k < places.length; k++) sum += weights[k] * data[y * width + places[k]];
      result[to] = sum;
    }
  }
  return { data: result, height, width: targets.length };
}

function nearKernel(distance) {
  return (1.25 * distance - 2.25) * distance * distance + 1;
}

function farKernel(distance) {
  return ((-0.75 * distance + 3.75) * distance - 6) * distance + 3;
}
