/** One device: its identity, its sensors, what it says of itself, what was exchanged with it, its last packets. */

import type { WebEndpoint } from '../web-documents.js';
import { DeviceFactPanels, facts } from './device-facts-panels.js';
import { placeText, thingOf } from './endpoint-words.js';
import { PacketList } from './packet-list.js';
import { fill, h, setAttribute, setText } from './page-dom.js';
import { agoText, countText, rateText } from './page-format.js';
import type { LiveWish } from './page-live.js';
import type { PageStore } from './page-store.js';
import type { Page, View } from './page-view.js';
import { deviceAddress, endpointKey, waysOfDevice } from './page-ways.js';
import { type SensorRow, sensorColumns, sensorLook } from './sensor-columns.js';
import { SensorPlot } from './sensor-plot.js';
import { VirtualTable } from './virtual-table.js';

const PLDM = 1;

/** `device`: `NETWORK:EID`, or the UUID of one which may have several ways. */
export function deviceView(page: Page, device: string): View {
  const { store } = page;
  const { sensors, peers, termini, server } = store.tables;
  /** Of the way in use. */
  let key = endpointKeyOf(store, device);
  const eidText = /^\d+:\d+$/.test(device) ? `EID ${device.split(':')[1]}` : 'Device';
  const title = h('h1', {}, eidText);
  const badge = h('span', { class: 'badge' });
  const way = h('div', { class: 'ways' });
  const identity = h('section', { class: 'panel', 'aria-label': 'Identity', hidden: true });
  const counters = h('section', { class: 'panel', 'aria-label': 'Exchanged', hidden: true });
  const read = { element: h('div', { class: 'panels' }), panels: undefined as DeviceFactPanels | undefined };
  const plot = new SensorPlot(store);
  const count = h('span', { class: 'count' });
  const table = new VirtualTable<SensorRow>({
    label: `Sensors of ${eidText}`,
    class: 'sensors short',
    columns: sensorColumns(store, false),
    key: (row) => row.key,
    look: sensorLook,
    chosen: (row) => plot.show(row.key, row.sensor),
    empty: 'No sensor has been read yet.',
  });
  const packets = new PacketList();
  let drawnOf: string | undefined;
  let drawnFacts: string | undefined;
  let wasThere = false;
  let isPlotted = false;

  /** Anew only when another device has this EID, or it came back; of one which is silent what was read stays. */
  const drawFacts = ({ uuid, link, state, messageTypes }: WebEndpoint): void => {
    const isGone = state === 'gone';
    const speaks = messageTypes.some(({ type }) => type === PLDM);
    const identityOf = `${uuid ?? `${key} ${link}`} ${isGone} ${speaks}`;
    const isBack = state === 'available' && !wasThere;
    wasThere = state === 'available';
    if (drawnFacts === identityOf) {
      if (isBack) read.panels?.retry();
      return;
    }
    drawnFacts = identityOf;
    read.panels = undefined;
    if (speaks && !isGone) read.panels = new DeviceFactPanels(read.element, page, () => key);
    else fill(read.element);
  };

  const wish = (): LiveWish => {
    const ways = waysOfDevice(store, device);
    const eids =
      ways.length > 0
        ? packetFilter(store, ways)
        : /^\d+:\d+$/.test(device)
          ? `eid=${device.split(':')[1]}`
          : undefined;
    return { tables: ['sensors', 'peers', 'termini'], sensors: `${key}:`, packets: eids };
  };

  let heard = wish();

  const update = (): void => {
    const ways = waysOfDevice(store, device);
    const [endpoint] = ways;
    key = endpoint === undefined ? key : endpointKey(endpoint);
    const wanted = wish();
    if (JSON.stringify(wanted) !== JSON.stringify(heard)) page.listen((heard = wanted));
    const now = server.get('server')?.time ?? 0;
    if (endpoint === undefined) {
      setText(badge, 'not known');
      setAttribute(badge, 'data-state', 'gone');
    } else {
      const { state, since } = endpoint;
      setText(title, `EID ${endpoint.eid} ${thingOf(store, key)}`.trimEnd());
      setText(
        badge,
        state === 'available' ? 'there' : `${state === 'gone' ? 'gone' : 'silent'} for ${agoText(now - since)}`,
      );
      setAttribute(badge, 'data-state', state);
      const text = JSON.stringify([ways, endpoint]);
      if (text !== drawnOf) {
        drawnOf = text;
        identity.hidden = false;
        fill(way, ...ways.map((one) => h('p', { class: 'way' }, ...wayParts(store, one, ways))));
        fill(identity, h('h2', {}, 'Identity'), identityFacts(endpoint));
        drawFacts(endpoint);
      }
    }
    // Until the stream of this view begins, those of all devices may still be there.
    const own = [...sensors].filter(([id]) => id.startsWith(`${key}:`));
    const rows = own.map(([id, sensor]): SensorRow => ({ key: id, sensor }));
    table.rows = rows;
    table.element.hidden = rows.length === 0;
    const problem = termini.get(key)?.error ?? termini.get(`${key}:nvme`)?.error ?? '';
    setText(count, `${countText(rows.length, 'sensor')}${problem === '' ? '' : `, ${problem}`}`);
    if (!isPlotted) {
      const first = rows.find(({ sensor }) => sensor.kind === 'numeric');
      isPlotted = first !== undefined;
      table.select(first);
    }
    plot.update();
    const peer = peers.get(key);
    if (peer !== undefined) {
      counters.hidden = false;
      fill(
        counters,
        h('h2', {}, 'Exchanged'),
        facts([
          ['messages', `${peer.messages}, ${rateText(peer.messagesPerSecond)}/s`],
          ['time-outs', String(peer.timeouts)],
          ['retries', String(peer.retries)],
          ['late answers', String(peer.lateReplies)],
        ]),
      );
    }
    packets.table.rows = store.packets;
  };

  return {
    title: eidText,
    element: h(
      'section',
      { class: 'device' },
      h('div', { class: 'bar' }, title, badge),
      way,
      h('div', { class: 'panels' }, identity, counters),
      h(
        'section',
        { class: 'panel', 'aria-label': 'Sensors' },
        h('div', { class: 'bar' }, h('h2', {}, 'Sensors'), count),
        plot.element,
        table.element,
      ),
      read.element,
      h(
        'section',
        { class: 'panel', 'aria-label': 'Last packets' },
        h('h2', {}, 'Last packets'),
        packets.table.element,
        packets.detail,
      ),
    ),
    wish: heard,
    update,
    close: () => {
      table.close();
      plot.close();
      packets.close();
    },
  };
}

