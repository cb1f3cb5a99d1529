// The Linux kernel as a device: its stack receives and sends, our responder on its sockets answers. The validator is on
// this machine, at the other end of the board's serial line.

import { afterEach, expect, it } from 'vitest';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { type BoardRun, BoardSerialPort, bootBoard } from '../../hw-fixtures/linux-board/index.js';
import { allChecks } from '../../hw-fixtures/validator/registry.js';
import { runChecks } from '../../hw-fixtures/validator/run-checks.js';
import { stackTarget } from '../../hw-fixtures/validator/stack-target.js';
import { Mctp } from '../../stack/mctp.js';
import { LONGEST_MS } from './longest.js';
import { describeOnBoard, mctpkit } from './support.js';

const OURS = 8;
const KERNEL = 9;
const GROUPS = ['transport', 'control', 'pldm-base', 'serial'];
const DEVICE = `set -e
  link=$(mctp-peer ldisc /dev/ttyS0)
  mctp-peer link $link up
  mctp-peer route add ${OURS} via $link
  exec ${mctpkit} emulate --link kernel:$link --eid ${KERNEL} --json`;

/** What the kernel itself does not do, in 6.12; docs/kernel.md has it. The check behind the broadcast needs its answer. */
const OF_THE_KERNEL = [
  'MCTP-TRAN-017 warning: Get Endpoint ID to the broadcast EID is not answered',
  'MCTP-TRAN-018 inconclusive: the device does not answer Get Endpoint ID',
  'MCTP-TRAN-025 fail: a message with one packet twice is answered',
  'MCTP-TRAN-026 fail: a message is lost because one with the same tag was not finished',
  'MCTP-TRAN-027 fail: a message of one packet is lost because one with the same tag was not finished',
  'MCTP-SERIAL-010 warning: it does not answer any more after a stray flag',
  'MCTP-SERIAL-011 warning: it does not answer any more after a frame that was cut short',
  'MCTP-SERIAL-012 warning: it does not answer any more after a frame of another revision',
];

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function started(board: BoardRun): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    board.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('started')) resolve();
    });
    void board.finished.then(({ stderr }) => reject(new Error(`the device ended: ${said}${stderr}`)));
  });
}

describeOnBoard('the kernel, validated', () => {
  it('with our responder it does what the standards require, but for what is known of it', async () => {
    const board = await bootBoard({ command: DEVICE, serial: true, timeoutMs: LONGEST_MS, memory: 512 });
    ends.push(() => board.stop());
    await started(board);
    const port = new BoardSerialPort();
    port.connect(board.serial!);
    const mctp = new Mctp({ clock: systemClock });
    ends.push(() => mctp.close());
    mctp.addLink(new SerialLink({ name: 'board', port, clock: systemClock, reopen: false }));
    mctp.addAddress(OURS, 'board');
    mctp.addRoute({ start: KERNEL, link: 'board' });
    await mctp.open();
    const target = stackTarget(mctp, { eid: KERNEL, link: 'board', physicalAddress: '' });
    const checks = allChecks().filter(({ group }) => GROUPS.includes(group));
    const results = await runChecks({ target, checks, signal: new AbortController().signal });
    const bad = results.filter(({ verdict }) => ['fail', 'warning', 'inconclusive'].includes(verdict));
    expect(bad.map(({ check, verdict, why }) => `${check.id} ${verdict}: ${why}`)).toEqual(OF_THE_KERNEL);
    const passed = results.filter(({ verdict }) => verdict === 'pass').length;
    expect(passed).toBeGreaterThan(100);
    const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    console.log(`the kernel passes ${passed} of ${checks.length} checks, in ${seconds.toFixed(1)} s`);
  });
});
