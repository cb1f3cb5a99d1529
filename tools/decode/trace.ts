/** Units of bytes to packets and messages, in order: what `decode` shows as text or as JSON. */

import type { Captured, CapturedMessage } from './captured.js';
import { Conversation } from './conversation.js';
import { type FramedPacket, type FrameFault, isFault, type MessageLayer, messageFromHex } from './layer.js';
import { layerNamed } from './layers.js';
import { SerialUnframer } from './serial-layer.js';
import type { Unit } from './unit.js';

export interface TraceEntry {
  /** Undefined for a message that was given without a packet around it. */
  readonly packet: Captured | undefined;
  readonly dropped: string | undefined;
  readonly lost: string | undefined;
  readonly message: CapturedMessage | undefined;
}

export function trace(units: readonly Unit[]): TraceEntry[] {
  const conversation = new Conversation();
  const lines = new Map<string, SerialUnframer>();
  const entries: TraceEntry[] = [];
  const hear = (unit: Pick<Unit, 'timeUs' | 'dir'>, found: FramedPacket | FrameFault): void => {
    const { timeUs, dir } = unit;
    const packet = isFault(found)
      ? { timeUs, dir, bytes: found.bytes, frame: {}, fault: found.fault }
      : { timeUs, dir, bytes: found.packet, frame: found.frame, fault: undefined };
    entries.push({ packet, ...conversation.hear(packet) });
  };
  const bare = ({ timeUs, dir, bytes }: Unit, layer: MessageLayer): CapturedMessage =>
    conversation.hearBare(timeUs, dir, layer.type, messageFromHex(layer, bytes));
  for (const unit of units) {
    if (unit.fault !== undefined) {
      hear(unit, { fault: unit.fault, bytes: unit.bytes });
      continue;
    }
    const layer = layerNamed(unit.layer);
    if (layer.carries === 'messages') {
      entries.push({ packet: undefined, dropped: undefined, lost: undefined, message: bare(unit, layer) });
    } else if (unit.layer === 'serial') {
      // A frame may lie across units: each direction is one stream.
      for (const found of streamOf(lines, unit.dir).push(unit.bytes)) hear(unit, found);
    } else {
      for (const found of layer.unframe(unit.bytes)) hear(unit, found);
    }
  }
  for (const [dir, line] of lines) {
    const cut = line.end();
    if (cut !== undefined) hear({ timeUs: units.at(-1)?.timeUs, dir: dir === '' ? undefined : dir }, cut);
  }
  return entries;
}

function streamOf(lines: Map<string, SerialUnframer>, dir = ''): SerialUnframer {
  let line = lines.get(dir);
  if (line === undefined) lines.set(dir, (line = new SerialUnframer()));
  return line;
}
