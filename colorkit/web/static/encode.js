// Writes coloured pixels, strip by strip, as JPEG or PNG.

import { crc32 } from "./crc32.js";

const JPEG_QUALITY = 0.95;
const PNG_START = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PAETH = 4; // PNG's filter that suits photographs

/** Opens a writer of `type`; a PNG where the browser has no canvas that large for a JPEG. */
export function openEncoder(type, width, height, hasAlpha) {
  if (type === "image/jpeg") {
    try {
      return new JpegEncoder(width, height);
    } catch {
      // Browsers limit their canvases, but not this PNG writer.
    }
  }
  return new PngEncoder(width, height, hasAlpha);
}

class JpegEncoder {
  constructor(width, height) {
    this.canvas = new OffscreenCanvas(width, height);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.context.fillRect(width - 1, height - 1, 1, 1);
    if (!this.context.getImageData(width - 1, height - 1, 1, 1).data[3]) {
      throw new RangeError("The canvas holds nothing.");
    }
  }

  put(strip, top) {
    this.context.putImageData(strip, 0, top);
  }

  finish() {
    this.context.globalCompositeOperation = "destination-over"; // JPEG has no transparency
    this.context.fillStyle = "white";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    return this.canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  }
}

class PngEncoder {
  constructor(width, height, hasAlpha) {
    this.width = width;
    this.height = height;
    this.channels = hasAlpha ? 4 : 3;
    this.above = new Uint8Array(width * this.channels);
    const deflate = new CompressionStream("deflate");
    this.writer = deflate.writable.getWriter();
    this.deflated = new Response(deflate.readable).arrayBuffer();
  }

  async put({ data, width, height }) {
    const { channels } = this;
    const length = width * channels;
    const filtered = new Uint8Array(height * (length + 1));
    let row = new Uint8Array(length);
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0, n = 0, from = 4 * y * width; x < width; x++, from += 4) {
        for (let k = 0; k < channels; k++) row[n++] = data[from + k];
      }
      filtered[to++] = PAETH;
      for (let n = 0; n < length; n++) {
        const left = n < channels ? 0 : row[n - channels];
        const corner = n < channels ? 0 : this.above[n - channels];
        filtered[to++] = row[n] - paeth(left, this.above[n], corner);
      }
      [row, this.above] = [this.above, row];
    }
    await this.writer.write(filtered);
  }

  async finish() {
    await this.writer.close();
    const header = new DataView(new ArrayBuffer(13));
    header.setUint32(0, this.width);
    header.setUint32(4, this.height);
    header.setUint8(8, 8); // bits
    header.setUint8(9, this.channels === 4 ? 6 : 2); // with or without alpha
    const parts = [
      PNG_START,
      ...chunk("IHDR", new Uint8Array(header.buffer)),
      ...chunk("sRGB", Uint8Array.of(0)),
      ...chunk("IDAT", new Uint8Array(await this.deflated)),
      ...chunk("IEND", new Uint8Array(0)),
    ];
    return new Blob(parts, { type: "image/png" });
  }
}

function paeth(left, above, corner) {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function chunk(name, data) {
  const type = new TextEncoder().encode(name);
  return [number(data.length), type, data, number(crc32(data, crc32(type)))];
}

function number(value) {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}
