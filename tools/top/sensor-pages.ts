/** The pages of `top` about sensors, as lines. Pure. */

import { printable } from '../command-error.js';
import { sparkline } from '../format/bars.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { sensorLines, valueText } from '../format/sensor-table.js';
import type { SensorRow } from '../pldm/readings.js';
import type { SensorBoard, TerminusSensors } from './sensor-board.js';

const SPARKLINE_WIDTH = 64;

/** All sensors by terminus; the one under the cursor is always among what is seen. */
export function sensorsPage(board: SensorBoard, cursor: number, rows: number, colours: Colours): string[] {
  if (board.note !== undefined) return ['', board.note];
  if (board.termini.length === 0) return ['', 'no endpoint has said yet that it speaks PLDM or NVMe-MI'];
  const lines: string[] = [];
  let index = 0;
  let at = 0;
  for (const terminus of board.termini) {
    if (lines.length > 0) lines.push('');
    const block = blockOf(terminus, colours);
    let line = lines.length + 1;
    for (const row of terminus.rows) {
      if (index++ === cursor) {
        at = line;
        const text = block[line - lines.length];
        if (text !== undefined) block[line - lines.length] = `${colours.name('>')}${text.slice(1)}`;
      }
      line += linesOf(row);
    }
    lines.push(...block);
  }
  // As far down as it takes, with some of what follows.
  const top = Math.max(0, Math.min(lines.length - rows, at - (rows >> 1)));
  return lines.slice(top, top + rows);
}

function blockOf(terminus: TerminusSensors, colours: Colours): string[] {
  const { rows, reading, error } = terminus;
  const title = titleOf(terminus);
  const heading = colours.strong(title);
  const [, ...lines] = sensorLines(title, rows, { colours, bars: true });
  const trouble = error === undefined ? '' : `  ${colours.bad(printable(error))}`;
  if (rows.length > 0) return [`${heading}${trouble}`, ...lines];
  if (error !== undefined) return [`${heading}${trouble}`];
  return [heading, reading ? colours.faint('  reading its PDRs ...') : colours.faint('  no sensors')];
}

function titleOf({ target, thing }: TerminusSensors): string {
  return thing === '' ? target : `${target}  ${printable(thing)}`;
}

/** As many as `sensorLines` makes of it. */
function linesOf(row: SensorRow): number {
  return row.kind === 'numeric' || row.error !== null ? 1 : row.states.length;
}

/** Everything there is about one. */
export function sensorPage(board: SensorBoard, chosen: number, colours: Colours): string[] {
  const found = board.sensors[chosen];
  if (found === undefined) return ['the sensor is gone'];
  const { terminus, row } = found;
  const facts: string[][] = [
    ['  terminus', titleOf(terminus)],
    ['  entity', printable(row.entity)],
    ['  kind', row.kind],
  ];
  if (row.kind === 'numeric') {
    const { limits, min, max, raw } = row;
    facts.push(
      ['  value', `${valueText(row)} ${printable(row.unit)}`.trim()],
      ['  raw', raw === null ? '-' : String(raw)],
      ['  state', printable(`${row.presentState}, ${row.operationalState}`)],
      ['  range', min === null && max === null ? 'not told' : `${min ?? '?'} to ${max ?? '?'}`],
      ...Object.entries(limits).map(([name, limit]) => [`  ${name}`, String(limit)]),
      ['  so far', sparkline(terminus.history.get(row.id) ?? [], SPARKLINE_WIDTH).trimStart()],
    );
  } else {
    for (const part of row.states) {
      const set = part.name === part.stateSet ? '' : ` (${part.stateSet})`;
      facts.push([`  ${printable(part.name)}`, printable(`${part.stateName}, ${part.operationalState}${set}`)]);
    }
  }
  const trouble = [row.error, terminus.error].filter((text) => typeof text === 'string');
  for (const text of trouble) facts.push(['  trouble', colours.bad(printable(text))]);
  return [colours.strong(printable(`sensor ${row.id}  ${row.name}`)), ...tableLines(facts)];
}
