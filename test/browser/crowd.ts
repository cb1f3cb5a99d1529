/** A page about 200 endpoints with 2000 sensors, all of which move, and nothing but the page: what it shows is made up. */

import { systemClock } from '../../bindings/system-clock.js';
import { PacketWatch } from '../../tools/web/packet-watch.js';
import { pageFiles } from '../../tools/web/page-files.js';
import { WebModel } from '../../tools/web/web-model.js';
import { WebServer } from '../../tools/web/web-server.js';

const LINKS = 8;
export const ENDPOINTS = 200;
export const SENSORS_EACH = 10;

export interface Crowd {
  readonly origin: string;
  close(): void;
}

export async function openCrowd(): Promise<Crowd> {
  const model = new WebModel();
  const startedAt = Date.now();
  let round = 0;
  fill(model);
  const server = await WebServer.open({
    where: '127.0.0.1:0',
    access: { token: undefined, cert: undefined, key: undefined, isPublic: false },
    files: await pageFiles(),
    model,
    clock: systemClock,
    requests: new Map(),
    packets: new PacketWatch({ record: async () => () => {} }),
    look: () => {
      round++;
      // Each sensor once in a second, a tenth of them each time; rates twice.
      for (let n = round % 10; n < ENDPOINTS * SENSORS_EACH; n += 10) sensor(model, n, round);
      if (round % 5 !== 0) return;
      for (let n = 0; n < LINKS; n++) rates(model, n, round);
      for (let n = 0; n < ENDPOINTS; n++) peer(model, n, round);
      const memory = process.memoryUsage().rss;
      const about = { version: '0', networks: ['lab'], viewers: server.viewers, canManage: false, hasHistory: false };
      model.server.put('server', { ...about, startedAt, memory, time: Date.now() });
    },
    trace: (key) => model.traces.points(key),
    metrics: () => undefined,
    watched: () => {},
    fact: () => undefined,
    file: async () => undefined,
  });
  return { origin: server.origin, close: () => server.close() };
}

const network = (n: number): number => 1 + Math.floor(n / 100);
const eid = (n: number): number => 9 + (n % 100);

function fill(model: WebModel): void {
  for (let n = 0; n < LINKS; n++) {
    const name = `i2c:${n}`;
    const about = { kind: 'SMBus/I2C', up: true, downReason: null, role: 'bus-owner', eids: [8], ownAddress: '10' };
    model.links.put(name, { name, network: 1 + (n >> 2), ...about, transmissionUnit: 64 });
  }
  for (let n = 0; n < ENDPOINTS; n++) {
    const key = `${network(n)}:${eid(n)}`;
    const link = `i2c:${Math.floor(n / (ENDPOINTS / LINKS))}`;
    const physicalAddress = (0x20 + (n % 25)).toString(16);
    const types = [{ type: 1, name: 'PLDM', versions: ['1.1.0'] }];
    model.endpoints.put(key, {
      network: network(n),
      eid: eid(n),
      link,
      physicalAddress,
      uuid: null,
      name: '',
      thing: `drive ${n}`,
      isBridge: false,
      bridge: null,
      pool: null,
      messageTypes: types,
      state: 'available',
      since: 0,
      remarks: [],
    });
  }
  for (let n = 0; n < ENDPOINTS * SENSORS_EACH; n++) sensor(model, n, 0);
}

function sensor(model: WebModel, n: number, round: number): void {
  const device = Math.floor(n / SENSORS_EACH);
  const id = String(n % SENSORS_EACH);
  const value = Math.round(10 * (45 + 20 * Math.sin((n + round) / 30))) / 10;
  const severity = value > 62 ? 'critical' : value > 58 ? 'warning' : 'ok';
  const key = `${network(device)}:${eid(device)}:numeric:${id}`;
  const at = Date.now();
  model.sensors.put(key, {
    network: network(device),
    eid: eid(device),
    kind: 'numeric',
    id,
    name: `temperature ${id}`,
    entity: 'drive',
    value,
    unit: '°C',
    state: severity === 'ok' ? 'normal' : 'upperWarning',
    severity,
    min: 0,
    max: 100,
    limits: { upperWarning: 58, upperCritical: 62 },
    error: null,
    at,
  });
  model.traces.add(key, at, value);
}

function rates(model: WebModel, n: number, round: number): void {
  const rxBytes = Math.round(2000 + 1000 * Math.sin(round / 10 + n));
  const counters = { rxPackets: 10 * round, txPackets: 10 * round };
  model.rates.put(`i2c:${n}`, { rxPackets: 40, txPackets: 40, rxBytes, txBytes: rxBytes >> 1, faults: 0, counters });
}

function peer(model: WebModel, n: number, round: number): void {
  const counts = { messages: 20 * round, timeouts: 0, retries: 0, lateReplies: 0 };
  model.peers.put(`${network(n)}:${eid(n)}`, { messagesPerSecond: 20 + ((n + round) % 7), ...counts });
}
