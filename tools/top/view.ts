/** Where the user is in `top`, and what keys do to it. Pure. */

type Page = 'overview' | 'link' | 'endpoint' | 'packets' | 'sensors' | 'sensor' | 'help';

export interface View {
  readonly page: Page;
  /** Row under the cursor: links first, then endpoints. */
  readonly cursor: number;
  /** Rows scrolled back from the latest packet. */
  readonly back: number;
  readonly paused: boolean;
  readonly onlyFaults: boolean;
  /** Sensor under the cursor of their page. */
  readonly sensor: number;
  /** What was chosen with Enter. */
  readonly chosen: number;
}

export const FIRST_VIEW: View = {
  page: 'overview',
  cursor: 0,
  back: 0,
  paused: false,
  onlyFaults: false,
  sensor: 0,
  chosen: 0,
};

/** What there is to choose from: links and endpoints in `rows`, how many of them are links; sensors. */
export interface Choices {
  readonly rows: number;
  readonly links: number;
  readonly sensors?: number;
}

/** Termini are to be asked for what it shows. */
export function showsSensors({ page }: View): boolean {
  return page === 'sensors' || page === 'sensor';
}

export type Key = 'up' | 'down' | 'pageUp' | 'pageDown' | 'enter' | 'escape' | 'tab' | 'ctrl-c' | string;

const SEQUENCES: readonly (readonly [bytes: string, key: Key])[] = [
  ['\u001b[A', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOA', 'up'],
  ['\u001bOB', 'down'],
  ['\u001b[5~', 'pageUp'],
  ['\u001b[6~', 'pageDown'],
  ['\u001b', 'escape'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\u0003', 'ctrl-c'],
];

/** The keys in what a terminal in raw mode sent. */
export function readKeys(text: string): Key[] {
  const keys: Key[] = [];
  for (let at = 0; at < text.length; ) {
    const found = SEQUENCES.find(([bytes]) => text.startsWith(bytes, at));
    keys.push(found?.[1] ?? text[at]!);
    at += found?.[0].length ?? 1;
  }
  return keys;
}

const PAGE_ROWS = 10;
const MOST_BACK = 500;

/** Undefined: the end. */
export function pressed(view: View, key: Key, { rows, links, sensors = 0 }: Choices): View | undefined {
  const move = (by: number): View => {
    if (view.page === 'packets') return { ...view, back: clamp(view.back - by, 0, MOST_BACK) };
    if (showsSensors(view)) return { ...view, sensor: clamp(view.sensor + by, 0, Math.max(0, sensors - 1)) };
    return { ...view, cursor: clamp(view.cursor + by, 0, Math.max(0, rows - 1)) };
  };
  switch (key) {
    case 'q':
    case 'ctrl-c':
      return undefined;
    case 'up':
    case 'k':
      return move(-1);
    case 'down':
    case 'j':
      return move(1);
    case 'pageUp':
      return move(-PAGE_ROWS);
    case 'pageDown':
      return move(PAGE_ROWS);
    case 'enter':
      if (view.page === 'sensors' && sensors > 0) return { ...view, page: 'sensor' };
      if (view.page !== 'overview' || rows === 0) return view;
      return { ...view, page: view.cursor < links ? 'link' : 'endpoint', chosen: view.cursor };
    case 'escape':
    case 'b':
      if (view.page === 'sensor') return { ...view, page: 'sensors' };
      return { ...view, page: 'overview', back: 0 };
    case 'tab':
      return { ...view, page: view.page === 'packets' ? 'overview' : 'packets', back: 0 };
    case 's':
      return { ...view, page: view.page === 'sensors' ? 'overview' : 'sensors', back: 0 };
    case 'p':
    case ' ':
      return { ...view, paused: !view.paused };
    case 'f':
      return { ...view, onlyFaults: !view.onlyFaults };
    case 'h':
    case '?':
      return { ...view, page: view.page === 'help' ? 'overview' : 'help' };
    default:
      return view;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
