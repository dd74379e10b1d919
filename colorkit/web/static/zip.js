// Joins files into a zip, stored as they are: photographs are compressed already.

import { crc32 } from "./crc32.js";

const LARGEST = 0xffffffff; // bytes, of a zip without the extensions of zip64
const MOST = 0xffff; // files
const UTF8_NAMES = 0x0800;

/**
 * @param {{name: string, blob: Blob}[]} files Names may repeat: those get a number.
 * @returns {Promise<Blob>}
 */
export async function zip(files) {
  const names = distinct(files.map(({ name }) => name)).map((name) => new TextEncoder().encode(name));
  const [parts, entries] = [[], []];
  let [offset, entriesSize] = [0, 0];
  for (const [n, { blob }] of files.entries()) {
    const fields = [blob.size, await checksum(blob), names[n].length];
    const local = record(0x04034b50, fields);
    const entry = record(0x02014b50, fields, offset);
    parts.push(local, names[n], blob);
    entries.push(entry, names[n]);
    offset += local.length + names[n].length + blob.size;
    entriesSize += entry.length + names[n].length;
  }
  if (offset + entriesSize > LARGEST || files.length > MOST) {
    throw new Error("Together they are more than the 4 GB of a zip: download them one by one.");
  }
  return new Blob([...parts, ...entries, end(files.length, entriesSize, offset)], {
    type: "application/zip",
  });
}

function distinct(names) {
  const taken = new Set();
  return names.map((name) => {
    const [, stem, suffix] = name.match(/^(.*?)(\.[^.]*)?$/s);
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${stem} (${n})${suffix ?? ""}`;
    taken.add(free);
    return free;
  });
}

async function checksum(blob) {
  let value = 0;
  const step = 1 << 24;
  for (let start = 0; start < blob.size; start += step) {
    value = crc32(new Uint8Array(await blob.slice(start, start + step).arrayBuffer()), value);
  }
  return value;
}

/** A file's header: the local one, or with `offset` that in the directory at the end. */
function record(signature, [size, crc, nameLength], offset) {
  const isLocal = offset === undefined;
  const view = new DataView(new ArrayBuffer(isLocal ? 30 : 46));
  view.setUint32(0, signature, true);
  if (!isLocal) view.setUint16(4, 20, true); // made as by version 2.0
  const at = isLocal ? 4 : 6;
  view.setUint16(at, 20, true); // version needed
  view.setUint16(at + 2, UTF8_NAMES, true);
  view.setUint16(at + 8, 0x21, true); // 1 January 1980, the first day that a zip can say
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, nameLength, true);
  if (!isLocal) view.setUint32(42, offset, true);
  return new Uint8Array(view.buffer);
}

function end(count, size, offset) {
  const view = new DataView(new ArrayBuffer(22));
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return new Uint8Array(view.buffer);
}
