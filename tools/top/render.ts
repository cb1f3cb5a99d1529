/** The screen of `top`, as lines. Pure. */

import { messageTypeName } from '../../stack/ids.js';
import { placeName } from '../../stack/place.js';
import type { Seen } from '../capture/monitor.js';
import { printable } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { messageLine, packetLine } from '../format/live.js';
import { cut } from '../format/live-screen.js';
import { sensorPage, sensorsPage } from './sensor-pages.js';
import type { EndpointRow, LinkRow, TopModel } from './top-model.js';
import type { View } from './view.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const KEYS: Readonly<Record<View['page'], string>> = {
  overview: 'up/down choose  Enter look closer  Tab packets  s sensors  p pause  f faults  h help  q quit',
  link: 'Esc back  Tab packets  p pause  q quit',
  endpoint: 'Esc back  Tab packets  p pause  q quit',
  packets: 'up/down scroll  Tab back  p pause  f faults only  q quit',
  sensors: 'up/down choose  Enter look closer  s, Esc back  p pause  h help  q quit',
  sensor: 'up/down others  Esc back  p pause  q quit',
  help: 'h back  q quit',
};

/** Exactly as many lines as the screen has, none wider than it. */
export function render(model: TopModel, view: View, { columns, rows }: Size, colours: Colours, now: Date): string[] {
  const title = `mctpkit top  ${now.toTimeString().slice(0, 8)}${view.paused ? '  PAUSED' : ''}`;
  const body = bodyOf(model, view, rows - 2, colours);
  const filled = [...body.slice(0, rows - 2), ...new Array<string>(Math.max(0, rows - 2 - body.length)).fill('')];
  return [colours.strong(title), ...filled, colours.faint(KEYS[view.page])].map((line) => cut(line, columns));
}

function bodyOf(model: TopModel, view: View, rows: number, colours: Colours): string[] {
  switch (view.page) {
    case 'help':
      return HELP;
    case 'packets':
      return packetLines(model, view, rows, colours);
    case 'sensors':
      return sensorsPage(model.sensors, view.sensor, rows, colours);
    case 'sensor':
      return sensorPage(model.sensors, view.sensor, colours);
    case 'link': {
      const link = model.links[view.chosen];
      return link === undefined ? ['the link is gone'] : linkPage(link, model, view, rows, colours);
    }
    case 'endpoint': {
      const endpoint = model.endpoints[view.chosen - model.links.length];
      return endpoint === undefined ? ['the endpoint is gone'] : endpointPage(endpoint, model, rows, colours);
    }
    default:
      return overview(model, view, rows, colours);
  }
}

function overview(model: TopModel, view: View, rows: number, colours: Colours): string[] {
  const { links, endpoints } = model;
  const mark = (index: number): string => (index === view.cursor ? colours.name('>') : ' ');
  const linkTable = tableLines(
    [
      ['', 'LINK', 'STATE', 'RX/s', 'TX/s', 'RX B/s', 'TX B/s', 'FAULTS'],
      ...links.map((link, index) => [mark(index), ...linkCells(link, colours)]),
    ],
    ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
  );
  const endpointTable = tableLines(
    [
      ['', 'EID', 'LINK', 'ADDRESS', 'STATE', 'MSG/s', 'RTT ms', 'TIMEOUTS', 'RETRIES', 'TYPES'],
      ...endpoints.map((endpoint, index) => [mark(links.length + index), ...endpointCells(endpoint, colours)]),
    ],
    ['left', 'right', 'left', 'left', 'left', 'right', 'right', 'right', 'right'],
  );
  const head = [...headed(linkTable, colours), '', ...headed(endpointTable, colours), ''];
  const left = rows - head.length - 1;
  if (left < 2) return head;
  return [...head, colours.strong(view.onlyFaults ? 'FAULTS' : 'PACKETS'), ...packetLines(model, view, left, colours)];
}

function headed([heading = '', ...lines]: readonly string[], colours: Colours): string[] {
  return [colours.strong(heading), ...lines];
}

function linkCells(link: LinkRow, colours: Colours): string[] {
  const { name, up, faults } = link;
  return [
    name,
    up ? colours.good('up') : colours.bad('down'),
    rate(link.rxPacketsPerSecond),
    rate(link.txPacketsPerSecond),
    rate(link.rxBytesPerSecond),
    rate(link.txBytesPerSecond),
    faults === 0 ? '0' : colours.bad(String(faults)),
  ];
}

