/** The vital product data of a drive: an IPMI FRU with a product area. */

const AREA = 8;
const SIZE = 256;

/** 256 bytes: common header, product area. */
export function vpdOf(model: string, serial: string): Uint8Array {
  const vpd = new Uint8Array(SIZE);
  vpd.set(withChecksum([1, 0, 0, 0, 1, 0, 0]));
  const fields = ['mctpkit', model, '', '', serial].flatMap((text) => [
    0xc0 | text.length,
    ...[...text].map((letter) => letter.charCodeAt(0)),
  ]);
  // Version, length in units of 8 bytes, English; the fields; their end; room for the checksum.
  const area = [1, 0, 0, ...fields, 0xc1];
  const length = Math.ceil((area.length + 1) / AREA) * AREA;
  area[1] = length / AREA;
  while (area.length < length - 1) area.push(0);
  vpd.set(withChecksum(area), AREA);
  return vpd;
}

function withChecksum(bytes: readonly number[]): Uint8Array {
  const sum = bytes.reduce((all, byte) => all + byte, 0);
  return Uint8Array.from([...bytes, -sum & 0xff]);
}
