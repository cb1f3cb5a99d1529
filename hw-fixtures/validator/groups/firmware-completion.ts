/**
 * Checks of how an update goes on: requests which are repeated, what the device says at the end of DOWNLOAD, VERIFY and
 * APPLY, and activation (DSP0267 §8, §9, §12).
 */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { FD_STATE, FWUP_CODES, REASON_CODE } from '../../../pldm/firmware/firmware-enums.js';
import {
  ActivateFirmware,
  ApplyComplete,
  GetStatus,
  RequestFirmwareData,
  RequestUpdate,
  TransferComplete,
  UpdateComponent,
  VerifyComplete,
} from '../../../pldm/firmware/update-commands.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { cancelled, componentCancelled, ownUpdate, refused, STATES, update } from './firmware-state-steps.js';
import {
  download,
  ended,
  inState,
  MOST_TRANSFER,
  onlyCode,
  parameters,
  requestUpdateBody,
  status,
  transferred,
  verified,
} from './firmware-steps.js';
import { DATA_AT, OK, pldm, pldmMandatory, pldmSuccess } from './pldm-steps.js';

const { ALREADY_IN_UPDATE_MODE, INVALID_STATE_FOR_COMMAND, INCOMPLETE_UPDATE, ACTIVATION_NOT_REQUIRED } = FWUP_CODES;
const { readyXfer, verify, apply } = FD_STATE;
/** FD_T2, and a little for the way and the timers of others. */
const RETRY = { firstMs: 1000 - 50, lastMs: 5000 + 500 };
/** UA_T3: an update agent gives up a state without progress. */
const NO_PROGRESS_MS = 180_000;
const ACTIVATION_MS = 100_000;
const applies = { needs: 'apply', level: 'mandatory' } as const;

/** The body of ActivateFirmware, where nothing waits for being activated. @throws Finding */
const withoutPending = async (probe: Probe): Promise<readonly number[]> => {
  const { pending, components } = await parameters(probe);
  const waits = pending.type !== 0 || components.some((component) => component.pending.type !== 0);
  return waits ? notApplicable('an image of an earlier update waits for being activated') : [0];
};

/** Packets of the device which are a request of firmware update with this code: small requests are one packet. */
const isAsking = (packet: Uint8Array, { code }: { readonly code: number }): boolean =>
  packet[4] === 1 && (packet[5]! & 0x80) !== 0 && packet[6] === 5 && packet[7] === code;

const neverSays = (command: { readonly code: number }): Behaviour => ({
  name: 'does not say how a state ended',
  packetOut: (packet) => !isAsking(packet, command),
});

