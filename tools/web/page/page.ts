/** The page: its frame, its views by the part of the address behind #, and the live stream that all of it is drawn from. */

import type { WebLive, WebTableName, WebUpdate } from '../web-documents.js';
import { deviceView } from './device-view.js';
import { eventsView } from './events-view.js';
import { firmwareView } from './firmware-view.js';
import { linksView } from './links-view.js';
import { nodesView } from './nodes-view.js';
import { packetsView } from './packets-view.js';
import { openHelp, openReadOnlyDialog, openTokenDialog } from './page-dialogs.js';
import { fill, h, setAttribute, setText } from './page-dom.js';
import { bytesText, countText, timeText } from './page-format.js';
import { LiveFeed, type LiveState, type LiveWish } from './page-live.js';
import { PageStore } from './page-store.js';
import { token } from './page-token.js';
import type { Changed, Page, View } from './page-view.js';
import { sensorsView } from './sensors-view.js';
import { topologyView } from './topology-view.js';

type MakeView = (page: Page, rest: string) => View;

/** In the order of the menu; the keys 1 to 7 show them. */
const VIEWS: readonly { readonly path: string; readonly title: string; readonly make: MakeView }[] = [
  { path: 'topology', title: 'Topology', make: topologyView },
  { path: 'sensors', title: 'Sensors', make: sensorsView },
  { path: 'links', title: 'Links', make: linksView },
  { path: 'packets', title: 'Packets', make: packetsView },
  { path: 'events', title: 'Events', make: eventsView },
  { path: 'nodes', title: 'Nodes', make: nodesView },
  { path: 'firmware', title: 'Firmware', make: firmwareView },
];

/** What the frame shows of every view. */
const FRAME: readonly WebTableName[] = ['server', 'links', 'endpoints', 'termini', 'updates'];

