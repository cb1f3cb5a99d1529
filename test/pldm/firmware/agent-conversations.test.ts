/** Our update agent against the recorded firmware device of the conversations. */

import { expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { decodeHeader } from '../../../pldm/base/index.js';
import { pldmMessage } from '../../support/dissected.js';
import { bytesOf } from '../vector-files.js';
import { World } from '../world.js';
import { agentOf, packageOf, runUpdate } from './bench.js';
import { CONVERSATIONS, meaning, type RecordedConversation, recordedImage, type Step } from './replay.js';

const INVENTORY = new Set([0x01, 0x02, 0x03, 0x1b]);
const IDENTIFIERS = CONVERSATIONS[0]!.steps[1]!.hex;
const PARAMETERS = CONVERSATIONS[0]!.steps[3]!.hex;

const isRequest = ({ hex }: Step): boolean => (Number.parseInt(hex.slice(0, 2), 16) & 0x80) !== 0;
const commandOf = ({ hex }: Step): number => Number.parseInt(hex.slice(4, 6), 16);

/** Says what the recorded device said, in its order; what was not recorded it answers as it stood. */
class RecordedDevice {
  /** What the agent did, besides looking. */
  readonly heard: string[] = [];
  /** Our answers beside the recorded ones. */
  readonly answers: { request: string; ours: string; recorded: string | undefined }[] = [];
  #at = 0;
  #status = '00051b0000000300650000000000';
  readonly #socket;

  constructor(
    readonly world: World,
    transport: Awaited<ReturnType<World['device']>>,
    readonly conversation: RecordedConversation,
  ) {
    this.#socket = transport.socket();
    this.#socket.bind({ type: 1 });
    this.#socket.onMessage((message) => {
      const bytes = this.#answer(message.payload);
      void this.#socket.reply(message, bytes);
      world.clock.schedule(0, () => this.#ask());
    });
  }

  #answer(request: Uint8Array): Uint8Array {
    const { command, instanceId } = decodeHeader(request);
    const recorded = INVENTORY.has(command) ? this.#look(command) : this.#next(request);
    const bytes = bytesOf(recorded).slice();
    bytes[0] = instanceId;
    return bytes;
  }

  #look(command: number): string {
    if (command === 0x01) return IDENTIFIERS;
    // What it runs after the activation was not recorded: it does not tell.
    if (command === 0x02) return this.heard.some((one) => one.includes('ActivateFirmware')) ? '00050205' : PARAMETERS;
    if (command === 0x03) return '00050305';
    const { steps } = this.conversation;
    // When the recorded agent looked here too, this is what it saw.
    for (let at = this.#at; at < steps.length; at++) {
      const step = steps[at]!;
      if (step.from === 'UA' && isRequest(step) && commandOf(step) === 0x1b) {
        this.#status = steps[at + 1]!.hex;
        this.#at = at + 2;
        break;
      }
      if (isRequest(step) && !(step.from === 'FD' && this.conversation.name.includes('disappears'))) break;
    }
    return this.#status;
  }

  /** The answer to the next request of the recorded agent that is like this one. */
  #next(request: Uint8Array): string {
    const { command } = decodeHeader(request);
    this.heard.push(meaning(request));
    const { steps } = this.conversation;
    for (let at = this.#at; at < steps.length; at++) {
      const step = steps[at]!;
      if (step.from !== 'UA' || !isRequest(step) || commandOf(step) !== command) continue;
      this.#at = at + 2;
      return steps[at + 1]!.hex;
    }
    throw new Error(`the recorded device was never asked for ${meaning(request)}`);
  }

  /** Requests of the device that come now, each when the one before is answered. */
  #ask(): void {
    const { steps } = this.conversation;
    // Where the recorded agent only looked, ours need not.
    let at = this.#at;
    while (
      steps[at] !== undefined &&
      (steps[at]!.from === 'UA' ? commandOf(steps[at]!) === 0x1b : !isRequest(steps[at]!))
    )
      at++;
    const step = steps[at];
    if (step === undefined || step.from !== 'FD' || !isRequest(step)) return;
    const answer = steps[at + 1];
    const answered = answer !== undefined && answer.from === 'UA' && !isRequest(answer);
    this.#at = answered ? at + 2 : at + 1;
    const payload = bytesOf(step.hex);
    this.#socket.request({ eid: 8 }, payload, { type: 1 }).then(
      (reply) => {
        const recorded = answered ? meaning(answer.hex) : undefined;
        this.answers.push({ request: meaning(payload), ours: meaning(reply.payload), recorded });
        this.#ask();
      },
      () => undefined,
    );
  }
}

it.each(CONVERSATIONS.map((conversation) => [conversation.name, conversation] as const))(
  'our agent, the recorded device: %s',
  async (name, conversation) => {
    const { steps, imageSize } = conversation;
    const world = await World.make();
    const device = new RecordedDevice(world, await world.device(9), conversation);
    const request = pldmMessage(bytesOf(steps.find((s) => s.from === 'UA' && commandOf(s) === 0x10)!.hex));
    if (!request.ok) throw request.error;
    const count = Number(request.fields!.numberOfComponents);
    const pkg = await packageOf(
      Array.from({ length: count }, () => recordedImage(imageSize)),
      {
        components: Array.from({ length: count }, (_, index) => ({
          identifier: index + 1,
          version: '2.0',
          comparisonStamp: 0,
          forceUpdate: true,
        })),
      },
    );
    const updating = runUpdate(agentOf(world), world.at(9), pkg, {
      maximumTransferSize: Number(request.fields!.maximumTransferSize),
      activation: name.includes('self-contained') ? 'auto' : 'deferred',
      timing: { pollMs: name.includes('disappears') ? 5000 : 5 },
    });
    const { report } = await settle(world.clock, updating);
    // The same commands in the same order, and the same answers.
    const recorded = steps.filter((s) => s.from === 'UA' && isRequest(s) && !INVENTORY.has(commandOf(s)));
    const expected = recorded.map(({ hex }) => meaning(hex));
    if (name.includes('wrong order')) {
      // The recorded agent does everything wrong once; ours does what is right, and ends it.
      expect(device.heard).toEqual([expected[0], expected[3], expected[4], expected[7]]);
    } else {
      expect(device.heard).toEqual(expected);
    }
    for (const { request: asked, ours, recorded: theirs } of device.answers) {
      // Ours has no reason to be silent or to say "again".
      const busy = theirs === undefined || /"completionCode":137/.test(theirs);
      if (busy) expect(ours).toMatch(/RequestFirmwareData response \{"completionCode":0,/);
      else expect({ asked, ours }).toEqual({ asked, ours: theirs });
    }
    const good = name.includes('succeeds') || name.startsWith('two') || name.startsWith('retry');
    expect(report.outcome).toBe(good ? 'updated' : 'failed');
    expect(report.leftInUpdateMode).toBe(false);
    if (name.startsWith('verification')) expect(report.reason).toMatch(/verification failure \(0x01\)/);
    if (name.includes('disappears')) expect(report.reason).toMatch(/left update mode.*timeout while downloading/);
    if (name.startsWith('component refused')) expect(report.components).toMatchObject([{ result: 'refused' }]);
  },
);
