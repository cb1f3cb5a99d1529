/** Who uses the served networks. */

import type { WebNode } from '../web-documents.js';
import { h } from './page-dom.js';
import { agoText, countText } from './page-format.js';
import { request } from './page-token.js';
import type { Page, View } from './page-view.js';
import { VirtualTable } from './virtual-table.js';

export function nodesView(page: Page): View {
  const { nodes, server } = page.store.tables;
  const count = h('span', { class: 'count' });
  const problem = h('span', { class: 'problem', role: 'alert' });
  const kick = h('button', { type: 'button', disabled: true }, 'end the node');
  const table = new VirtualTable<WebNode>({
    label: 'Nodes',
    class: 'nodes',
    columns: [
      { title: 'Network', class: 'c-served wide', cell: ({ served }) => served },
      { title: 'Node', class: 'c-number c-few', cell: ({ node }) => String(node) },
      {
        title: 'Who',
        class: 'c-name',
        cell: ({ description, persistent }) => `${description}${persistent === null ? '' : ` (${persistent})`}`,
      },
      { title: 'Right', class: 'c-right wide', cell: ({ right }) => right },
      { title: 'PID', class: 'c-number wide', cell: ({ pid }) => String(pid ?? '') },
      { title: 'Bound to', class: 'c-bound wide', cell: ({ bindings }) => bindings.join(', ') },
      { title: 'Queue', class: 'c-number wide', cell: ({ queued }) => String(queued) },
      { title: 'Sent', class: 'c-number wide', cell: ({ sent }) => String(sent) },
      { title: 'Got', class: 'c-number c-few', cell: ({ received }) => String(received) },
      { title: 'Lost', class: 'c-number c-few', cell: ({ dropped }) => String(dropped) },
      {
        title: 'For',
        class: 'c-number wide',
        cell: ({ since }) => agoText((server.get('server')?.time ?? since) - since),
      },
    ],
    key: ({ served, node }) => `${served}/${node}`,
    look: ({ present, dropped }) => (dropped > 0 ? 'is-warning' : present ? '' : 'is-away'),
    chosen: () => {
      kick.disabled = false;
    },
    empty: 'No program uses the network.',
  });
  kick.addEventListener('click', () => {
    const node = table.selected;
    if (node === undefined) return;
    const end = async (): Promise<void> => {
      if (!(await page.mayManage())) return;
      await request('kick', { served: node.served, node: String(node.node) });
      page.say(`node ${node.node} of ${node.served} was ended`);
    };
    problem.textContent = '';
    end().catch((error: Error) => {
      problem.textContent = error.message;
    });
  });
  return {
    title: 'Nodes',
    element: h(
      'section',
      { class: 'filling' },
      h('div', { class: 'bar' }, h('h1', {}, 'Nodes'), count, kick, problem),
      table.element,
    ),
    wish: { tables: ['nodes'] },
    update: () => {
      const rows = [...nodes.values()].sort((a, b) =>
        a.served === b.served ? a.node - b.node : a.served < b.served ? -1 : 1,
      );
      table.rows = rows;
      count.textContent = countText(rows.length, 'node');
    },
    close: () => table.close(),
  };
}
