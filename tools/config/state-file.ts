/**
 * The EIDs devices had, from one run to the next: a small JSON file, written whole or not at all. Each network has its
 * own; those of the first are at the top, as long as there is no other.
 */

import { fileProblem, readOwnTextIfThere } from '../../bindings/read-own-file.js';
import { type BusOwnerState, busOwnerState } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK, networkId } from '../../stack/ids.js';
import { writeWholeFile } from '../read-file.js';

export class StateFile {
  readonly #states = new Map<number, BusOwnerState>();

  /** Nothing remembered when there is no such file yet. @throws MctpError EUSAGE when it is there and cannot be used */
  constructor(readonly file: string) {
    const text = readOwnTextIfThere(file, `state file ${file}`);
    if (text === undefined) return;
    try {
      const document: unknown = JSON.parse(text);
      this.#states.set(DEFAULT_NETWORK, busOwnerState(document));
      for (const [network, state] of Object.entries(networksOf(document))) {
        this.#states.set(networkId(Number(network)), busOwnerState(state));
      }
    } catch (cause) {
      throw unusable(file, cause);
    }
  }

  of(network: number): BusOwnerState {
    return this.#states.get(network) ?? { eids: {} };
  }

  /** @throws MctpError EUSAGE when it cannot be written */
  write(network: number, state: BusOwnerState): void {
    this.#states.set(network, state);
    const others = [...this.#states].filter(([id]) => id !== DEFAULT_NETWORK);
    const document = {
      ...this.of(DEFAULT_NETWORK),
      ...(others.length > 0 && { networks: Object.fromEntries(others) }),
    };
    try {
      writeWholeFile(this.file, `${JSON.stringify(document, null, 2)}\n`);
    } catch (cause) {
      throw unusable(this.file, cause);
    }
  }
}

function networksOf(document: unknown): Readonly<Record<string, unknown>> {
  const networks = (document as { readonly networks?: unknown }).networks ?? {};
  if (typeof networks === 'object' && !Array.isArray(networks)) return networks as Readonly<Record<string, unknown>>;
  throw new MctpError('EINVAL', '"networks" is not an object');
}

function unusable(file: string, cause: unknown): MctpError {
  return new MctpError('EUSAGE', `state file ${file}: ${fileProblem(cause)}`, { cause });
}