function endpointCells(
  { info, name, messagesPerSecond, rttMs, timeouts, retries }: EndpointRow,
  colours: Colours,
): string[] {
  const { eid, link, physicalAddress, bridge, connectivity, messageTypes } = info;
  const place = bridge !== undefined ? `behind ${bridge}` : physicalAddress ? `0x${physicalAddress}` : '';
  return [
    colours.name(name === undefined ? String(eid) : `${printable(name)} ${eid}`),
    link,
    place,
    connectivity === 'available' ? colours.good('ok') : colours.bad(connectivity),
    rate(messagesPerSecond),
    rttMs === undefined ? '' : rttMs.toFixed(2),
    timeouts === 0 ? '0' : colours.bad(String(timeouts)),
    String(retries),
    messageTypes.map(messageTypeName).join(', '),
  ];
}

function linkPage(link: LinkRow, model: TopModel, view: View, rows: number, colours: Colours): string[] {
  const counters = tableLines(
    Object.entries(link.counters).map(([name, value]) => [`  ${name}`, String(value)]),
    ['left', 'right'],
  );
  const why = link.downReason === undefined ? '' : `: ${printable(link.downReason)}`;
  const head = [
    `${colours.strong(link.name)}  ${link.up ? colours.good('up') : colours.bad(`down${why}`)}`,
    ...columnsOf(counters, Math.max(4, rows >> 1)),
    '',
    colours.strong('PACKETS'),
  ];
  const recent = model.recent.filter(({ recorded }) => recorded.link === link.name);
  return [...head, ...packetLines({ recent, note: model.note }, view, rows - head.length, colours)];
}

function endpointPage({ info, ...row }: EndpointRow, model: TopModel, rows: number, colours: Colours): string[] {
  const { eid, link, uuid, physicalAddress, versions, remarks, bridge } = info;
  const facts = tableLines([
    ['  UUID', uuid ?? 'none'],
    ['  place', bridge !== undefined ? `${link}, behind EID ${bridge}` : placeName(link, physicalAddress)],
    [
      '  versions',
      Object.entries(versions)
        .map(([type, list]) => `${type === '255' ? 'MCTP' : messageTypeName(Number(type))} ${list.at(-1)}`)
        .join(', '),
    ],
    ['  round trip', row.rttMs === undefined ? 'no answer yet' : `${row.rttMs.toFixed(2)} ms`],
    ['  messages', `${rate(row.messagesPerSecond)}/s, ${row.timeouts} timeouts, ${row.retries} retries`],
    ...remarks.map((remark) => ['  remark', printable(remark)]),
  ]);
  const title = row.name === undefined ? `EID ${eid}` : `${row.name} (EID ${eid})`;
  const head = [colours.strong(title), ...facts, '', colours.strong('MESSAGES')];
  const lines = model.recent.flatMap(({ message, recorded }) =>
    message !== undefined && recorded.link === link && (message.src === eid || message.dest === eid)
      ? [messageLine(recorded, message, colours)]
      : [],
  );
  return [...head, ...lines.slice(-Math.max(0, rows - head.length))];
}

function packetLines(
  { recent, note }: Pick<TopModel, 'recent' | 'note'>,
  { onlyFaults, back }: View,
  rows: number,
  colours: Colours,
): string[] {
  if (note !== '') return [printable(note)];
  const wanted = onlyFaults ? recent.filter(isFault) : recent;
  const end = Math.max(Math.min(wanted.length, rows), wanted.length - back);
  return wanted.slice(Math.max(0, end - rows), end).map((seen) => packetLine(seen, colours));
}

function isFault({ dropped, lost, recorded }: Seen): boolean {
  return dropped !== undefined || lost !== undefined || recorded.fault !== undefined;
}

/** A long list in two columns. */
function columnsOf(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const half = Math.ceil(lines.length / 2);
  return tableLines(lines.slice(0, half).map((line, index) => [line, lines[half + index] ?? '']));
}

function rate(value: number): string {
  return value === 0 ? '0' : value < 10 ? value.toFixed(1) : value.toFixed(0);
}

const HELP = [
  '',
  'Rates are those of the last interval; FAULTS, TIMEOUTS and RETRIES count from the start.',
  'RTT is how long the endpoint took to say its EID when it was last asked.',
  '',
  '  up, down, j, k   choose a link, an endpoint, a sensor; scroll packets',
  '  Enter            its counters, or what it is and says',
  '  Esc, b           back',
  '  Tab              packets on the whole screen',
  '  s                PLDM sensors of all termini, read every 2 s while they are shown',
  '  p, blank         hold still, and go on',
  '  f                only what went wrong',
  '  q, Ctrl-C        quit',
];
