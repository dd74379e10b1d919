// CIE L of pixels, and pixels of CIE L, a and b, as `colorkit.inference.lightness` has them: sRGB, D65.

const FROM_RED = 0.212671; // luminance of linear light
const FROM_GREEN = 0.71516;
const FROM_BLUE = 0.072169;
const XYZ_FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [FROM_RED, FROM_GREEN, FROM_BLUE],
  [0.019334, 0.119193, 0.950227],
];
const D65_WHITE = [0.95047, 1, 1.08883];
// Linear light from XYZ over its white, row by row: numpy.linalg.inv(XYZ_FROM_RGB) * D65_WHITE
const RED = [3.0799803, -1.5371515, -0.5428213];
const GREEN = [-0.9212478, 1.87599, 0.0452473];
const BLUE = [0.0528905, -0.2040413, 1.151232];
const GAMUT_TOLERANCE = 1e-4; // of linear light: a third of a level where sRGB is steepest
const CHROMA_HALVINGS = 10; // bisection to 1/1024 of the chroma, less than a level
const STEPS = 1 << 16; // of linear light: 1/20 of a level where sRGB is steepest

const LINEAR_OF_LEVEL = Float64Array.from({ length: 256 }, (_, level) => linearFromSrgb(level / 255));
const LIGHTNESS_OF_LEVEL = Float32Array.from(LINEAR_OF_LEVEL, lightnessOfLuminance);
const LEVEL_OF_LINEAR = Uint8Array.from({ length: STEPS + 1 }, (_, step) =>
  Math.round(255 * srgbFromLinear(step / STEPS)),
);

/**
 * Computes CIE L, from 0 to 100.
 * @param {Uint8ClampedArray} rgba Pixels.
 * @param {Float32Array} lightness Receives a number a pixel, from `start` on.
 * @param {number} start
 */
export function fillLightness(rgba, lightness, start) {
  for (let from = 0, to = start; from < rgba.length; from += 4, to++) {
    const red = rgba[from];
    const green = rgba[from + 1];
    const blue = rgba[from + 2];
    lightness[to] =
      red === green && green === blue
        ? LIGHTNESS_OF_LEVEL[red]
        : lightnessOfLuminance(
            FROM_RED * LINEAR_OF_LEVEL[red] +
              FROM_GREEN * LINEAR_OF_LEVEL[green] +
              FROM_BLUE * LINEAR_OF_LEVEL[blue],
          );
  }
}

/**
 * Computes the CIE a and b of a colour.
 * @param {string} color sRGB as `#rrggbb`.
 * @returns {number[]} [a, b].
 */
export function chromaOf(color) {
  const linear = [1, 3, 5].map((at) => LINEAR_OF_LEVEL[parseInt(color.slice(at, at + 2), 16)]);
  const [x, y, z] = XYZ_FROM_RGB.map((row, n) =>
    lightnessShare(row.reduce((sum, part, k) => sum + part * linear[k], 0) / D65_WHITE[n]),
  );
  return [500 * (x - y), 200 * (y - z)];
}

/**
 * Writes the sRGB of L, a and b. Where sRGB cannot hold a colour, its chroma shrinks, not its L.
 * @param {Uint8ClampedArray} rgba Receives red, green and blue.
 * @param {number} at Index of the pixel's red.
 */
export function putColor(rgba, at, lightness, a, b) {
  toLinear(lightness, a, b);
  if (!isInGamut()) {
    let scale = 0;
    for (let halving = 1; halving <= CHROMA_HALVINGS; halving++) {
      const tried = scale + 0.5 ** halving;
      toLinear(lightness, tried * a, tried * b);
      if (isInGamut()) scale = tried;
    }
    toLinear(lightness, scale * a, scale * b);
  }
  rgba[at] = levelOf(red);
  rgba[at + 1] = levelOf(green);
  rgba[at + 2] = levelOf(blue);
}

let red = 0; // the linear light that `toLinear` found last: no object for every pixel
let green = 0;
let blue = 0;

function toLinear(lightness, a, b) {
  const f = (lightness + 16) / 116;
  const x = whiteShare(f + a / 500);
  const y = whiteShare(f);
  const z = whiteShare(Math.max(f - b / 200, 0));
  red = RED[0] * x + RED[1] * y + RED[2] * z;
  green = GREEN[0] * x + GREEN[1] * y + GREEN[2] * z;
  blue = BLUE[0] * x + BLUE[1] * y + BLUE[2] * z;
}

function isInGamut() {
  const lowest = Math.min(red, green, blue);
  const highest = Math.max(red, green, blue);
  return lowest >= -GAMUT_TOLERANCE && highest <= 1 + GAMUT_TOLERANCE;
}

function levelOf(linear) {
  return LEVEL_OF_LINEAR[Math.round(STEPS * Math.min(Math.max(linear, 0), 1))];
}

function whiteShare(f) {
  return f > 0.2068966 ? f * f * f : (f - 16 / 116) / 7.787;
}

function lightnessShare(share) {
  return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
}

function lightnessOfLuminance(luminance) {
  const lightness =
    luminance > 0.008856 ? 116 * Math.cbrt(luminance) - 16 : 116 * 7.787 * luminance;
  return Math.min(Math.max(lightness, 0), 100);
}

function linearFromSrgb(value) {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

function srgbFromLinear(value) {
  return value > 0.0031308 ? 1.055 * value ** (1 / 2.4) - 0.055 : 12.92 * value;
}
