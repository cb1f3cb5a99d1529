/** What happened, as it happens. */

import type { WebEvent } from '../web-documents.js';
import { type Child, fill, h, setText } from './page-dom.js';
import { countText, exactTimeText, timeText, wordsText } from './page-format.js';
import type { PageStore } from './page-store.js';
import type { Page, View } from './page-view.js';
import { deviceAddress } from './page-ways.js';
import { VirtualTable } from './virtual-table.js';

const LOOKS = { good: 'is-good', info: '', warning: 'is-warning', error: 'is-critical' } as const;

/** Events whose text says what they are. */
const SAYS_IT: ReadonlySet<string> = new Set(['sensorState', 'platformEvent', 'watchState', 'way']);

function eventTable(chosen: (event: WebEvent) => void): VirtualTable<WebEvent> {
  return new VirtualTable<WebEvent>({
    label: 'Events',
    class: 'events',
    columns: [
      { title: 'Time', class: 'c-time', cell: ({ time }) => timeText(time) },
      { title: 'What', class: 'c-kind wide', cell: ({ kind }) => wordsText(kind) },
      { title: 'Of', class: 'c-about wide', cell: ({ about }) => about },
      {
        title: 'Details',
        class: 'c-text',
        cell: ({ about, text }) => `${about}: ${text}`,
        draw: drawDetails,
      },
    ],
    key: ({ n }) => String(n),
    look: ({ level }) => LOOKS[level],
    chosen,
    follows: true,
    empty: 'Nothing has happened yet.',
  });
}

/** Where there is no room for a column of its own, with what it is about. */
function drawDetails(cell: HTMLTableCellElement, { kind, about, text }: WebEvent): void {
  if (cell.childElementCount === 0) cell.append(h('span', { class: 'narrow' }), h('span'));
  const what = SAYS_IT.has(kind) ? '' : wordsText(kind);
  const lead = [what, about].filter((part) => part !== '').join(' ');
  setText(cell.children[0]!, lead === '' ? '' : `${lead}: `);
  setText(cell.children[1]!, text);
}

/** In full: a row shows as much as there is room for. */
function eventParts(store: PageStore, { time, kind, about, text, network, eid }: WebEvent): Child[] {
  const place = network === null || eid === null ? undefined : { network, eid };
  return [
    h('h2', {}, `${exactTimeText(time)} ${wordsText(kind)}`),
    h(
      'p',
      {},
      about === '' ? '' : `${about}: `,
      text,
      place && ' ',
      place && h('a', { href: deviceAddress(store, place) }, `EID ${place.eid}`),
    ),
  ];
}

export function eventsView({ store }: Page): View {
  const detail = h('section', { class: 'panel event', 'aria-label': 'Event', hidden: true });
  const table = eventTable((event) => {
    detail.hidden = false;
    fill(detail, ...eventParts(store, event));
  });
  const search = h('input', { type: 'search', id: 'event-filter', placeholder: 'any word', autocomplete: 'off' });
  const important = h('input', { type: 'checkbox', id: 'important' });
  const count = h('span', { class: 'count' });
  const update = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const rows = store.events.filter(({ kind, about, text, level }) => {
      if (important.checked && level !== 'warning' && level !== 'error') return false;
      const all = `${kind} ${about} ${text}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
    table.rows = rows;
    count.textContent = countText(rows.length, 'event');
  };
  search.addEventListener('input', update);
  important.addEventListener('change', update);
  return {
    title: 'Events',
    element: h(
      'section',
      { class: 'filling' },
      h(
        'div',
        { class: 'bar' },
        h('h1', {}, 'Events'),
        h('label', { class: 'spoken', for: 'event-filter' }, 'Filter'),
        search,
        h('label', { class: 'check' }, important, 'warnings only'),
        count,
      ),
      table.element,
      detail,
    ),
    wish: { tables: [], events: true },
    update,
    close: () => table.close(),
  };
}
