/** Our firmware device against the recorded update agent of the conversations. */

import { describe, expect, it } from 'vitest';
import { pass } from '../../../hw-fixtures/testing/virtual-time.js';
import { decodeHeader, PldmClient, PldmResponder } from '../../../pldm/base/index.js';
import { pldmMessages } from '../../../pldm/base/pldm-protocol.js';
import { FirmwareDevice } from '../../../pldm/firmware/device/firmware-device.js';
import { GetStatus, MemoryFirmware, TOLERANT } from '../../../pldm/firmware/index.js';
import { toHex } from '../../../stack/codec/index.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { bytesOf } from '../vector-files.js';
import { World } from '../world.js';
import { CONVERSATIONS, meaning, type RecordedConversation, recordedImage, type Step } from './replay.js';

/** A device that is described by the first answers of the recorded one, on a stack of its own. */
async function device(world: World, { name }: RecordedConversation) {
  const transport = await world.device(9);
  const responder = new PldmResponder({ transport, clock: world.clock });
  const client = new PldmClient({ transport, clock: world.clock });
  const hardware = new MemoryFirmware({
    clock: world.clock,
    descriptors: [
      { descriptorType: 1, descriptorData: bytesOf('9c010000') },
      { descriptorType: 2, descriptorData: bytesOf('0102030405060708090a0b0c0d0e0f10') },
    ],
    setVersion: '1.0',
    components: [
      { identifier: 1, version: '1.0', activationMethods: 3 },
      ...(name.startsWith('two') ? [{ identifier: 2, version: '1.0', activationMethods: 3 }] : []),
    ],
    ...(name.startsWith('verification fails') ? { check: () => 1 } : {}),
    activateMs: name.startsWith('two') ? 30_000 : 0,
    verifyMs: 5,
    applyMs: 5,
  });
  if (name.startsWith('component refused')) {
    hardware.consider = () => 6;
    hardware.begin = () => ({ sink: undefined, responseCode: 6 });
  }
  const firmware = new FirmwareDevice({
    handlers: responder.handlers,
    client,
    hardware,
    chunk: chunkOf(name),
    timing: { retryMs: 1000 },
  });
  responder.start();
  return { firmware, hardware };
}

/** As large as the recorded device asks for. */
function chunkOf(name: string): number {
  if (name.startsWith('two')) return 512;
  return name.startsWith('retry') ? 128 : 256;
}

/** The recorded agent: sends its requests at their times, and answers each of ours as it answered the recorded one. */
class Agent {
  readonly heard: string[] = [];
  readonly wrong: string[] = [];
  readonly #answers: { request: string; answer: string | undefined }[] = [];

  constructor(
    readonly world: World,
    { steps }: RecordedConversation,
  ) {
    steps.forEach((step, index) => {
      if (step.from !== 'FD' || !isRequest(step)) return;
      const next = steps[index + 1];
      const answered = next?.from === 'UA' && !isRequest(next);
      this.#answers.push({ request: meaning(step.hex), answer: answered ? next.hex : undefined });
    });
    const socket = world.bmc.socket();
    world.responder.close();
    socket.bind({ type: 1 });
    socket.onMessage((message) => this.#take(message, (bytes) => void socket.reply(message, bytes)));
  }

  /** Requests of the recording that nobody made. */
  get missing(): string[] {
    return this.#answers.map(({ request }) => request);
  }

  #take(message: MctpMessage, reply: (bytes: Uint8Array) => void): void {
    const request = meaning(message.payload);
    this.heard.push(request);
    const expected = this.#answers[0];
    if (expected === undefined || !same(request, expected.request)) {
      this.wrong.push(`${request} instead of ${expected?.request}`);
      return;
    }
    this.#answers.shift();
    if (expected.answer === undefined) return;
    const bytes = bytesOf(expected.answer).slice();
    bytes[0] = decodeHeader(message.payload).instanceId;
    reply(bytes);
  }
}

function isRequest({ hex }: Step): boolean {
  return (Number.parseInt(hex.slice(0, 2), 16) & 0x80) !== 0;
}

function same(ours: string, recorded: string): boolean {
  return ours === recorded;
}

describe('our device, the recorded agent', () => {
  it.each(CONVERSATIONS.map((conversation) => [conversation.name, conversation] as const))(
    '%s',
    async (name, conversation) => {
      const world = await World.make();
      const { firmware, hardware } = await device(world, conversation);
      const agent = new Agent(world, conversation);
      const { steps } = conversation;
      const socket = world.bmc.socket();
      let asked = 0;
      for (const [index, step] of steps.entries()) {
        if (step.from !== 'UA' || !isRequest(step)) continue;
        // The recorded device worked in steps of its poll loop, ours as fast as it can: let it come to rest.
        await pass(world.clock, Math.max(200, step.t - (asked || step.t)));
        asked = step.t;
        const reply = await new Promise<Uint8Array>((resolve, reject) => {
          socket.request({ eid: 9 }, bytesOf(step.hex), { type: 1 }).then(({ payload }) => resolve(payload), reject);
        });
        const recorded = steps.slice(index + 1).find((s) => s.from === 'FD' && !isRequest(s))!.hex;
        expect(reply.subarray(0, 3)).toEqual(bytesOf(recorded).subarray(0, 3));
        if (step.hex.slice(4, 6) === '1b') expectStatus(name, index, reply, recorded);
        else if (step.hex.slice(4, 6) === '02') expect(reply[3]).toBe(0);
        else expect(meaning(reply)).toBe(meaning(recorded));
      }
      await pass(world.clock, 40_000);
      // An agent that is gone is asked again until the idle timer ends that; the recording leaves those tries out.
      if (!name.includes('disappears')) expect(agent.wrong).toEqual([]);
      else expect(new Set(agent.heard).size).toBe(2);
      if (!name.includes('disappears')) expect(agent.missing).toEqual([]);
      if (name.includes('everything succeeds') || name.startsWith('two') || name.startsWith('retry')) {
        for (const component of hardware.components) {
          expect(component.active.version).toBe('2.0');
          expect(toHex(component.active.image!)).toBe(toHex(recordedImage(conversation.imageSize)));
        }
      }
      expect(firmware.status.state).toBe(0);
    },
  );
});

/** Progress is ours to support, auxState 3 is the only one allowed at rest, and our activation takes its time. */
function expectStatus(name: string, index: number, reply: Uint8Array, recorded: string): void {
  const ours = pldmMessages.decodeResponse(GetStatus, reply);
  const theirs = pldmMessages.decodeResponse(TOLERANT.GetStatus, bytesOf(recorded));
  if (!GetStatus.succeeded(ours) || !TOLERANT.GetStatus.succeeded(theirs)) throw new Error('GetStatus failed');
  const { currentState, previousState, reasonCode } = theirs;
  if (name.startsWith('two')) {
    expect(ours.currentState).toBe(6);
    return;
  }
  // Ours has finished where the recorded one was polled on its way.
  if (name.includes('everything succeeds') && currentState === 4) {
    expect(ours.currentState).toBe(2);
    return;
  }
  expect({ index, currentState: ours.currentState, previousState: ours.previousState }).toEqual({
    index,
    currentState,
    previousState,
  });
  expect(ours.reasonCode).toBe(reasonCode);
  if (currentState > 2) expect(ours.auxState).toBe(theirs.auxState);
  else expect(ours.auxState).toBe(3);
}