function endpointKeyOf(store: PageStore, device: string): string {
  const [endpoint] = waysOfDevice(store, device);
  return endpoint === undefined ? device : endpointKey(endpoint);
}

/** EIDs are of a network: where there are several, its links tell whose packets they are. */
function packetFilter(store: PageStore, ways: readonly WebEndpoint[]): string {
  const eids = [...new Set(ways.map(({ eid }) => eid))].join(',');
  const links = [...store.tables.links.values()];
  const networks = new Set(ways.map(({ network }) => network));
  const own = links.filter(({ network }) => networks.has(network));
  const isPlain = own.every(({ name }) => !/[\s,=!]/.test(name));
  return own.length === links.length || !isPlain
    ? `eid=${eids}`
    : `eid=${eids} link=${own.map(({ name }) => name).join(',')}`;
}

/** Of several ways, with which is in use and which are not there. */
function wayParts(store: PageStore, endpoint: WebEndpoint, ways: readonly WebEndpoint[]): (Node | string)[] {
  const { link, bridge, network, eid, state } = endpoint;
  const parts: (Node | string)[] = ['mctpkit > ', h('a', { href: `#/links/${encodeURIComponent(link)}` }, link)];
  if (bridge !== null)
    parts.push(' > ', h('a', { href: deviceAddress(store, { network, eid: bridge }) }, `bridge EID ${bridge}`));
  else if (placeText(endpoint) !== '') parts.push(` > ${placeText(endpoint)}`);
  if (ways.length > 1) {
    const text =
      state === 'available' ? (endpoint === ways[0] ? 'in use' : 'ready') : state === 'gone' ? 'gone' : 'silent';
    parts.push(` EID ${eid} `, h('span', { class: 'badge', 'data-state': state }, text));
  }
  return parts;
}

function identityFacts(endpoint: WebEndpoint): HTMLElement {
  const { network, eid, uuid, isBridge, pool, messageTypes, remarks } = endpoint;
  return facts([
    ['address', `${network}:${eid}`],
    ['UUID', uuid ?? 'none'],
    ['kind', isBridge ? 'bridge' : 'simple endpoint'],
    ...(pool === null ? [] : [['gives', `EID ${pool.first} to ${pool.first + pool.size - 1}`] as const]),
    ...messageTypes.map(({ name, versions }) => [name, versions.join(', ') || 'no version'] as const),
    ...remarks.map((remark) => ['odd', remark] as const),
  ]);
}