const store = new PageStore();
const main = h('main', { id: 'main', tabindex: '-1' });
const announce = h('div', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
const liveDot = h('span', { class: 'live', 'data-state': 'connecting' }, 'connecting');
const summary = h('p', { class: 'summary' });
const clock = h('span', { class: 'clock' });
const manage = h('button', { type: 'button', class: 'quiet' }, 'read-only');
const menu = VIEWS.map(({ path, title }) => h('a', { href: `#/${path}` }, title));

const EVERYTHING: Changed = new Set([...(Object.keys(store.tables) as WebTableName[]), 'events', 'packets']);

let view: View | undefined;
let wish: LiveWish = { tables: [] };
const changed = new Set<WebTableName | 'events' | 'packets'>();
let frame = 0;

const feed = new LiveFeed(take, () => store.restart(), showState);

const page: Page = {
  store,
  listen(next) {
    wish = { ...next, tables: [...new Set([...FRAME, ...next.tables])] };
    feed.open(wish);
  },
  say(text) {
    setText(announce, text);
  },
  async mayManage() {
    if (token() !== '') return true;
    if (store.tables.server.get('server')?.canManage !== false) return openTokenDialog();
    openReadOnlyDialog();
    return false;
  },
};

function take(message: WebLive): void {
  store.take(message);
  for (const name of Object.keys(message.tables ?? {})) changed.add(name as WebTableName);
  if (message.events !== undefined) changed.add('events');
  if (message.packets !== undefined) changed.add('packets');
  if (frame === 0) frame = requestAnimationFrame(draw);
}

function draw(): void {
  frame = 0;
  const now = new Set(changed);
  changed.clear();
  drawFrame();
  view?.update(now);
}

function drawFrame(): void {
  const server = store.tables.server.get('server');
  if (server === undefined) return;
  const links = [...store.tables.links.values()];
  const endpoints = [...store.tables.endpoints.values()];
  const count = (state: string): number => endpoints.filter((one) => one.state === state).length;
  const down = links.filter(({ up }) => !up).length;
  const parts = [
    countText(endpoints.length - count('gone'), 'endpoint'),
    ...(count('degraded') > 0 ? [`${count('degraded')} silent`] : []),
    ...(count('gone') > 0 ? [`${count('gone')} gone`] : []),
    `on ${countText(links.length, 'link')}${down > 0 ? `, ${down} down` : ''}`,
    ...updateParts([...store.tables.updates.values()]),
  ];
  setText(summary, parts.join(', '));
  setAttribute(summary, 'data-worst', down + count('gone') > 0 ? 'bad' : count('degraded') > 0 ? 'warn' : 'good');
  setText(clock, timeText(server.time));
  clock.title = `mctpkit ${server.version}, ${bytesText(server.memory)} of memory, ${countText(server.viewers, 'page')} open`;
  const text = token() !== '' ? 'managing' : server.canManage ? 'unlock' : 'read-only';
  setText(manage, text);
  manage.disabled = !server.canManage;
}

/** What somebody has to know on every view. */
function updateParts(updates: readonly WebUpdate[]): string[] {
  const running = updates.filter(({ outcome }) => outcome === null).length;
  const interrupted = updates.filter(({ outcome }) => outcome === 'interrupted').length;
  return [
    ...(running > 0 ? [`${countText(running, 'update')} running`] : []),
    ...(interrupted > 0 ? [`${countText(interrupted, 'update')} interrupted`] : []),
  ];
}

function showState(state: LiveState, why: string): void {
  const words = { connecting: 'connecting', live: 'live', lost: 'no connection', refused: 'token needed' };
  setText(liveDot, words[state]);
  setAttribute(liveDot, 'data-state', state);
  liveDot.title = why;
  if (state !== 'live') page.say(`${words[state]}: ${why}`);
  if (state === 'refused') {
    void openTokenDialog().then((given) => {
      if (given) feed.open(wish);
    });
  }
}

function show(): void {
  const [, path = '', ...rest] = location.hash.split('/');
  const device = path === 'device';
  const found = VIEWS.find((one) => one.path === path) ?? VIEWS[0]!;
  const make: MakeView = device ? deviceView : found.make;
  view?.close?.();
  view = make(page, rest.map(decodeURIComponent).join('/'));
  document.title = `${view.title} - mctpkit`;
  menu.forEach((link, index) => {
    if (!device && VIEWS[index] === found) {
      link.setAttribute('aria-current', 'page');
      // Where there is not room for all of the menu.
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else link.removeAttribute('aria-current');
  });
  fill(main, view.element);
  main.scrollTop = 0;
  page.listen(view.wish);
  // What is known already is shown at once: the server may be away. Packets were those which another view wanted.
  store.clearPackets();
  if (store.tables.server.size > 0) view.update(EVERYTHING);
}

function key(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]') !== null) return;
  if ((event.target as Element).closest('input, textarea, select') !== null) {
    if (event.key === 'Escape') main.focus();
    return;
  }
  const number = Number(event.key);
  if (number >= 1 && number <= VIEWS.length) location.hash = `#/${VIEWS[number - 1]!.path}`;
  else if (event.key === '/') main.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
  else if (event.key === '?') openHelp(VIEWS.map(({ title }) => title));
  else if (view?.key?.(event.key) !== true) return;
  event.preventDefault();
}

/** As the system wants it, until somebody chooses. */
function theme(): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'quiet', 'aria-label': 'dark or light' }, '\u25d0');
  const kept = localStorage.getItem('mctpkit-theme');
  if (kept !== null) document.documentElement.dataset.theme = kept;
  button.addEventListener('click', () => {
    const isDark = getComputedStyle(document.documentElement).colorScheme.trim() === 'dark';
    document.documentElement.dataset.theme = isDark ? 'light' : 'dark';
    localStorage.setItem('mctpkit-theme', isDark ? 'light' : 'dark');
    dispatchEvent(new Event('themechange'));
  });
  return button;
}

function skip(event: Event): void {
  event.preventDefault();
  main.focus();
}

manage.addEventListener('click', () => void openTokenDialog().then(drawFrame));
document.body.append(
  h('a', { class: 'skip', href: '#main', on: { click: skip } }, 'Skip to content'),
  h(
    'header',
    {},
    h(
      'a',
      { class: 'brand', href: '#/topology' },
      h('img', { src: '/icon.svg', alt: '', width: '20', height: '20' }),
      'mctpkit',
    ),
    summary,
    h('div', { class: 'tools' }, clock, liveDot, manage, theme()),
  ),
  h('nav', { 'aria-label': 'Views' }, ...menu),
  main,
  announce,
);
addEventListener('hashchange', show);
addEventListener('keydown', key);
show();
