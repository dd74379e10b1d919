// The checksum of PNG chunks and of zip entries.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * @param {Uint8Array} bytes
 * @param {number} before The checksum of what comes before them.
 */
export function crc32(bytes, before = 0) {
  let value = ~before;
  for (let n = 0; n < bytes.length; n++) value = TABLE[(value ^ bytes[n]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}
