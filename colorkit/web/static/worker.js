// Colours photographs, beside the page, which stays alive meanwhile.

import { findContent } from "./borders.js";
import { ChromaEnlarger } from "./chroma.js";
import { openEncoder } from "./encode.js";
import { fillLightness, putColor } from "./lightness.js";
import { isOutOfMemory, openNetwork } from "./network.js";

const STRIP_PIXELS = 1 << 19; // of a picture, read and written at once

const predictions = new Map(); // of the last hints, by the photograph's number: style and strength run no network
let network;

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === "open") self.postMessage(await open(data.site));
    if (data.kind === "color") self.postMessage(await color(data));
    if (data.kind === "forget") predictions.clear();
  } catch (error) {
    self.postMessage({ kind: "failed", message: explain(error, data.file?.name) });
  }
};

async function open(site) {
  network = await openNetwork(site, reportDownload);
  return { kind: "ready", device: network.device };
}

async function color({ number, file, hints, style, strength, type }) {
  const started = performance.now();
  const picture = await openPicture(file);
  try {
    const lightness = picture.readLightness();
    const hintsKey = JSON.stringify(hints);
    if (predictions.get(number)?.hintsKey !== hintsKey) {
      predictions.set(number, { hintsKey, ...(await predict(lightness, hints)) });
    }
    const { box, colors, size } = predictions.get(number);
    const ab = colors[style].map((plane) => scaled(plane, strength));
    const blob = await picture.paint(lightness, box, ab, type);
    const { width, height } = picture;
    const seconds = (performance.now() - started) / 1000;
    const notes = [];
    if (size < network.size) {
      notes.push(`memory is short: its colour is predicted at ${size} pixels, not ${network.size}`);
    }
    if (blob.type !== type) notes.push("too large for this browser's JPEG: it is a PNG");
    return { kind: "colored", blob, width, height, seconds, notes };
  } finally {
    picture.close();
  }
}

async function openPicture(file) {
  try {
    return new Picture(await createImageBitmap(file)); // upright, in sRGB
  } catch (error) {
    if (isOutOfMemory(error)) throw error;
    throw new Error(
      `${file.name} cannot be read: it is damaged, too large for this browser, or no picture that ` +
        "it knows.",
    );
  }
}

async function predict(lightness, hints) {
  const { data, height, width } = lightness;
  let box = findContent(data, height, width);
  const isWithin = ({ x, y }) => y >= box.top && y < box.bottom && x >= box.left && x < box.right;
  if (!hints.every(isWithin)) box = { top: 0, bottom: height, left: 0, right: width };
  const moved = hints.map(({ x, y, color }) => ({ x: x - box.left, y: y - box.top, color }));
  return { box, ...(await network.predict(within(lightness, box), moved, reportDownload)) };
}

/** A decoded photograph, whose pixels are read and written in strips. */
class Picture {
  constructor(bitmap) {
    this.bitmap = bitmap;
    this.width = bitmap.width;
    this.height = bitmap.height;
    this.rows = Math.min(this.height, Math.max(1, Math.floor(STRIP_PIXELS / this.width)));
    const canvas = new OffscreenCanvas(this.width, this.rows);
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.context.globalCompositeOperation = "copy";
    this.hasAlpha = false;
  }

  /** Returns the plane of CIE L. */
  readLightness() {
    const { height, width } = this;
    const data = new Float32Array(height * width);
    for (let top = 0; top < height; top += this.rows) {
      const strip = this.#read(top);
      fillLightness(strip.data, data, top * width);
      for (let n = 3; n < strip.data.length && !this.hasAlpha; n += 4) {
        this.hasAlpha = strip.data[n] < 255;
      }
      report(0.3 * (top / height));
    }
    return { data, height, width };
  }

  /** Colours what is within the box, and returns the picture as a file. */
  async paint(lightness, box, ab, type) {
    const { height, width } = this;
    const encoder = openEncoder(type, width, height, this.hasAlpha);
    const enlarger = new ChromaEnlarger(ab, within(lightness, box));
    const a = new Float32Array(box.right - box.left);
    const b = new Float32Array(box.right - box.left);
    for (let top = 0; top < height; top += this.rows) {
      const rows = Math.min(this.rows, height - top);
      const strip = this.hasAlpha ? this.#read(top) : opaque(width, rows);
      for (let y = top, at = 0; y < top + rows; y++) {
        const isColored = y >= box.top && y < box.bottom;
        if (isColored) enlarger.enlargeRow(y - box.top, a, b);
        for (let x = 0; x < width; x++, at += 4) {
          const isInside = isColored && x >= box.left && x < box.right;
          const n = x - box.left;
          const light = lightness.data[y * width + x];
          putColor(strip.data, at, light, isInside ? a[n] : 0, isInside ? b[n] : 0);
        }
      }
      await encoder.put(strip, top);
      report(0.4 + 0.6 * (top / height));
    }
    return encoder.finish();
  }

  close() {
    this.bitmap.close();
  }

  #read(top) {
    this.context.drawImage(this.bitmap, 0, -top);
    return this.context.getImageData(0, 0, this.width, Math.min(this.rows, this.height - top));
  }
}

function opaque(width, rows) {
  const strip = new ImageData(width, rows);
  strip.data.fill(255);
  return strip;
}

function within(plane, { top, bottom, left, right }) {
  const { data, width } = plane;
  const start = top * width + left;
  return { data, height: bottom - top, width: right - left, start, pitch: width };
}

function scaled(plane, factor) {
  return { ...plane, data: plane.data.map((value) => factor * value) };
}

function reportDownload(bytes, total) {
  self.postMessage({ kind: "progress", what: "download", bytes, total });
}

function report(share) {
  self.postMessage({ kind: "progress", what: "work", share });
}

function explain(error, name) {
  if (isOutOfMemory(error)) {
    return `${name ?? "The network"} needs more memory than this browser has: close other pages.`;
  }
  return error.message || String(error);
}
