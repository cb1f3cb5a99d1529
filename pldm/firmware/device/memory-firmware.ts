/**
 * A firmware device that keeps its images in memory: for tests, for the bench, and to start one's own from. What is
 * applied is pending until it is activated; a reset in between loses what was only transferred.
 */

import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { wait } from '../../../stack/util/async.js';
import type { DescriptorInput } from '../device-descriptors.js';
import { COMPONENT_CLASSIFICATION, FWUP_CODES } from '../firmware-enums.js';
import { typeOf } from '../package/build-package.js';
import type {
  Activation,
  ApplyOutcome,
  ComponentSink,
  ComponentToUpdate,
  DownstreamHardware,
  DownstreamParametersInput,
  FirmwareHardware,
  FirmwareParametersInput,
  OfferedComponent,
  SinkOffer,
  WorkContext,
} from './firmware-hardware.js';

const SELF_CONTAINED = 1 << 1;
const AUTOMATIC = 1 << 0;
const NO_DATE = '0000000000000000';
const DOWNSTREAM = COMPONENT_CLASSIFICATION.downstreamDevice;
/** For an answer to be on the wire; ms. */
const ANSWER_MS = 100;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const CODE = { notSupported: 6, stampLower: 2 } as const;
const DOWNGRADE_NOT_ALLOWED = 1 << 2;

export interface MemoryComponentOptions {
  readonly identifier: number;
  readonly version: string;
  /** Default 0x0a, firmware. */
  readonly classification?: number;
  readonly index?: number;
  /** Default 0. */
  readonly stamp?: number;
  /** compActivationMethods bits; default self-contained. */
  readonly activationMethods?: number;
  /** Component capabilities; default 0. With bit 2 a lower stamp is refused. */
  readonly capabilities?: number;
  /** Longest image; default 16 MiB. */
  readonly maxBytes?: number;
}

export interface MemoryFirmwareOptions {
  readonly clock: Clock;
  readonly descriptors: readonly DescriptorInput[];
  readonly setVersion: string;
  readonly components: readonly MemoryComponentOptions[];
  /** Device capabilities; default 0. */
  readonly capabilities?: number;
  /** How long things take; ms, default 0: no time at all. */
  readonly eraseMs?: number;
  readonly writeMs?: number;
  readonly verifyMs?: number;
  readonly applyMs?: number;
  readonly activateMs?: number;
  /** It activates by a restart, which calls `reset` when it is back after about so many ms. Default: without one. */
  readonly restart?: { readonly ms: number; readonly now: () => void };
  /** verifyResult for an image; default 0, success. */
  readonly check?: (image: Uint8Array, component: ComponentToUpdate) => number;
  readonly applyResult?: (component: ComponentToUpdate) => ApplyOutcome;
  readonly metaData?: Uint8Array;
  readonly packageData?: (data: Uint8Array) => boolean;
  readonly downstream?: readonly DownstreamHardware[];
}

export interface StoredVersion {
  readonly version: string;
  readonly type: number;
  readonly stamp: number;
  /** Undefined: what it came with. */
  readonly image: Uint8Array | undefined;
}

export interface MemoryComponent {
  readonly options: MemoryComponentOptions;
  active: StoredVersion;
  pending: StoredVersion | undefined;
}

export class MemoryFirmware implements FirmwareHardware {
  readonly descriptors: readonly DescriptorInput[];
  readonly components: readonly MemoryComponent[];
  setVersion: string;
  pendingSetVersion: string | undefined;
  /** May be set: see FirmwareHardware. */
  readiness?: () => number;
  readonly downstream?: readonly DownstreamHardware[];
  readonly metaData?: () => Uint8Array;
  readonly packageData?: (data: Uint8Array) => boolean;
  readonly #options: MemoryFirmwareOptions;
  #incomingSet = '';
  #boots = 0;

