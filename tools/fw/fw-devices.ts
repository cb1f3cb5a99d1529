/** The firmware devices there are: every endpoint that answers QueryDeviceIdentifiers, or those somebody names. */

import { PldmClient } from '../../pldm/base/pldm-client.js';
import { COMPLETION } from '../../pldm/base/pldm-completion-codes.js';
import { PldmResponder } from '../../pldm/base/pldm-responder.js';
import { type FirmwareInventory, readInventory } from '../../pldm/firmware/agent/read-inventory.js';
import { UpdateAgent } from '../../pldm/firmware/agent/update-agent.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { onAbort } from '../../stack/util/abort.js';
import { endpointTarget, noEndpoint, resolveAddress, type Target, targetInPlace, withoutRepeats } from '../address.js';
import { addressedSession } from '../addressed-session.js';
import { refusal } from '../command-error.js';
import type { Io } from '../io.js';
import type { Session } from '../session.js';
import type { World } from '../world.js';
import { deviceJournalPlace } from './device-updates.js';

export interface FirmwareOptions {
  readonly link: readonly string[];
  readonly ownEid: number;
  /** Give EIDs to what has none. */
  readonly assign: boolean;
  /** A device without an EID is refused: it has to ask us for its image. Default false. */
  readonly needsEids?: boolean;
  readonly capture: string | undefined;
  readonly config: string | undefined;
  readonly timeout: number | undefined;
}

export interface FirmwarePeer {
  /** "EID 9 (bench:smbus0/0x1d)" */
  readonly name: string;
  readonly terminus: Terminus;
  readonly inventory: FirmwareInventory;
  /** The same from run to run, whatever EID it has got: "serial:/dev/ttyUSB0", "i2c:1/0x1d", or its UUID. */
  readonly place: string;
  /** It does not answer any more: find it and give it an EID. Undefined: it was not found. */
  look(): Promise<Terminus | undefined>;
}

export interface FirmwareSession {
  readonly session: Session;
  readonly agent: UpdateAgent;
  readonly targets: readonly Target[];
  terminus(target: Target): Terminus;
  /** Answer devices that ask us back. */
  serve(): void;
  /** What they have; those without firmware update are left out unless they were named. */
  inventories(): Promise<FirmwarePeer[]>;
}

/**
 * Ctrl-C ends the looking at once. `work` gets to hear it by its own signal, and the links stay open until it is done:
 * an update has to be cancelled over them.
 */
export async function withFirmware(
  addresses: readonly string[],
  options: FirmwareOptions,
  world: World,
  work: (firmware: FirmwareSession, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { io, signal } = world;
  const life = new AbortController();
  let working = false;
  const stopListening = onAbort(signal, () => {
    if (!working) life.abort();
  });
  const opened = await addressedSession(addresses, options, { ...world, signal: life.signal });
  const { session, addresses: parsed } = opened;
  const { clock } = session;
  const client = new PldmClient({
    transport: session.transport,
    clock,
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
  });
  const responder = new PldmResponder({ transport: session.transport, clock });
  try {
    io.progress('looking for devices ...');
    const named: Target[] = [];
    for (const address of parsed)
      named.push(await withEid(session, await resolveAddress(session, address), options.needsEids, address.called));
    const targets = parsed.length === 0 ? await termini(session) : withoutRepeats(session, named);
    const agent = new UpdateAgent({ handlers: responder.handlers });
    const terminus = (target: Target): Terminus => new Terminus(client, target.to);
    const inventories = async (): Promise<FirmwarePeer[]> => {
      const peers: FirmwarePeer[] = [];
      for (const target of targets) {
        io.progress(`asking ${target.name} ...`);
        const inventory = await inventoryOf(terminus(target), target.name, parsed.length > 0, io);
        if (inventory === undefined) continue;
        const { place, look } = whereabouts(target, session, client);
        peers.push({ name: target.name, terminus: terminus(target), inventory, place, look });
      }
      io.progress('');
      if (peers.length === 0) throw refusal('no device here has firmware to update by PLDM');
      return peers;
    };
    working = true;
    if (signal.aborted) throw refusal('interrupted');
    return await work({ session, agent, targets, terminus, serve: () => responder.start(), inventories }, signal);
  } finally {
    stopListening?.();
    client.close();
    responder.close();
    await session.close();
  }
}

/** A device asks its update agent for the image: it can do that only when it has an EID. */
async function withEid(session: Session, target: Target, needed = false, called?: string): Promise<Target> {
  const found = await targetInPlace(session, target, called);
  if (found === undefined && needed && target.to.physicalAddress !== undefined) throw noEndpoint(session);
  return found ?? target;
}

function whereabouts(target: Target, session: Session, client: PldmClient): Pick<FirmwarePeer, 'place' | 'look'> {
  const { to, endpoint } = target;
  const link = endpoint?.link ?? to.link;
  const physicalAddress = endpoint === undefined ? to.physicalAddress : endpoint.physicalAddress;
  const uuid = endpoint?.uuid;
  const place = deviceJournalPlace({ link, physicalAddress, uuid, eid: to.eid });
  const look = async (): Promise<Terminus | undefined> => {
    // Reached by its place, it needs no EID.
    if (to.eid === 0) return undefined;
    const addresses = physicalAddress === undefined || physicalAddress === '' ? undefined : [physicalAddress];
    const endpoints = await session.discover(addresses).catch(() => []);
    const found = endpoints.find((each) =>
      uuid !== undefined ? each.uuid === uuid : each.link === link && each.physicalAddress === physicalAddress,
    );
    return found && new Terminus(client, { eid: found.eid, network: found.network });
  };
  return { place, look };
}

async function termini(session: Session): Promise<Target[]> {
  const endpoints = await session.discover();
  if (endpoints.length === 0) throw noEndpoint(session);
  return session.ways
    .once(endpoints)
    .filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.pldm))
    .map((endpoint) => endpointTarget(session.names, endpoint));
}

/** The terminus has no firmware update. */
const LACKS_IT: readonly number[] = [COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD, COMPLETION.ERROR_INVALID_PLDM_TYPE];

/** Undefined: it has no firmware update, or does not get it right; which is only said, unless it was named. */
async function inventoryOf(terminus: Terminus, name: string, named: boolean, io: Io) {
  try {
    return await readInventory(terminus);
  } catch (error) {
    const unsupported = error instanceof CompletionCodeError && LACKS_IT.includes(error.completionCode);
    if (named) {
      if (unsupported) throw refusal(`${name} has no firmware update over PLDM`, error);
      throw MctpError.is(error) ? refusal(`${name}: ${error.message}`, error) : error;
    }
    if (MctpError.is(error, 'ECANCELED') || !MctpError.is(error)) throw error;
    if (!unsupported) io.note(`${name}: ${error.message}`);
    return undefined;
  }
}
