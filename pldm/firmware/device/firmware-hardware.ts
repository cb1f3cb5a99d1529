/** What a firmware device is made of, below the protocol: identity, storage, and the hooks that do the real work. */

import type { RequestFields, ResponseInput } from '../../../stack/codec/index.js';
import type { DescriptorInput } from '../device-descriptors.js';
import type {
  GetDownstreamFirmwareParameters,
  GetFirmwareParameters,
  QueryDownstreamDevices,
} from '../inventory-commands.js';
import type { PassComponentTable, UpdateComponent } from '../update-commands.js';

/** What GetFirmwareParameters answers. */
export type FirmwareParametersInput = Omit<ResponseInput<typeof GetFirmwareParameters>, 'completionCode'>;
export type DownstreamCapabilitiesInput = Omit<ResponseInput<typeof QueryDownstreamDevices>, 'completionCode'>;
export type DownstreamParametersInput = ResponseInput<
  typeof GetDownstreamFirmwareParameters
>['downstreamDevices'][number];

/** A component as the update agent offers it in the table. */
export type OfferedComponent = Omit<RequestFields<typeof PassComponentTable>, 'transferFlag'>;
/** And as it is about to be sent. */
export type ComponentToUpdate = RequestFields<typeof UpdateComponent>;

/** What the hooks of one component may do besides their work. */
export interface WorkContext {
  /** Aborted when the update is cancelled or the device leaves update mode. */
  readonly signal: AbortSignal;
  /** 0..100, shown by GetStatus. */
  progress(percent: number): void;
  /** The metadata that the update agent took at the start of the update, back again (GetMetaData). */
  metaData(): Promise<Uint8Array>;
}

export interface ApplyOutcome {
  /** applyResult of DSP0267 table 33: 0 success, 1 success with other activation methods. */
  readonly result: number;
  /** compActivationMethods bits, with result 1. */
  readonly activationMethods?: number;
}

/** Where one component image goes. Bytes come in order, each once; `verify` and `apply` follow when all are there. */
export interface ComponentSink {
  /** @throws when it cannot be stored: the transfer then ends with a generic error */
  write(offset: number, data: Uint8Array): void | Promise<void>;
  /** verifyResult of DSP0267 table 32: 0 success. */
  verify(context: WorkContext): number | Promise<number>;
  apply(context: WorkContext): ApplyOutcome | Promise<ApplyOutcome>;
  /** The component is given up: by a cancel, a failure, a timeout. Not after a successful apply. */
  abort(): void;
  /** True while it must not be disturbed: a cancel is answered with BUSY_IN_BACKGROUND. */
  busy?(): boolean;
}

export interface SinkOffer {
  /** Undefined: `responseCode` says why not. */
  readonly sink: ComponentSink | undefined;
  /** componentCompatibilityResponseCode; 0 with a sink. */
  readonly responseCode: number;
  /** Seconds until the first request for data, an erase for instance; default 0. */
  readonly estimatedSeconds?: number;
  /** Resolves when data may come; default at once. */
  readonly ready?: Promise<void>;
}

export interface Activation {
  /** 0, 0x8b ACTIVATION_NOT_REQUIRED, 0x8c SELF_CONTAINED_ACTIVATION_NOT_PERMITTED, 0x85 INCOMPLETE_UPDATE. */
  readonly completionCode: number;
  readonly estimatedSeconds?: number;
  /** The end of the activation; undefined: it is done already. False: it failed. */
  readonly done?: Promise<boolean>;
}

/** A device below this one, updated through it. */
export interface DownstreamHardware {
  readonly downstreamDeviceIndex: number;
  readonly descriptors: readonly DescriptorInput[];
  parameters(): DownstreamParametersInput;
}

/** A user's own device. Everything optional has a sensible absence. */
export interface FirmwareHardware {
  /** The first one is the vendor's identity. */
  readonly descriptors: readonly DescriptorInput[];
  parameters(): FirmwareParametersInput;
  /** May an update begin? Default 0; 0x8a UNABLE_TO_INITIATE_UPDATE, 0x8e RETRY_REQUEST_UPDATE. */
  readiness?(): number;
  /** An update has begun, to this version of the image set. */
  started?(setVersion: { readonly type: number; readonly text: string }): void;
  /** componentResponseCode for an entry of the table: 0 can be updated. Default: components of `parameters` can. */
  consider?(component: OfferedComponent): number;
  /** The component is about to come. */
  begin(component: ComponentToUpdate): SinkOffer;
  activate(selfContained: boolean): Activation;
  /** Kept by the update agent during the update; at most 65535 bytes. Default none. */
  metaData?(): Uint8Array;
  /** Wants the package data of its record; false: it is not understood. Default: not asked for. */
  packageData?(data: Uint8Array): boolean;
  /** Bit n: component n of the table does not work any more. Asked when an update is cancelled. Default none. */
  nonFunctioning?(): bigint;
  readonly downstream?: readonly DownstreamHardware[];
  /** See QueryDownstreamDevices; default bits 0. */
  readonly downstreamCapabilities?: number;
  /** ActivatePendingComponentImageSet, or with a component ActivatePendingComponentImage. Default not permitted. */
  activatePending?(component?: { readonly identifier: number; readonly classification: number }): Activation;
  /** UpdateSecurityRevision: true when it was permitted. Default not. */
  updateSecurityRevision?(component: { readonly identifier: number; readonly classification: number }): boolean;
}
