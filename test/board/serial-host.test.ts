import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { openPty } from '../../bindings/serial/pty.js';
import { type BoardRun, BoardSerialPort, bootBoard } from '../../hw-fixtures/linux-board/index.js';
import type { SerialTtyReports } from './guest/serial-tty.js';
import { BOARD, counting, HOST, type HostStack, hostStack, KERNEL_ANSWERS, TYPE } from './host-stack.js';
import { LONGEST_MS } from './longest.js';
import { describeOnBoard, guestCommand, parseReports } from './support.js';

const SIZES = [0, 1, 63, 64, 600, 4000, 65_535];
const boards: BoardRun[] = [];
const stacks: HostStack[] = [];

afterEach(async () => {
  await Promise.all(stacks.splice(0).map(({ mctp }) => mctp.close()));
  await Promise.all(boards.splice(0).map((board) => board.stop()));
});

async function boot(command: string | readonly string[], serial: true | string = true): Promise<BoardRun> {
  const board = await bootBoard({ command, serial, timeoutMs: LONGEST_MS });
  boards.push(board);
  return board;
}

/** Boots a board whose kernel answers on its serial line. */
async function bootKernel(serial: true | string = true): Promise<BoardRun> {
  const board = await boot(KERNEL_ANSWERS, serial);
  await once(board.stdout, 'data'); // ready
  return board;
}

async function connect(board: BoardRun, port = new BoardSerialPort()): Promise<HostStack> {
  port.connect(board.serial!);
  const stack = await hostStack(port);
  stacks.push(stack);
  return stack;
}

async function asks({ socket }: HostStack, size: number): Promise<void> {
  const { payload } = await socket.request({ eid: BOARD }, counting(size, size), { timeoutMs: 30_000 });
  expect(Buffer.compare(payload, counting(size, size))).toBe(0);
}

describeOnBoard('our serial link on this machine and the kernel of a board', () => {
  it('as requester, up to the largest message of the kernel', async () => {
    const stack = await connect(await bootKernel());
    for (const size of SIZES) await asks(stack, size);
    await Promise.all(Array.from({ length: 24 }, (_, index) => asks(stack, 100 * index)));
    expect(Object.values(stack.mctp.links()[0]!.counters.drops).every((count) => count === 0)).toBe(true);
  });

  it('as responder, up to the largest message of the kernel', async () => {
    const setUp = KERNEL_ANSWERS.replace(/mctp-peer echo.*$/, '');
    const board = await boot(`${setUp}
      for size in ${SIZES.join(' ')}; do mctp-peer req ${HOST} ${TYPE} len=$size --timeout 30000; done`);
    await connect(board);
    const { exitCode, stdout, stderr } = await board.finished;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const bodies = stdout.split('\n').slice(0, -1);
    expect(bodies).toEqual(SIZES.map((size) => Buffer.from(counting(size)).toString('hex')));
  });

  it('by a pseudo terminal of this machine', async () => {
    const pty = await openPty();
    await bootKernel(pty.path);
    const stack = await hostStack(pty.port);
    stacks.push(stack);
    // Not more than the host's tty holds: see the pitfalls of the board.
    for (const size of SIZES.filter((size) => size <= 4000)) await asks(stack, size);
  });
});

describeOnBoard('two boards on one serial line', () => {
  it('the kernel of one and our stack in the other', async () => {
    const kernel = await bootKernel();
    const ours = await boot(guestCommand('serial-tty'));
    kernel.serial!.pipe(ours.serial!);
    ours.serial!.pipe(kernel.serial!);
    const report = parseReports<SerialTtyReports>(await ours.finished);
    expect(report('asks the peer').right).toEqual([0, 1, 64, 600, 4000, 65_535]);
    expect(report('asks a lot at once')).toEqual({ right: 40 });
    expect(report('closed, nothing is left')).toEqual({ linkFaults: 0, txLost: 0 });
  });

  it('our stack in one and on this machine', async () => {
    const board = await boot(guestCommand('serial-tty'));
    const port = new BoardSerialPort();
    port.connect(board.serial!);
    const stack = await hostStack(port);
    stacks.push(stack);
    stack.mctp.removeAddress(HOST, 'board');
    stack.mctp.addAddress(BOARD, 'board'); // it asks EID 8
    const report = parseReports<SerialTtyReports>(await board.finished);
    expect(report('asks the peer').right).toEqual([0, 1, 64, 600, 4000, 65_535]);
    expect(report('asks a lot at once')).toEqual({ right: 40 });
  });
});

describeOnBoard('our serial link when the board at its other end is rebooted', () => {
  it('is down while there is no board, fails what waits, and is up with the next', async () => {
    const port = new BoardSerialPort();
    const first = await bootKernel();
    const { mctp, socket } = await connect(first, port);
    await asks({ mctp, socket }, 600);

    const states: string[] = [];
    const up = new Promise<void>((resolve) => mctp.on('linkUp', () => resolve()));
    mctp.on('linkUp', () => states.push('up'));
    mctp.on('linkDown', ({ reason }) => states.push(`down: ${reason?.message}`));
    const unanswered = socket.request({ eid: BOARD }, counting(5), { type: TYPE + 1, timeoutMs: 20_000 });
    const long = socket.request({ eid: BOARD }, counting(60_000), { timeoutMs: 20_000 });
    const failed = Promise.allSettled([unanswered, long]);
    await first.stop();
    for (const result of await failed) expect(result).toMatchObject({ reason: { code: 'ENETDOWN' } });
    await expect(asks({ mctp, socket }, 1)).rejects.toMatchObject({ code: 'ENETDOWN' });

    port.connect((await bootKernel()).serial!);
    await up;
    for (const size of [1, 600, 65_535]) await asks({ mctp, socket }, size);
    expect(states).toEqual(['down: board ended', 'up']);
  });

  it('goes on by itself when the line stays, as that of a real UART does', async () => {
    const pty = await openPty();
    const first = await bootKernel(pty.path);
    const { mctp, socket } = await hostStack(pty.port);
    stacks.push({ mctp, socket });
    await asks({ mctp, socket }, 600);

    const answering = new Promise<void>((resolve) => {
      let packets = 0;
      const stop = mctp.tap(({ direction }) => {
        if (direction !== 'rx' || ++packets < 50) return;
        stop();
        resolve();
      });
    });
    const long = socket.request({ eid: BOARD }, counting(60_000), { timeoutMs: 300 });
    await answering;
    await first.stop(); // in the middle of its answer
    await expect(long).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const short = socket.request({ eid: BOARD }, counting(5), { timeoutMs: 100 });
    await expect(short).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(mctp.links()[0]!.up).toBe(true);

    await bootKernel(pty.path);
    const { payload } = await socket.request({ eid: BOARD }, counting(600), { timeoutMs: 500, retries: 9 });
    expect(Buffer.compare(payload, counting(600))).toBe(0);
    for (const size of [1, 4000]) await asks({ mctp, socket }, size);
  });
});
