/** Copying packet-sized ranges without making a view per packet. */

/**
 * Views of the two buffers copied last: the packets of a message come from and go to the same ones. At most two
 * buffers are kept alive by this.
 */
let fromBuffer: Uint8Array | undefined;
let fromView: DataView = new DataView(new ArrayBuffer(0));
let toBuffer: Uint8Array | undefined;
let toView: DataView = fromView;

/** Below this, bytes one by one; up to the second, four at a time; above, the engine's memmove is worth its price. */
const SMALL = 16;
const LARGE = 512;

/** Copy from[start, end) to to[at...). The ranges must not overlap. */
export function copyRange(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  const length = end - start;
  if (length > LARGE) {
    to.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
    return;
  }
  let i = 0;
  if (length >= SMALL) {
    if (from !== fromBuffer) {
      fromBuffer = from;
      fromView = new DataView(from.buffer, from.byteOffset, from.byteLength);
    }
    if (to !== toBuffer) {
      toBuffer = to;
      toView = new DataView(to.buffer, to.byteOffset, to.byteLength);
    }
    for (; i + 4 <= length; i += 4) toView.setInt32(at + i, fromView.getInt32(start + i));
  }
  for (; i < length; i++) to[at + i] = from[start + i]!;
}
