import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { type BoardRun, BoardSerialPort, bootBoard } from '../../hw-fixtures/linux-board/index.js';
import { BusOwner } from '../../stack/bus-owner/index.js';
import { Mctp } from '../../stack/mctp.js';
import { EndpointRole } from '../../stack/roles/index.js';
import { LONGEST_MS } from './longest.js';
import { describeOnBoard } from './support.js';

const UUID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function boot(command: string): Promise<BoardRun> {
  const board = await bootBoard({ command, serial: true, timeoutMs: LONGEST_MS });
  ends.push(() => board.stop());
  return board;
}

/** Our stack on this machine, at the other end of the board's serial line. */
async function ourStack(board: BoardRun): Promise<Mctp> {
  const port = new BoardSerialPort();
  port.connect(board.serial!);
  const mctp = new Mctp({ clock: systemClock });
  mctp.addLink(new SerialLink({ name: 'board', port, clock: systemClock, reopen: false }));
  await mctp.open();
  ends.push(() => mctp.close());
  return mctp;
}

const LINK_UP = 'set -e; link=$(mctp-peer ldisc /dev/ttyS0); mctp-peer link $link up';

describeOnBoard('the control protocol on a serial line, with the kernel', () => {
  it('finds the kernel, leaves it its EID or gives it another', async () => {
    const uuid = UUID.replaceAll('-', '');
    const board = await boot(`${LINK_UP}; mctp-peer control-endpoint $link 30 --uuid ${uuid} --types 0105`);
    await once(board.stdout, 'data'); // ready
    const mctp = await ourStack(board);
    mctp.addAddress(8, 'board');
    const owner = new BusOwner({ host: mctp, clock: systemClock });
    const found = await owner.discover();
    expect(found).toMatchObject([{ eid: 30, physicalAddress: '', uuid: UUID, messageTypes: [1, 5], remarks: [] }]);
    expect(await owner.assignStatic('board', '', 21)).toMatchObject({ eid: 21, uuid: UUID });
    expect(mctp.routes().map(({ start }) => start)).toEqual([21]);
    // The same again: it keeps what it has.
    expect(await owner.setup('board', '')).toMatchObject({ eid: 21 });
    owner.close();
  });

  it('our endpoint answers a bus owner that sits on the kernel', async () => {
    const requests = ['8002', '81010014', '82010115', '8302', '8403', '8504ff', '8605', '870a00', '880100'];
    const asked = requests.map((body) => `mctp-peer req 0 0 ${body} --ext $link`);
    const board = await boot(`${LINK_UP}; mctp-peer addr add 8 dev $link; ${asked.join('; ')}`);
    const mctp = await ourStack(board);
    const role = new EndpointRole({ mctp, clock: systemClock, uuid: UUID });
    role.types.add(5, { versions: ['f1f0ff00'] });
    const { exitCode, stdout, stderr } = await board.finished;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      '000200000000',
      '010100001400',
      '020100001500',
      '030200150000',
      `040300${UUID.replaceAll('-', '')}`,
      '05040004f1f0ff00f1f1ff00f1f2ff00f1f3f100',
      '0605000105',
      '070a05',
      '080103',
    ]);
    expect(mctp.addresses().map(({ eid }) => eid)).toEqual([21]);
    expect(role.busOwner('board')).toMatchObject({ eid: 8 });
    role.close();
  });
});