  constructor(options: MemoryFirmwareOptions) {
    this.#options = options;
    this.descriptors = options.descriptors;
    this.setVersion = options.setVersion;
    this.components = options.components.map((component) => ({
      options: component,
      active: {
        version: component.version,
        type: typeOf(component.version),
        stamp: component.stamp ?? 0,
        image: undefined,
      },
      pending: undefined,
    }));
    if (options.downstream !== undefined) this.downstream = options.downstream;
    const { metaData, packageData } = options;
    if (metaData !== undefined) this.metaData = () => metaData;
    if (packageData !== undefined) this.packageData = packageData;
  }

  parameters(): FirmwareParametersInput {
    const { setVersion, pendingSetVersion } = this;
    // What is below it is told of elsewhere.
    const own = this.components.filter(({ options }) => options.classification !== DOWNSTREAM);
    return {
      capabilitiesDuringUpdate: this.#options.capabilities ?? 0,
      activeCompImageSetVersionStringType: typeOf(setVersion),
      activeCompImageSetVersionString: setVersion,
      pendingCompImageSetVersionStringType: pendingSetVersion === undefined ? 0 : typeOf(pendingSetVersion),
      pendingCompImageSetVersionString: pendingSetVersion ?? '',
      componentParameterTable: own.map((component) => ({
        compClassification: component.options.classification ?? 0x0a,
        compIdentifier: component.options.identifier,
        compClassificationIndex: component.options.index ?? 0,
        ...versionsOf(component),
      })),
    };
  }

  started({ text }: { readonly text: string }): void {
    this.#incomingSet = text;
  }

  consider(component: OfferedComponent): number {
    const own = this.#find(component);
    if (own === undefined) return CODE.notSupported;
    const downgrade = component.componentComparisonStamp < own.active.stamp;
    return downgrade && ((own.options.capabilities ?? 0) & DOWNGRADE_NOT_ALLOWED) !== 0 ? CODE.stampLower : 0;
  }

  begin(component: ComponentToUpdate): SinkOffer {
    const own = this.#find(component);
    if (own === undefined || component.componentImageSize > (own.options.maxBytes ?? DEFAULT_MAX_BYTES)) {
      return { sink: undefined, responseCode: CODE.notSupported };
    }
    const { clock, eraseMs = 0 } = this.#options;
    return {
      sink: new MemorySink(this.#options, component, (image) => {
        own.pending = {
          version: component.componentVersionString,
          type: component.componentVersionStringType,
          stamp: component.componentComparisonStamp,
          image,
        };
        this.pendingSetVersion = this.#incomingSet;
      }),
      responseCode: 0,
      ...(eraseMs > 0 ? { estimatedSeconds: eraseMs / 1000, ready: wait(clock, eraseMs) } : {}),
    };
  }

  activate(selfContained: boolean): Activation {
    const pending = this.components.filter((component) => component.pending !== undefined);
    if (pending.length === 0) return { completionCode: FWUP_CODES.ACTIVATION_NOT_REQUIRED };
    const allow = selfContained ? SELF_CONTAINED | AUTOMATIC : AUTOMATIC;
    const now = pending.filter(({ options }) => (methodsOf(options) & allow) !== 0);
    if (selfContained && now.length === 0) {
      return { completionCode: FWUP_CODES.SELF_CONTAINED_ACTIVATION_NOT_PERMITTED };
    }
    const { clock, activateMs = 0, restart } = this.#options;
    if (selfContained && restart !== undefined) {
      // The answer goes out first.
      clock.schedule(Math.max(activateMs, ANSWER_MS), restart.now);
      const estimatedSeconds = (activateMs + restart.ms) / 1000;
      return { completionCode: 0, estimatedSeconds, done: new Promise(() => undefined) };
    }
    if (now.length === 0 || activateMs === 0) {
      this.#promote(now);
      return { completionCode: 0 };
    }
    const boot = this.#boots;
    const done = wait(clock, activateMs).then(() => {
      if (boot === this.#boots) this.#promote(now);
      return true;
    });
    return { completionCode: 0, estimatedSeconds: activateMs / 1000, done };
  }

  /** Of a device below, which is a component here: classification 0xffff, its index the identifier. @throws MctpError ENOENT */
  downstreamParameters(index: number): DownstreamParametersInput {
    const below = this.components.find(
      ({ options }) => options.classification === DOWNSTREAM && options.identifier === index,
    );
    if (below === undefined) throw new MctpError('ENOENT', `no component is downstream device ${index}`);
    return { downstreamDeviceIndex: index, ...versionsOf(below) };
  }

  /** Reset or power cycle: what is pending and was waiting for that becomes active. */
  reset(): void {
    this.#boots++;
    this.#promote(this.components.filter(({ pending }) => pending !== undefined));
  }

  #promote(components: readonly MemoryComponent[]): void {
    for (const component of components) {
      if (component.pending === undefined) continue;
      component.active = component.pending;
      component.pending = undefined;
    }
    if (components.length === 0 || this.components.some(({ pending }) => pending !== undefined)) return;
    this.setVersion = this.pendingSetVersion ?? this.setVersion;
    this.pendingSetVersion = undefined;
  }

  #find({
    componentClassification,
    componentIdentifier,
    componentClassificationIndex,
  }: Pick<OfferedComponent, 'componentClassification' | 'componentIdentifier' | 'componentClassificationIndex'>):
    | MemoryComponent
    | undefined {
    return this.components.find(
      ({ options }) =>
        (options.classification ?? 0x0a) === componentClassification &&
        options.identifier === componentIdentifier &&
        (options.index ?? 0) === componentClassificationIndex,
    );
  }
}

