/** A message of a served network and what happened to it, as one line. */

import type { TraceEntry } from '../../bindings/shared/server/message-trace.js';
import { messageTypeName } from '../../stack/ids.js';
import { placeName } from '../../stack/place.js';

/** `node 2 -> EID 9  PLDM  4 bytes, 1 packet  serial:/dev/ttyUSB0, tag 3  answered after 2.1 ms by 12 bytes, 1 packet` */
export function traceWords(entry: TraceEntry): string {
  const { what, eid, type, bytes, packets, why } = entry;
  const node = entry.node === null ? 'no node' : `node ${entry.node}`;
  const came = what === 'delivered' || (what === 'dropped' && entry.ms === null);
  return [
    came ? `EID ${eid} -> ${node}` : `${node} -> EID ${eid}`,
    messageTypeName(type),
    sizeWords(bytes, packets),
    wayWords(entry),
    why === null ? outcomeWords(entry) : `${what}${afterWords(entry)}: ${why}`,
  ].join('  ');
}

function outcomeWords(entry: TraceEntry): string {
  const { what, answerBytes, answerPackets } = entry;
  const by = answerBytes === null ? '' : ` by ${sizeWords(answerBytes, answerPackets)}`;
  return `${what}${afterWords(entry)}${by}`;
}

function afterWords({ ms, retries }: TraceEntry): string {
  const after = ms === null ? '' : ` after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return retries === null || retries === 0 ? after : `${after} and ${counted(retries, 'retry', 'retries')}`;
}

function wayWords({ link, physicalAddress, tag }: TraceEntry): string {
  const way = link === null ? 'by no link' : placeName(link, physicalAddress ?? '');
  return tag === null ? way : `${way}, tag ${tag}`;
}

function sizeWords(bytes: number, packets: number | null): string {
  return packets === null ? counted(bytes, 'byte') : `${counted(bytes, 'byte')} in ${counted(packets, 'packet')}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
