/** The wires as a drawing: each link a rail, each endpoint hangs on it, and what is behind a bridge hangs on the bridge. */

import type { WebEndpoint, WebLink } from '../web-documents.js';
import { byAddress, downText, healthByDevice, placeText, type SensorHealth, thingOf } from './endpoint-words.js';
import { h, KeyedChildren, setAttribute, setText } from './page-dom.js';
import { agoText, bytesText, countText, rateText } from './page-format.js';
import type { Changed, Page, View } from './page-view.js';
import { deviceAddress, endpointKey, waysOfDevice } from './page-ways.js';

/** With more endpoints the cards are smaller. */
const MANY = 60;

export function topologyView(page: Page): View {
  const { tables } = page.store;
  const ourselves = h('div', { class: 'ourselves' });
  const rails = h('div', { class: 'rails' });
  const element = h(
    'section',
    { class: 'topology', 'aria-label': 'Topology' },
    h('h1', { class: 'spoken' }, 'Topology'),
    ourselves,
    rails,
  );
  const buses = new Map<string, Bus>();
  const order = new KeyedChildren(rails, (name) => {
    const bus = new Bus(page, name);
    buses.set(name, bus);
    return bus.element;
  });
  const update = (changed: Changed): void => {
    // Of sensors it shows the sums only: with the rest is often enough.
    if (!changed.has('server') && !changed.has('endpoints') && !changed.has('links')) return;
    const server = tables.server.get('server');
    const eids = [...new Set([...tables.links.values()].flatMap((link) => link.eids))].sort((a, b) => a - b);
    const own = eids.length === 0 ? 'without an EID' : `EID ${eids.join(', ')}`;
    setText(ourselves, `mctpkit ${server?.version ?? ''} - ${own}${networksText(server?.networks ?? [])}`);
    const links = [...tables.links.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    order.set(links.map(({ name }) => name));
    for (const name of buses.keys()) if (!tables.links.has(name)) buses.delete(name);
    const health = healthByDevice(page.store);
    const endpoints = [...tables.endpoints.values()].sort(byAddress);
    element.classList.toggle('many', endpoints.length > MANY);
    const now = server?.time ?? 0;
    for (const link of links) {
      buses.get(link.name)!.update(
        link,
        endpoints.filter((endpoint) => endpoint.link === link.name),
        health,
        now,
      );
    }
  };
  return {
    title: 'Topology',
    element,
    wish: { tables: ['rates', 'peers', 'termini', 'sensors'] },
    update,
  };
}

function networksText(networks: readonly string[]): string {
  return networks.length === 0 ? '' : `, serves ${networks.join(', ')}`;
}

class Bus {
  readonly element: HTMLElement;
  readonly #name: HTMLElement;
  readonly #about = h('span', { class: 'about' });
  readonly #rate = h('span', { class: 'rate' });
  readonly #taps: Taps;

  constructor(
    private readonly page: Page,
    name: string,
  ) {
    this.#name = h('a', { href: `#/links/${encodeURIComponent(name)}` }, name);
    this.#taps = new Taps(page, `Endpoints on ${name}`);
    this.element = h(
      'section',
      { class: 'bus', 'aria-label': `Link ${name}` },
      h('h2', {}, this.#name, this.#about, this.#rate),
      this.#taps.element,
    );
  }

  update(
    link: WebLink,
    endpoints: readonly WebEndpoint[],
    health: ReadonlyMap<string, SensorHealth>,
    now: number,
  ): void {
    const { kind, network, role, eids, ownAddress, up } = link;
    const rates = this.page.store.tables.rates.get(link.name);
    const at = ownAddress === '' ? '' : ` at 0x${ownAddress}`;
    setText(this.#about, `${kind}, network ${network}, ${role} EID ${eids.join(', ') || 'none'}${at}`);
    const faults = rates === undefined || rates.faults === 0 ? '' : `, ${countText(rates.faults, 'fault')}`;
    const moving =
      rates === undefined ? '' : `in ${bytesText(rates.rxBytes)}/s, out ${bytesText(rates.txBytes)}/s${faults}`;
    setText(this.#rate, up ? moving : `down: ${downText(link)}`);
    setAttribute(this.element, 'data-state', up ? 'up' : 'down');
    // A rail glows with what passes on it.
    const flow = rates === undefined ? 0 : Math.min(1, Math.log10(1 + rates.rxPackets + rates.txPackets) / 3);
    this.element.style.setProperty('--flow', flow.toFixed(2));
    this.#taps.update(endpoints, null, health, now);
  }
}

class Taps {
  readonly element: HTMLElement;
  readonly #cards = new Map<string, Card>();
  readonly #order: KeyedChildren<HTMLElement>;

  constructor(page: Page, label: string) {
    this.element = h('ul', { class: 'taps', 'aria-label': label });
    this.#order = new KeyedChildren(this.element, (key) => {
      const card = new Card(page, key);
      this.#cards.set(key, card);
      return card.element;
    });
  }

  /** `bridge`: the EID behind which they are; null: on the link itself. */
  update(
    all: readonly WebEndpoint[],
    bridge: number | null,
    health: ReadonlyMap<string, SensorHealth>,
    now: number,
    depth = 0,
  ): void {
    const known = new Set(all.map(({ eid }) => eid));
    // Whose bridge is gone hangs on the link.
    const here = all.filter((one) =>
      bridge === null ? one.bridge === null || !known.has(one.bridge) : one.bridge === bridge && one.eid !== bridge,
    );
    this.#order.set(here.map(endpointKey));
    const keys = new Set(here.map(endpointKey));
    for (const key of this.#cards.keys()) if (!keys.has(key)) this.#cards.delete(key);
    this.element.hidden = here.length === 0;
    for (const endpoint of here) this.#cards.get(endpointKey(endpoint))!.update(endpoint, all, health, now, depth);
  }
}

/** What bridges say of each other need not make sense. */
const DEEPEST = 8;

class Card {
  readonly element: HTMLElement;
  readonly #link: HTMLAnchorElement;
  readonly #eid = h('span', { class: 'eid' });
  readonly #thing = h('span', { class: 'thing' });
  readonly #where = h('span', { class: 'where' });
  readonly #types = h('span', { class: 'types' });
  readonly #note = h('span', { class: 'note' });
  #behind: Taps | undefined;

  constructor(
    private readonly page: Page,
    private readonly key: string,
  ) {
    this.#link = h(
      'a',
      { class: 'card', href: `#/device/${key}` },
      h('span', { class: 'top' }, this.#eid, this.#thing),
      h('span', { class: 'bottom' }, this.#where, this.#types),
      this.#note,
    );
    this.element = h('li', {}, this.#link);
  }

  update(
    endpoint: WebEndpoint,
    all: readonly WebEndpoint[],
    health: ReadonlyMap<string, SensorHealth>,
    now: number,
    depth: number,
  ): void {
    const { store } = this.page;
    const { eid, isBridge, state, messageTypes, since, pool } = endpoint;
    setAttribute(this.#link, 'href', deviceAddress(store, endpoint));
    setText(this.#eid, String(eid));
    const thing = thingOf(store, this.key) || (isBridge ? 'bridge' : 'endpoint');
    setText(this.#thing, thing);
    this.#thing.title = thing;
    const place = endpoint.bridge === null ? placeText(endpoint) : '';
    setText(
      this.#where,
      [place, isBridge && pool !== null ? `EIDs ${pool.first}-${pool.first + pool.size - 1}` : '']
        .filter((text) => text !== '')
        .join(' '),
    );
    setText(
      this.#types,
      messageTypes
        .filter(({ type }) => type !== 0)
        .map(({ name }) => name)
        .join(' '),
    );
    const peer = store.tables.peers.get(this.key);
    const sensors = health.get(this.key);
    setText(this.#note, noteOf());
    setAttribute(this.#link, 'data-state', state);
    setAttribute(this.#link, 'data-worst', state === 'available' ? (sensors?.worst ?? 'ok') : 'ok');
    this.element.classList.toggle('bridge', isBridge);
    if (isBridge && depth < DEEPEST) {
      if (this.#behind === undefined) {
        this.#behind = new Taps(this.page, `Endpoints behind EID ${eid}`);
        this.element.append(this.#behind.element);
      }
      this.#behind.update(all, eid, health, now, depth + 1);
    }

    function noteOf(): string {
      if (state === 'gone') return `gone for ${agoText(now - since)}`;
      if (state === 'degraded') return `silent for ${agoText(now - since)}`;
      const parts = [];
      const ways = waysOfDevice(store, endpointKey(endpoint));
      if (ways.length > 1) parts.push(ways[0] === endpoint ? `in use, of ${ways.length} ways` : 'another way to it');
      if (sensors !== undefined) {
        parts.push(
          sensors.bad > 0 ? `${sensors.bad} of ${sensors.sensors} not well` : countText(sensors.sensors, 'sensor'),
        );
      }
      if (peer !== undefined && peer.messagesPerSecond > 0) parts.push(`${rateText(peer.messagesPerSecond)} msg/s`);
      if (peer !== undefined && peer.timeouts > 0) parts.push(countText(peer.timeouts, 'time-out'));
      return parts.join(', ');
    }
  }
}