/** What both tables of parameters tell of a component. */
function versionsOf({ options, active, pending }: MemoryComponent) {
  return {
    activeCompComparisonStamp: active.stamp,
    activeCompVersionStringType: active.type,
    activeCompVersionString: active.version,
    activeCompReleaseDate: NO_DATE,
    pendingCompComparisonStamp: pending?.stamp ?? 0,
    pendingCompVersionStringType: pending?.type ?? 0,
    pendingCompVersionString: pending?.version ?? '',
    pendingCompReleaseDate: NO_DATE,
    compActivationMethods: methodsOf(options),
    capabilitiesDuringUpdate: options.capabilities ?? 0,
  };
}

function methodsOf({ activationMethods = SELF_CONTAINED }: MemoryComponentOptions): number {
  return activationMethods;
}

class MemorySink implements ComponentSink {
  readonly #image: Uint8Array;
  #filled = 0;

  constructor(
    private readonly options: MemoryFirmwareOptions,
    private readonly component: ComponentToUpdate,
    private readonly store: (image: Uint8Array) => void,
  ) {
    this.#image = new Uint8Array(component.componentImageSize);
  }

  write(offset: number, data: Uint8Array): void | Promise<void> {
    if (offset !== this.#filled) throw new Error(`bytes from ${offset} where ${this.#filled} were due`);
    this.#image.set(data, offset);
    this.#filled += data.length;
    const { clock, writeMs = 0 } = this.options;
    return writeMs > 0 ? wait(clock, writeMs) : undefined;
  }

  verify({ signal }: WorkContext): number | Promise<number> {
    const { clock, verifyMs = 0, check } = this.options;
    const verdict = (): number => {
      if (this.#filled !== this.#image.length) return 4;
      return check?.(this.#image, this.component) ?? 0;
    };
    return verifyMs > 0 ? wait(clock, verifyMs, signal).then(verdict) : verdict();
  }

  apply({ signal }: WorkContext): ApplyOutcome | Promise<ApplyOutcome> {
    const { clock, applyMs = 0, applyResult } = this.options;
    const outcome = (): ApplyOutcome => {
      const result = applyResult?.(this.component) ?? { result: 0 };
      if (result.result <= 1) this.store(this.#image);
      return result;
    };
    return applyMs > 0 ? wait(clock, applyMs, signal).then(outcome) : outcome();
  }

  abort(): void {
    this.#filled = -1;
  }
}
