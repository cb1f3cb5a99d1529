/** Packets as they pass, and one of them in full. */

import type { WebPacket, WebPacketDetail } from '../web-documents.js';
import { type Child, fill, h } from './page-dom.js';
import { exactTimeText, hexRows } from './page-format.js';
import { ask } from './page-token.js';
import { VirtualTable } from './virtual-table.js';

export class PacketList {
  readonly detail = h('section', { class: 'panel packet', 'aria-label': 'Packet', hidden: true });
  readonly table: VirtualTable<WebPacket>;

  constructor() {
    this.table = new VirtualTable<WebPacket>({
      label: 'Packets',
      class: 'packets mono',
      columns: [
        { title: 'Time', class: 'c-time', cell: ({ time }) => exactTimeText(time) },
        { title: 'Link', class: 'c-link wide', cell: ({ link }) => link },
        { title: 'Dir', class: 'c-dir wide', cell: ({ dir }) => (dir === 'tx' ? 'out' : 'in') },
        { title: 'EIDs', class: 'c-way', cell: ({ src, dst }) => (src === '' ? '' : `${src}>${dst}`) },
        { title: 'Flags', class: 'c-flags wide', cell: ({ flags, seq }) => `${flags} ${seq ?? ''}` },
        { title: 'Tag', class: 'c-tag wide', cell: ({ tag }) => String(tag ?? '') },
        { title: 'Type', class: 'c-type wide', cell: ({ type }) => type },
        { title: 'Bytes', class: 'c-bytes wide', cell: ({ bytes }) => String(bytes) },
        { title: 'Message', class: 'c-text', cell: ({ text, fault }) => (fault === '' ? text : fault) },
      ],
      key: ({ n }) => String(n),
      look: ({ fault, failed, dir }) => `${fault !== '' ? 'is-warning' : failed ? 'is-critical' : ''} ${dir}`,
      chosen: (packet) => void this.#show(packet),
      follows: true,
      empty: 'No packet has passed yet.',
    });
  }

  close(): void {
    this.table.close();
  }

  async #show({ n }: WebPacket): Promise<void> {
    this.detail.hidden = false;
    try {
      const packet = await ask<WebPacketDetail>('packet', { n: String(n) });
      if (String(this.table.selected?.n) === String(n)) fill(this.detail, ...parts(packet));
    } catch (error) {
      fill(this.detail, h('p', { class: 'problem' }, (error as Error).message));
    }
  }
}

function parts({ link, dir, src, dst, hex, message, fault, time }: WebPacketDetail): Child[] {
  const title = `${exactTimeText(time)} ${link} ${dir === 'tx' ? 'out' : 'in'} ${src}>${dst}`;
  return [
    h('h2', {}, message?.title ?? title),
    h('p', { class: 'faint' }, title, fault === '' ? '' : `, ${fault}`),
    ...(message === null
      ? []
      : [
          h('p', { class: 'faint' }, about(message)),
          // Many have no fields.
          message.lines.length > 0 && h('pre', { class: 'fields', tabindex: '0' }, message.lines.join('\n')),
          h('h3', {}, 'Message'),
          h('pre', { tabindex: '0' }, hexRows(message.hex)),
        ]),
    h('h3', {}, 'Packet'),
    h('pre', { tabindex: '0' }, hexRows(hex)),
  ];
}

function about({ packets, afterRequestMs }: NonNullable<WebPacketDetail['message']>): string {
  const size = packets === 1 ? 'one packet' : `${packets} packets`;
  return afterRequestMs === null ? size : `${size}, ${afterRequestMs.toFixed(2)} ms after its request`;
}