export const FIRMWARE_COMPLETION_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-FWUP-051',
    clause: 'DSP0267 §8, FD_T2',
    ...update,
    title: 'It repeats a request for data which is not answered, after 1 to 5 s',
    why: 'one lost packet would end the update',
    failure: 'the same part is asked for again too early, too late, or never',
    mend: 'start FD_T2 with every request, and repeat the request when it ends',
    mutant: () => {
      let last = -1;
      return {
        name: 'asks for every part once',
        packetOut: (packet) => {
          if (!isAsking(packet, RequestFirmwareData)) return true;
          const offset = packet[8]! | (packet[9]! << 8);
          const isRepeated = offset === last;
          last = offset;
          return !isRepeated;
        },
      };
    },
    run: async (probe) => {
      const { requests } = await download(probe, { answers: 0 });
      const [first] = requests;
      if (first === undefined) return notApplicable('nothing is asked for');
      await probe.wait(RETRY.lastMs);
      const again = requests[1];
      must(
        again !== undefined,
        `the request for ${first.length} bytes was not answered, and is not repeated within 5 s`,
      );
      const ms = again.at - first.at;
      must(ms >= RETRY.firstMs && ms <= RETRY.lastMs, `it is repeated after ${Math.round(ms)} ms`);
      const isSame = again.offset === first.offset && again.length === first.length;
      must(isSame, `${first.length} bytes at ${first.offset} were not given, and ${again.offset} is asked for next`);
    },
  },
  {
    id: 'PLDM-FWUP-052',
    clause: 'DSP0267 §12, TransferComplete',
    ...update,
    title: 'It says when it has the image',
    why: 'an update agent waits for it, and then for nothing else',
    failure: 'every part was given, and TransferComplete does not come',
    mend: 'send TransferComplete behind the last part',
    mutant: () => neverSays(TransferComplete),
    run: async (probe) => {
      const served = await download(probe);
      if (served.requests.length === 0) return notApplicable('nothing is asked for');
      const result = await ended(probe, served, TransferComplete);
      const isFair = served.requests.every(({ length }) => length <= MOST_TRANSFER);
      if (!isFair) return notApplicable('it asks for more at once than it is given');
      must(result !== undefined, 'TransferComplete does not come within 30 s');
    },
  },
  {
    id: 'PLDM-FWUP-053',
    clause: 'DSP0267 §12, VerifyComplete',
    ...update,
    budgetMs: 2 * NO_PROGRESS_MS,
    title: 'It says how it verified the image',
    why: 'an update agent waits for it, and gives the update up when nothing comes',
    failure: 'VerifyComplete does not come, good or bad, within UA_T3',
    mend: 'send VerifyComplete when verifying ends, with what was found',
    mutant: () => neverSays(VerifyComplete),
    run: async (probe) => {
      const served = await transferred(probe);
      const result = await ended(probe, served, VerifyComplete, NO_PROGRESS_MS);
      must(result !== undefined, `VerifyComplete does not come within ${NO_PROGRESS_MS / 1000} s`);
    },
  },
  {
    id: 'PLDM-FWUP-054',
    clause: 'DSP0267 §12, GetStatus',
    ...update,
    title: 'It says that it is in VERIFY when it is',
    why: 'update agents find out by it where an update stands after an answer was lost',
    failure:
      'TransferComplete was answered, VerifyComplete has not come, and GetStatus names another state than VERIFY',
    mend: 'change the state with the answer to TransferComplete',
    mutant: () => inState(verify, GetStatus.code, (payload) => payload.with(DATA_AT, FD_STATE.download)),
    run: async (probe) => {
      const { results } = await transferred(probe);
      await probe.wait(200);
      const { state } = await status(probe);
      if (results.has(VerifyComplete.code)) return notApplicable('the device verifies faster than it can be asked');
      must(state === verify, `GetStatus says ${STATES[state] ?? state}`);
    },
  },
  refused({ id: 'PLDM-FWUP-055', state: verify, command: RequestUpdate }, () => requestUpdateBody(), [
    ALREADY_IN_UPDATE_MODE,
  ]),
  refused({ id: 'PLDM-FWUP-056', state: verify, command: UpdateComponent }, ownUpdate, [INVALID_STATE_FOR_COMMAND]),
  refused({ id: 'PLDM-FWUP-057', state: verify, command: ActivateFirmware }, () => [0], [INVALID_STATE_FOR_COMMAND]),
  refused({ id: 'PLDM-FWUP-058', state: readyXfer, command: ActivateFirmware }, withoutPending, [
    INCOMPLETE_UPDATE,
    ACTIVATION_NOT_REQUIRED,
  ]),
  {
    id: 'PLDM-FWUP-059',
    clause: 'DSP0267 §12, ApplyComplete',
    ...applies,
    budgetMs: 2 * NO_PROGRESS_MS,
    title: 'It says how it applied the image',
    why: 'an update agent waits for it, and gives the update up when nothing comes',
    failure: 'a good VerifyComplete was answered, and ApplyComplete does not come, good or bad, within UA_T3',
    mend: 'send ApplyComplete when applying ends, with what came of it',
    mutant: () => neverSays(ApplyComplete),
    run: async (probe) => {
      const served = await verified(probe);
      const result = await ended(probe, served, ApplyComplete, NO_PROGRESS_MS);
      must(result !== undefined, `ApplyComplete does not come within ${NO_PROGRESS_MS / 1000} s`);
    },
  },
  {
    id: 'PLDM-FWUP-060',
    clause: 'DSP0267 §12, GetStatus',
    ...applies,
    title: 'It says that it is in APPLY when it is',
    why: 'update agents find out by it where an update stands after an answer was lost',
    failure: 'VerifyComplete was answered, ApplyComplete has not come, and GetStatus names another state than APPLY',
    mend: 'change the state with the answer to VerifyComplete',
    mutant: () => inState(apply, GetStatus.code, (payload) => payload.with(DATA_AT, verify)),
    run: async (probe) => {
      const { results } = await verified(probe);
      const { state } = await status(probe);
      if (results.has(ApplyComplete.code)) return notApplicable('the device applies faster than it can be asked');
      must(state === apply, `GetStatus says ${STATES[state] ?? state}`);
    },
  },
  refused({ id: 'PLDM-FWUP-061', state: apply, command: RequestUpdate }, () => requestUpdateBody(), [
    ALREADY_IN_UPDATE_MODE,
  ]),
  refused({ id: 'PLDM-FWUP-062', state: apply, command: UpdateComponent }, ownUpdate, [INVALID_STATE_FOR_COMMAND]),
  refused({ id: 'PLDM-FWUP-063', state: apply, command: ActivateFirmware }, () => [0], [INVALID_STATE_FOR_COMMAND]),
  componentCancelled('PLDM-FWUP-064', apply),
  cancelled('PLDM-FWUP-065', apply),
  {
    id: 'PLDM-FWUP-066',
    clause: 'DSP0267 §9',
    ...applies,
    title: 'An image that is applied leads to READY XFER',
    why: 'the next component is transferred, or what is there is activated',
    failure: 'ApplyComplete was answered, and GetStatus goes on with APPLY',
    mend: 'change the state with the answer to ApplyComplete',
    mutant: () => {
      let isApplied = false;
      return {
        ...pldmSuccess(GetStatus, (payload) =>
          isApplied && payload[DATA_AT] === readyXfer ? payload.with(DATA_AT, apply) : payload,
        ),
        packetOut: (packet) => {
          if (isAsking(packet, ApplyComplete)) isApplied = true;
          return true;
        },
        request: ({ payload }) => {
          // The next update begins in the right state.
          if (payload[1] === 5 && payload[2] === RequestUpdate.code) isApplied = false;
          return true;
        },
      };
    },
    run: async (probe) => {
      const served = await verified(probe, 'apply');
      if ((await ended(probe, served, ApplyComplete)) !== 0)
        return notApplicable('the device does not apply the image');
      await probe.wait(200);
      const { state } = await status(probe);
      must(state !== apply, 'GetStatus still says APPLY');
    },
  },
  {
    id: 'PLDM-FWUP-067',
    clause: 'DSP0267 §12, ActivateFirmware',
    ...applies,
    title: 'What is applied can be activated, and ends the update',
    why: 'an image that cannot be activated was transferred in vain',
    failure: 'ActivateFirmware is refused, or the device does not go to IDLE with reasonCode 1',
    mend: 'answer with success, activate, and go to IDLE',
    mutant: () =>
      inState(readyXfer, ActivateFirmware.code, (payload) =>
        payload[3] === OK ? onlyCode(COMPLETION.ERROR)(payload) : payload,
      ),
    run: async (probe) => {
      const served = await verified(probe, 'apply');
      if ((await ended(probe, served, ApplyComplete)) !== 0)
        return notApplicable('the device does not apply the image');
      await probe.wait(200);
      if ((await status(probe)).state !== readyXfer) return notApplicable('the device is not in READY XFER');
      const { code } = await pldmMandatory(probe, ActivateFirmware, [0]);
      must(code === OK, `ActivateFirmware is answered with ${codeName(code)}`);
      for (let waited = 0; waited < ACTIVATION_MS; waited += 1000) {
        await probe.wait(1000);
        const { code: known, data } = await pldm(probe, GetStatus);
        if (known !== OK || data[0] === FD_STATE.activate) continue;
        must(data[0] === FD_STATE.idle, `after ActivateFirmware, GetStatus says ${STATES[data[0]!] ?? data[0]}`);
        must(data[5] === REASON_CODE.activateFirmware, `it went to IDLE with reasonCode ${data[5]}`);
        return;
      }
      must(false, `it is not in IDLE within ${ACTIVATION_MS / 1000} s`);
    },
  },
];
