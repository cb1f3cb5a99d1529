/** Kinds of checks of the state machine of an update (DSP0267 §9): how a state is reached, and what holds in it. */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { FD_STATE, FWUP_CODES } from '../../../pldm/firmware/firmware-enums.js';
import { CancelUpdate, CancelUpdateComponent } from '../../../pldm/firmware/update-commands.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  applying,
  download,
  inState,
  learn,
  onlyCode,
  parameters,
  ready,
  STRANGER,
  saysState,
  status,
  tableBody,
  updateBody,
  verifying,
} from './firmware-steps.js';
import { CODE_AT, OK, type PldmCommandId, pldm, pldmMandatory, speaksType } from './pldm-steps.js';

const CANCELLED = 2;
/** What a check needs which begins an update; from APPLY on, the device takes an image that nobody made. */
export const update = { needs: 'update', level: 'mandatory' } as const;
const needsOf = (state: number) =>
  state >= FD_STATE.apply ? ({ needs: 'apply', level: 'mandatory' } as const) : update;
export const STATES = ['IDLE', 'LEARN COMPONENTS', 'READY XFER', 'DOWNLOAD', 'VERIFY', 'APPLY', 'ACTIVATE'] as const;

/** How a state is reached. */
export const REACH: Readonly<Record<number, (probe: Probe) => Promise<unknown>>> = {
  [FD_STATE.idle]: async (probe) => {
    if ((await status(probe)).state !== FD_STATE.idle) notApplicable('an update is under way, which is not ours');
  },
  [FD_STATE.learnComponents]: learn,
  [FD_STATE.readyXfer]: ready,
  [FD_STATE.download]: (probe) => download(probe, { answers: 1 }),
  [FD_STATE.verify]: verifying,
  [FD_STATE.apply]: applying,
};

interface InState {
  readonly id: string;
  readonly state: number;
  readonly command: PldmCommandId & { readonly name: string };
}

/** A command is refused in a state. */
export const refused = (
  { id, state, command }: InState,
  body: (probe: Probe) => readonly number[] | Promise<readonly number[]>,
  codes: readonly number[],
): CheckDeclaration => ({
  id,
  clause: 'DSP0267 §9',
  ...needsOf(state),
  title: `It refuses ${command.name} in ${STATES[state]}`,
  why: 'an update that goes on in the wrong order ends in a wrong image',
  failure: `${command.name} in ${STATES[state]} is taken, or answered with another error than ${codes.map(codeName).join(' or ')}`,
  mend: 'compare the state before anything is done',
  mutant: () =>
    inState(state, command.code, (payload) =>
      payload[CODE_AT] === OK ? payload : onlyCode(COMPLETION.ERROR)(payload),
    ),
  run: async (probe) => {
    await speaksType(probe, 5);
    const bytes = await body(probe);
    await REACH[state]!(probe);
    if (state === FD_STATE.idle) {
      // Should the device take it.
      probe.restore(async () => {
        await pldm(probe, CancelUpdate);
      });
    }
    const { code } = await pldmMandatory(probe, command, [...bytes]);
    const isRight = codes.includes(code!);
    must(
      isRight,
      `${command.name} in ${STATES[state]} is answered with ${codeName(code)}, not with ${codes.map(codeName).join(' or ')}`,
    );
  },
});

/** GetStatus says which state it is. */
export const shown = (id: string, state: number, leading: PldmCommandId): CheckDeclaration => ({
  id,
  clause: 'DSP0267 §12, GetStatus',
  ...needsOf(state),
  title: `It says that it is in ${STATES[state]} when it is`,
  why: 'update agents find out by it where an update stands after an answer was lost',
  failure: `GetStatus names another state than ${STATES[state]}`,
  mend: 'change the state with the answer of the command that leads to it',
  mutant: () => saysState(state, leading.code, FD_STATE.activate),
  run: async (probe) => {
    await REACH[state]!(probe);
    const now = (await status(probe)).state;
    must(now === state, `after what leads to ${STATES[state]}, GetStatus says ${STATES[now] ?? now}`);
  },
});

/** CancelUpdate leads to IDLE. */
export const cancelled = (id: string, state: number): CheckDeclaration => ({
  id,
  clause: 'DSP0267 §9',
  ...needsOf(state),
  title: `CancelUpdate in ${STATES[state]} leads to IDLE`,
  why: 'an update that cannot be cancelled keeps the device for as long as FD_T1',
  failure: 'CancelUpdate is refused, or GetStatus goes on with another state or another reason than 2',
  mend: 'leave update mode in every state',
  mutant: () => inState(state, CancelUpdate.code, onlyCode(COMPLETION.ERROR)),
  run: async (probe) => {
    await REACH[state]!(probe);
    const { code } = await pldmMandatory(probe, CancelUpdate);
    if (code === FWUP_CODES.BUSY_IN_BACKGROUND) notApplicable('the device is busy, and says so');
    must(code === OK, `CancelUpdate in ${STATES[state]} is answered with ${codeName(code)}`);
    const now = await status(probe);
    must(now.state === FD_STATE.idle, `after CancelUpdate, GetStatus says ${STATES[now.state] ?? now.state}`);
    must(now.reason === CANCELLED, `after CancelUpdate, reasonCode is ${now.reason}`);
  },
});

/** CancelUpdateComponent leads to READY XFER. */
export const componentCancelled = (id: string, state: number): CheckDeclaration => ({
  id,
  clause: 'DSP0267 §9',
  ...needsOf(state),
  title: `CancelUpdateComponent in ${STATES[state]} leads to READY XFER`,
  why: 'the other components of the package can still be updated',
  failure: 'CancelUpdateComponent is refused, or GetStatus goes on with another state than READY XFER',
  mend: 'give the component up, and stay in update mode',
  mutant: () => inState(state, CancelUpdateComponent.code, onlyCode(COMPLETION.ERROR)),
  run: async (probe) => {
    await REACH[state]!(probe);
    const { code } = await pldmMandatory(probe, CancelUpdateComponent);
    if (code === FWUP_CODES.BUSY_IN_BACKGROUND) notApplicable('the device is busy, and says so');
    must(code === OK, `CancelUpdateComponent in ${STATES[state]} is answered with ${codeName(code)}`);
    const now = (await status(probe)).state;
    must(now === FD_STATE.readyXfer, `after CancelUpdateComponent, GetStatus says ${STATES[now] ?? now}`);
  },
});

export const nothing = (): readonly number[] => [];
export const ownTable = async (probe: Probe): Promise<readonly number[]> =>
  tableBody((await parameters(probe)).components[0] ?? STRANGER);
export const ownUpdate = async (probe: Probe): Promise<readonly number[]> =>
  updateBody((await parameters(probe)).components[0] ?? STRANGER);
