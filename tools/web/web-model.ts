/** What the page shows, as it is now: tables and logs with bounds. It is filled by watches, and read by streams. */

import { LiveRing } from './live-ring.js';
import { LiveTable, Versions } from './live-table.js';
import { SensorTraces } from './sensor-traces.js';
import type {
  WebEndpoint,
  WebEvent,
  WebLink,
  WebNode,
  WebPeer,
  WebRates,
  WebSensor,
  WebServerRow,
  WebTableName,
  WebTerminus,
  WebUpdate,
} from './web-documents.js';

const MOST_LINKS = 256;
const MOST_ENDPOINTS = 2048;
const MOST_SENSORS = 20_000;
const MOST_NODES = 4096;
const MOST_UPDATES = 64;
const EVENTS = 2000;

export class WebModel {
  readonly versions = new Versions();
  readonly server = new LiveTable<WebServerRow>(this.versions, 1);
  readonly links = new LiveTable<WebLink>(this.versions, MOST_LINKS);
  readonly rates = new LiveTable<WebRates>(this.versions, MOST_LINKS);
  readonly endpoints = new LiveTable<WebEndpoint>(this.versions, MOST_ENDPOINTS);
  readonly peers = new LiveTable<WebPeer>(this.versions, MOST_ENDPOINTS);
  readonly termini = new LiveTable<WebTerminus>(this.versions, 2 * MOST_ENDPOINTS);
  readonly sensors = new LiveTable<WebSensor>(this.versions, MOST_SENSORS);
  readonly nodes = new LiveTable<WebNode>(this.versions, MOST_NODES);
  readonly updates = new LiveTable<WebUpdate>(this.versions, MOST_UPDATES);
  readonly events = new LiveRing<WebEvent>(EVENTS);
  /** Values so far, for plots. */
  readonly traces = new SensorTraces();

  table(name: WebTableName): LiveTable<unknown> {
    return this[name] as LiveTable<unknown>;
  }

  event(event: Omit<WebEvent, 'n'>): void {
    this.events.push({ n: this.events.next, ...event, text: event.text.slice(0, 1000) });
  }
}
