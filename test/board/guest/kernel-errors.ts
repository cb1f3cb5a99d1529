// Runs inside the board with capabilities taken away: what is missing, in one sentence each.

import { KernelMctp } from '../../../bindings/kernel/index.js';

const kernel = await KernelMctp.open();
const failures: Record<string, string> = {};
const note = async (name: string, work: () => unknown): Promise<void> => {
  try {
    await work();
    failures[name] = 'no error';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    failures[name] = `${code}: ${message}`;
  }
};
await note('bind', () => kernel.socket().bind({ type: 5 }));
await note('send', () => kernel.socket().send({ eid: 8 }, Uint8Array.of(1), { type: 5 }));
await note('change', () => kernel.addAddress(9, 'lo'));
kernel.close();
console.log(JSON.stringify(failures));
