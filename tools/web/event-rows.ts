/** What happens to links, endpoints and served networks, as a row for people. Pure. */

import type { NetworkEvent } from '../../bindings/shared/server/served-network.js';
import type { Resolver } from '../../stack/names/index.js';
import { endpointName } from '../address.js';
import type { NodeEvent } from '../config/running-node.js';
import { levelOf } from '../serve/log.js';
import { nodeEventWords } from '../tell-node.js';
import { endpointEventDetail } from '../watch-endpoints.js';
import type { WebEvent, WebLevel } from './web-documents.js';

type Row = Omit<WebEvent, 'n'>;

const ENDPOINT_LEVELS: Readonly<Record<string, WebLevel>> = {
  appeared: 'good',
  recovered: 'good',
  changed: 'info',
  degraded: 'warning',
  vanished: 'error',
  conflict: 'warning',
};

const NODE_LEVELS: Readonly<Record<string, WebLevel>> = { linkUp: 'good', linkDown: 'error', problem: 'warning' };

/** `time`: ms since 1970. */
export function nodeEventRow(event: NodeEvent, time: number, names: Resolver): Row {
  if (event.kind !== 'endpoint') {
    const about = 'link' in event ? event.link : '';
    const level = NODE_LEVELS[event.kind] ?? 'info';
    const text = event.kind === 'problem' ? event.what : nodeEventWords(event).replace(/ +/g, ' ');
    return { time, kind: event.kind, level, network: null, eid: null, about, text };
  }
  const { happened } = event;
  const { type } = happened;
  const level = ENDPOINT_LEVELS[type] ?? 'info';
  if (happened.type === 'conflict') {
    return { time, kind: type, level, network: null, eid: null, about: happened.place, text: happened.what };
  }
  const { network, eid } = happened.endpoint;
  const about = endpointName(names, happened.endpoint);
  return { time, kind: type, level, network, eid, about, text: endpointEventDetail(happened) };
}

/** Undefined: of those there are too many, or links and endpoints tell them already. */
export function networkEventRow(served: string, { event, time, ...details }: NetworkEvent): Row | undefined {
  if (event === 'trace' || /^(link|endpoint)/.test(event)) return undefined;
  const level = levelOf(event);
  const about = `network ${served}`;
  const text = Object.entries(details)
    .filter(([, value]) => value !== undefined && value !== '' && typeof value !== 'object')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
  return { time, kind: event, level: level === 'debug' ? 'info' : level, network: null, eid: null, about, text };
}
