/** The sensors that `top` shows: all termini and drives, one after the other, politely. It alone loads their protocols. */

import { GetTID } from '../../pldm/base/base-commands.js';
import { PldmClient } from '../../pldm/base/pldm-client.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { Resolver } from '../../stack/names/index.js';
import { NvmeMiClient } from '../../stack/nvme-mi/index.js';
import type { Transport } from '../../stack/transport.js';
import { endpointTarget, type Target } from '../address.js';
import { DriveSensors } from '../nvme/drive-sensors.js';
import { readSensors, type SensorPeer } from '../pldm/readings.js';
import { untilStopped } from '../wait.js';
import type { SensorBoard, WhichTerminus } from './sensor-board.js';

/** From the end of one reading of a terminus to the next. */
const REST_MS = 2000;
/** How often we look whether there is anything to read. */
const IDLE_MS = 200;
/** One question, once, before all the others: somebody silent does not hold up the rest. */
const PROBE = { timeoutMs: 500, retries: 0 } as const;
const CALL = { timeoutMs: 1000, retries: 1 } as const;

/** Where the termini are. */
export interface TerminiSurroundings {
  readonly host: Transport;
  readonly clock: Clock;
  readonly names: Resolver;
  endpoints(): readonly EndpointInfo[];
}

/** Until the signal; reads while the board is shown. `changed` is called when there is something new. */
export async function watchTermini(
  { host, clock, names, endpoints: all }: TerminiSurroundings,
  board: SensorBoard,
  signal: AbortSignal,
  changed: () => void,
): Promise<void> {
  const client = new PldmClient({ transport: host, clock });
  const nvme = new NvmeMiClient({ transport: host, clock });
  const peers = new Map<string, SensorPeer>();
  const drives = new Map<string, DriveSensors>();
  const dueAt = new Map<string, number>();
  try {
    while (!signal.aborted) {
      const endpoints = board.shown ? speakersOf(all(), MESSAGE_TYPE.pldm) : [];
      const nvmeEndpoints = board.shown ? speakersOf(all(), MESSAGE_TYPE.nvmeMi) : [];
      if (board.shown) board.keepOnly([...endpoints.map(keyOf), ...nvmeEndpoints.map(driveKeyOf)]);
      for (const endpoint of endpoints) {
        if (signal.aborted || !board.shown) break;
        const key = keyOf(endpoint);
        if ((dueAt.get(key) ?? 0) > clock.now()) continue;
        let peer = peers.get(key);
        if (peer === undefined) {
          peer = newPeer(client, endpointTarget(names, endpoint), signal);
          peers.set(key, peer);
        }
        await readOne(peer, key, board, changed);
        dueAt.set(key, clock.now() + REST_MS);
        changed();
      }
      for (const endpoint of nvmeEndpoints) {
        if (signal.aborted || !board.shown) break;
        const key = driveKeyOf(endpoint);
        if ((dueAt.get(key) ?? 0) > clock.now()) continue;
        let drive = drives.get(key);
        if (drive === undefined) {
          drive = new DriveSensors(nvme, endpointTarget(names, endpoint), { signal, ...CALL });
          drives.set(key, drive);
        }
        await readDriveOnce(drive, key, endpoint, board);
        dueAt.set(key, clock.now() + REST_MS);
        changed();
      }
      await untilStopped(clock, signal, IDLE_MS);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    client.close();
    nvme.close();
  }
}

function speakersOf(endpoints: readonly EndpointInfo[], type: number): EndpointInfo[] {
  return endpoints.filter(({ messageTypes }) => messageTypes.includes(type));
}

/** One endpoint may be a terminus and a drive. */
function driveKeyOf(endpoint: EndpointInfo): string {
  return `${keyOf(endpoint)}:nvme`;
}

/** Another device with the EID of one that is gone has other PDRs. */
function keyOf({ network, eid, uuid }: EndpointInfo): string {
  return `${network}:${eid}:${uuid ?? ''}`;
}

function newPeer(client: PldmClient, target: Target, signal: AbortSignal): SensorPeer {
  const terminus = new Terminus(client, target.to, { signal, ...CALL });
  return { target, terminus, repository: new PdrRepository(terminus), error: undefined };
}

async function readDriveOnce(
  drive: DriveSensors,
  key: string,
  { network, eid }: EndpointInfo,
  board: SensorBoard,
): Promise<void> {
  const which = (): WhichTerminus => ({
    key,
    network,
    eid,
    target: drive.target.name,
    thing: drive.thing,
    isDrive: true,
  });
  try {
    board.readings(which(), await drive.read());
  } catch (error) {
    if (MctpError.is(error, 'ECANCELED')) throw error;
    if (!(error instanceof CompletionCodeError) && !MctpError.is(error)) throw error;
    board.failed(which(), error.message);
  }
}

async function readOne(peer: SensorPeer, key: string, board: SensorBoard, changed: () => void): Promise<void> {
  const { terminus, repository, target } = peer;
  const { network, eid } = target.endpoint!;
  const which = (): WhichTerminus => {
    return { key, network, eid, target: target.name, thing: repository.view.entities[0]?.name ?? '' };
  };
  try {
    if (repository.info === undefined) board.reading(which());
    changed();
    await terminus.call(GetTID, {}, PROBE);
    // Only what has moved is read anew.
    await repository.refresh();
    board.readings(which(), await readSensors(peer));
  } catch (error) {
    if (MctpError.is(error, 'ECANCELED')) throw error;
    if (!(error instanceof CompletionCodeError) && !MctpError.is(error)) throw error;
    board.failed(which(), error.message);
  }
}
