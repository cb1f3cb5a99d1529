/** Links: rates, faults, and every counter of the one which is chosen. */

import type { WebLink, WebRates } from '../web-documents.js';
import { downText } from './endpoint-words.js';
import { fill, h, setAttribute, setText } from './page-dom.js';
import { bytesText, rateText, wordsText } from './page-format.js';
import { Plot } from './page-plot.js';
import { ask } from './page-token.js';
import type { Page, View } from './page-view.js';
import { VirtualTable } from './virtual-table.js';

interface LinkRow {
  readonly link: WebLink;
  readonly rates: WebRates | undefined;
}

interface Trace {
  readonly times: number[];
  readonly values: (number | null)[];
}

/** Where there is little room the reason is beside the plot only. */
function drawState(cell: HTMLTableCellElement, { link }: LinkRow): void {
  if (cell.childElementCount === 0) cell.append(h('span'), h('span', { class: 'wide' }));
  setText(cell.children[0]!, link.up ? 'up' : 'down');
  setText(cell.children[1]!, link.up ? '' : `: ${downText(link)}`);
}

export function linksView(page: Page, chosen: string): View {
  const { links, rates, server } = page.store.tables;
  const detail = h('section', { class: 'panel', hidden: true });
  const counters = h('dl', { class: 'counters' });
  const down = h('p', { class: 'problem' });
  let plot: Plot | undefined;
  let wanted = chosen;
  let shown: string | undefined;
  let addedAt = 0;

  const show = (name: string): void => {
    if (shown === name) return;
    shown = name;
    plot?.close();
    const next = new Plot({
      label: `Bytes per second on ${name}`,
      lines: [
        { label: 'in', colour: '--accent' },
        { label: 'out', colour: '--good' },
      ],
      value: (value) => `${bytesText(value)}/s`,
      fromZero: true,
    });
    plot = next;
    setAttribute(detail, 'aria-label', `Link ${name}`);
    fill(detail, h('h2', {}, name), down, next.element, h('h3', {}, 'Counters'), counters);
    detail.hidden = false;
    const load = async (): Promise<void> => {
      const [rx, tx] = await Promise.all(['rx', 'tx'].map((way) => ask<Trace>('trace', { key: `${way} ${name}` })));
      if (plot === next && rx !== undefined && tx !== undefined) {
        const length = Math.min(rx.times.length, tx.times.length);
        next.set([rx.times.slice(-length), rx.values.slice(-length), tx.values.slice(-length)]);
      }
    };
    load().catch(() => {});
    update();
  };
  const table = new VirtualTable<LinkRow>({
    label: 'Links',
    class: 'links short',
    columns: [
      { title: 'Link', class: 'c-name', cell: ({ link }) => link.name },
      { title: 'State', class: 'c-state', cell: () => '', draw: drawState },
      { title: 'Kind', class: 'c-kind wide', cell: ({ link }) => link.kind },
      { title: 'Role', class: 'c-role wide', cell: ({ link }) => `${link.role}, network ${link.network}` },
      { title: 'Unit', class: 'c-number wide', cell: ({ link }) => `${link.transmissionUnit} B` },
      { title: 'In', class: 'c-number', cell: ({ rates: r }) => (r === undefined ? '' : `${bytesText(r.rxBytes)}/s`) },
      { title: 'Out', class: 'c-number', cell: ({ rates: r }) => (r === undefined ? '' : `${bytesText(r.txBytes)}/s`) },
      {
        title: 'Packets/s',
        class: 'c-number wide',
        cell: ({ rates: r }) => (r === undefined ? '' : `${rateText(r.rxPackets)} / ${rateText(r.txPackets)}`),
      },
      { title: 'Faults', class: 'c-number c-few', cell: ({ rates: r }) => String(r?.faults ?? 0) },
    ],
    key: ({ link }) => link.name,
    look: ({ link, rates: r }) => (!link.up ? 'is-critical' : (r?.faults ?? 0) > 0 ? 'is-warning' : 'is-ok'),
    chosen: ({ link }) => show(link.name),
    empty: 'There are no links.',
  });

  function update(): void {
    const rows = [...links.values()].map((link) => ({ link, rates: rates.get(link.name) }));
    rows.sort((a, b) => (a.link.name < b.link.name ? -1 : 1));
    table.rows = rows;
    if (wanted === '' && shown === undefined) wanted = rows[0]?.link.name ?? '';
    if (wanted !== '' && links.has(wanted)) {
      const row = rows.find(({ link }) => link.name === wanted);
      wanted = '';
      table.select(row);
    }
    const link = shown === undefined ? undefined : links.get(shown);
    const isDown = link !== undefined && !link.up;
    setText(down, isDown ? `It is down: ${downText(link)}.` : '');
    const moving = shown === undefined ? undefined : rates.get(shown);
    if (moving === undefined) return;
    const now = server.get('server')?.time ?? 0;
    if (now > addedAt) plot?.add((addedAt = now) / 1000, [moving.rxBytes, moving.txBytes]);
    fill(
      counters,
      ...Object.entries(moving.counters).map(([name, value]) =>
        h('div', {}, h('dt', {}, wordsText(name)), h('dd', {}, String(value))),
      ),
    );
  }

  return {
    title: 'Links',
    element: h(
      'section',
      { class: 'filling' },
      h('div', { class: 'bar' }, h('h1', {}, 'Links')),
      table.element,
      detail,
    ),
    wish: { tables: ['rates'] },
    update: () => update(),
    close: () => {
      table.close();
      plot?.close();
    },
  };
}
