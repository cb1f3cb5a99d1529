/** What a server which watches devices knows of them, as rows of the page. */

import { describe, expect, it } from 'vitest';
import { PldmResponder } from '../../../pldm/base/pldm-responder.js';
import type { TerminusSnapshot } from '../../../pldm/terminus-manager/terminus-snapshot.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import type { SensorSnapshot, WatchChange, WatchListener } from '../../../stack/watch/index.js';
import type { ReadingsQuery } from '../../../tools/history/history-model.js';
import { WatchFeed } from '../../../tools/web/watch-feed.js';
import type { WebSensor } from '../../../tools/web/web-documents.js';
import { WebModel } from '../../../tools/web/web-model.js';

const SENSOR: SensorSnapshot = {
  key: '12',
  kind: 'numeric',
  name: 'Die temperature',
  entity: 'GPU 0',
  unit: '°C',
  value: 58,
  state: 'normal',
  operationalState: 'enabled',
  severity: 'ok',
  readAt: 1_000,
  intervalMs: 1_000,
  limits: { upperWarning: 83 },
  min: null,
  max: null,
  states: {},
  error: null,
};
const TERMINUS: TerminusSnapshot = {
  key: 'u',
  name: 'GPU 0',
  network: 1,
  eid: 13,
  link: 'i2c:1',
  physicalAddress: '4c',
  uuid: 'u',
  ways: [],
  state: 'watched',
  since: 0,
  error: null,
  firmware: [],
  sensors: [SENSOR],
  notes: [],
  tid: 1,
  types: [],
  fru: [],
  pdrs: null,
  events: null,
};
const KEY = '1:13:numeric:12';

class Watched {
  termini: TerminusSnapshot[] = [TERMINUS];
  asked: ReadingsQuery[] = [];
  now = 10_000;
  readonly model = new WebModel();
  readonly feed: WatchFeed;
  #hear: WatchListener | undefined;

  constructor() {
    const clock = new VirtualClock();
    const door = {
      termini: () => this.termini,
      drives: () => [],
      terminus: () => undefined,
      recorded: () => undefined,
      // Nothing is asked of it here.
      responder: new PldmResponder({ transport: new Mctp({ clock }), clock }),
      subscribe: (hear: WatchListener) => {
        this.#hear = hear;
        return () => {
          this.#hear = undefined;
        };
      },
      history: {
        devices: () => [],
        events: () => [],
        readings: (query: ReadingsQuery) => {
          this.asked.push(query);
          const point = { at: 5_000, min: 1, mean: 2, max: 3, last: 2, count: 2 };
          return [{ sensor: { key: '12', name: '', kind: 'numeric' as const, unit: '', states: {} }, points: [point] }];
        },
      },
    };
    this.feed = new WatchFeed(door, this.model, () => this.now);
    this.feed.look();
  }

  tell(change: WatchChange): void {
    this.#hear?.({ ...change, at: this.now, device: { key: 'u', name: 'GPU 0', network: 1, eid: 13 } });
  }

  get hears(): boolean {
    return this.#hear !== undefined;
  }

  row(): WebSensor | undefined {
    const rows = JSON.parse(this.model.sensors.changesSince(-1)!.rows) as Record<string, WebSensor>;
    return rows[KEY];
  }
}

describe('a watched terminus', () => {
  it('is there with its sensors, and each reading comes at once', () => {
    const watched = new Watched();
    expect(watched.row()).toMatchObject({ eid: 13, id: '12', value: 58, unit: '°C', state: 'normal', severity: 'ok' });
    expect(watched.feed.thingOf(1, 13)).toBe('GPU 0');
    watched.tell({
      kind: 'reading',
      sensor: { ...SENSOR, value: 90, severity: 'critical', state: 'upperCritical', readAt: 2_000 },
    });
    expect(watched.row()).toMatchObject({ value: 90, severity: 'critical' });
    expect(watched.model.traces.points(KEY)).toEqual({ times: [1, 2], values: [58, 90] });
  });

  it('which goes takes its sensors with it', () => {
    const watched = new Watched();
    watched.termini = [];
    watched.feed.look();
    expect(watched.row()).toBeDefined();
    watched.now += 2_000;
    watched.feed.look();
    expect([watched.row(), watched.model.termini.size, watched.feed.thingOf(1, 13)]).toEqual([undefined, 0, '']);
  });

  it('has events in the words of the history, but those which the bus owner tells', () => {
    const watched = new Watched();
    watched.tell({ kind: 'appeared' });
    watched.tell({ kind: 'reading', sensor: SENSOR });
    const alarm = { ...SENSOR, value: 95 };
    watched.tell({ kind: 'sensorState', sensor: alarm, from: 'normal', to: 'upperCritical', severity: 'critical' });
    const { events } = watched.model;
    expect(events.next).toBe(1);
    expect(events.at(0)).toMatchObject({
      kind: 'sensorState',
      level: 'error',
      network: 1,
      eid: 13,
      about: 'GPU 0',
      text: 'Die temperature: normal -> upperCritical at 95 °C',
    });
  });

  it('is plotted from its history', async () => {
    const watched = new Watched();
    expect(watched.feed.hasHistory).toBe(true);
    expect(watched.feed.trace(KEY, 3_000)).toEqual({ times: [5], values: [2] });
    expect(watched.asked).toEqual([{ device: 'u', sensor: '12', from: 3_000, points: 800 }]);
    expect(watched.feed.trace('1:13:numeric:99', 0)).toBeUndefined();
    await watched.feed.close();
    expect(watched.hears).toBe(false);
  });
});
