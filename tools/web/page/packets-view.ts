/** Packets, live, with the filter and the decode of the command. */

import { PacketList } from './packet-list.js';
import { fill, h } from './page-dom.js';
import type { Page, View } from './page-view.js';

/** After the last letter. */
const TYPING_MS = 350;

export function packetsView(page: Page, filter: string): View {
  const { store } = page;
  const list = new PacketList();
  const search = h('input', {
    type: 'search',
    id: 'packet-filter',
    placeholder: 'eid=9 type=pldm !error',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'packet-problem',
    value: filter,
  });
  const problem = h('span', { id: 'packet-problem', class: 'problem', role: 'alert' });
  const pause = h('button', { type: 'button', 'aria-pressed': 'false' }, 'pause');
  const clear = h('button', { type: 'button', class: 'quiet' }, 'clear');
  const count = h('span', { class: 'count' });
  let isPaused = false;
  let typing: ReturnType<typeof setTimeout> | undefined;

  const update = (): void => {
    const { packets, packetsLost, packetProblem = '' } = store;
    if (!isPaused) list.table.rows = packets;
    problem.textContent = packetProblem;
    const lost = packetsLost === 0 ? '' : `, ${packetsLost} not shown`;
    count.textContent = isPaused ? `paused, ${packets.length} packets${lost}` : `${packets.length} packets${lost}`;
  };
  const toggle = (): void => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? 'go on' : 'pause';
    pause.setAttribute('aria-pressed', String(isPaused));
    update();
  };
  const wish = () => ({ tables: [], packets: search.value.trim() });
  pause.addEventListener('click', toggle);
  clear.addEventListener('click', () => {
    store.clearPackets();
    update();
  });
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      fill(list.detail);
      list.detail.hidden = true;
      page.listen(wish());
      update();
    }, TYPING_MS);
  });
  return {
    title: 'Packets',
    element: h(
      'section',
      { class: 'filling split' },
      h(
        'div',
        { class: 'bar' },
        h('h1', {}, 'Packets'),
        h('label', { class: 'spoken', for: 'packet-filter' }, 'Filter'),
        search,
        pause,
        clear,
        count,
        problem,
      ),
      list.table.element,
      list.detail,
    ),
    wish: wish(),
    update,
    key: (key) => {
      if (key !== 'p') return false;
      toggle();
      return true;
    },
    close: () => {
      clearTimeout(typing);
      list.close();
    },
  };
}
