// Loads ONNX Runtime and the network, and runs it: by WebGPU where there is one, else by WebAssembly.

import { HINT_CHANNELS, drawHints, snapToHints } from "./hints.js";
import { cutTile, fillLetterbox, joinTiles, placeLetterbox } from "./letterbox.js";

const AB_SCALE = 128; // networks give a and b divided by it
const SMALLEST_SIZE = 64; // smaller inputs show too little
const MOST_THREADS = 4;

/**
 * Opens the network.
 * @param {object} site What site.json says.
 * @param {(bytes: number, total: number) => void} onProgress
 */
export async function openNetwork(site, onProgress) {
  const runtime = (await hasWebGpu()) ? "webgpu" : "wasm";
  try {
    return await open(site, runtime, onProgress);
  } catch (error) {
    if (runtime === "wasm") throw error;
    return open(site, "wasm", onProgress);
  }
}

async function open(site, runtime, onProgress) {
  const { script, binary } = site.runtimes[runtime];
  const total = binary.bytes + site.model.bytes;
  let received = 0;
  const onBytes = (count) => onProgress((received += count), total);
  const [ort, wasmBinary, model] = await Promise.all([
    import(`./${script}`),
    download(binary.file, onBytes),
    download(site.model.file, onBytes),
  ]);
  ort.env.wasm.wasmBinary = wasmBinary;
  ort.env.wasm.numThreads = self.crossOriginIsolated
    ? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS)
    : 1;
  const openSession = (data) =>
    ort.InferenceSession.create(data, { executionProviders: [runtime] });
  const network = new Network(ort, await openSession(model), site.model, site.size);
  network.openHinted = async (onHintedProgress) => {
    const { file, bytes } = site.hinted_model;
    let loaded = 0;
    return openSession(
      await download(file, (count) => onHintedProgress((loaded += count), bytes)),
    );
  };
  if (runtime === "webgpu") {
    const { tile } = placeLetterbox([1, 1], site.model, SMALLEST_SIZE);
    await network.run(new Float32Array(tile[0] * tile[1]), tile); // Drivers may fail here first.
  }
  network.device = runtime === "webgpu" ? "WebGPU" : `${ort.env.wasm.numThreads} × WebAssembly`;
  return network;
}

class Network {
  constructor(ort, session, model, size) {
    Object.assign(this, { ort, session, model, size });
    this.outputs = model.styles.length
      ? Object.fromEntries(model.styles.map((style) => [style, `ab_coarse_${style}`]))
      : { "": "ab_coarse" };
  }

  /**
   * Predicts the colour of a picture, seen smaller where memory is short.
   * @param {Plane} lightness CIE L.
   * @param {Hint[]} hints Within it. The network that takes them is loaded with the first.
   * @param {(bytes: number, total: number) => void} onProgress Of that.
   * @returns {Promise<{colors: Object<string, Plane[]>, size: number}>} a and b by style, and the
   *   pixels of the shorter side that the network saw.
   */
  async predict(lightness, hints, onProgress) {
    if (hints.length) this.hintedSession ??= await this.openHinted(onProgress);
    for (let size = this.size; ; size = size >> 1) {
      try {
        return { colors: await this.#predictAt(lightness, hints, size), size };
      } catch (error) {
        const isLast = this.model.image_size || size >> 1 < SMALLEST_SIZE;
        if (isLast || !isOutOfMemory(error)) throw error;
      }
    }
  }

  async #predictAt(lightness, hints, size) {
    const picture = [lightness.height, lightness.width];
    const letterbox = placeLetterbox(picture, this.model, size);
    const view = fillLetterbox(lightness, letterbox);
    const drawn = hints.length ? drawHints(hints, picture, letterbox) : undefined;
    const tiles = [];
    for (const start of letterbox.starts) {
      const hintsOfTile = drawn && cutTile(drawn, letterbox, start, HINT_CHANNELS);
      tiles.push(await this.run(cutTile(view, letterbox, start), letterbox.tile, hintsOfTile));
    }
    const join = (style) =>
      joinTiles(
        tiles.map((tile) => tile[style]),
        letterbox,
        this.model.stride,
      );
    return Object.fromEntries(Object.keys(this.outputs).map((style) => [style, join(style)]));
  }

  /** Runs the network on one tile, with hints or without; returns a and b in turns, by style. */
  async run(tile, [height, width], hints) {
    const { Tensor } = this.ort;
    const inputs = { lightness: new Tensor("float32", tile, [1, height, width, 1]) };
    if (hints) inputs.hints = new Tensor("float32", hints, [1, height, width, HINT_CHANNELS]);
    const session = hints ? this.hintedSession : this.session;
    const answers = await session.run(inputs, Object.values(this.outputs));
    const colors = {};
    for (const [style, name] of Object.entries(this.outputs)) {
      colors[style] = Float32Array.from(await answers[name].getData(), (value) => AB_SCALE * value);
      if (colors[style].some(Number.isNaN)) throw new Error("The network answers with NaN.");
      answers[name].dispose();
      if (hints) snapToHints(colors[style], hints, [height, width], this.model.stride);
    }
    return colors;
  }
}

/** WebGPU's ONNX Runtime needs WebAssembly that can wait for promises. */
async function hasWebGpu() {
  if (!navigator.gpu || !("Suspending" in WebAssembly)) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return Boolean(adapter) && !adapter.info?.isFallbackAdapter;
}

/** Downloads a gzipped file; some servers have browsers unpack those themselves. */
async function download(file, onBytes) {
  const response = await fetch(`./${file}`);
  if (!response.ok) throw new Error(`${file} is not there (${response.status}).`);
  const chunks = [];
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    onBytes(next.value.length);
  }
  const blob = new Blob(chunks);
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const isPacked = first === 0x1f && second === 0x8b;
  const stream = isPacked ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob;
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function isOutOfMemory(error) {
  return error instanceof RangeError || /alloc|memory|\boom\b/i.test(String(error?.message ?? error));
}
