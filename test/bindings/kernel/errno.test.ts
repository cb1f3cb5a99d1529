import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { kernelError } from '../../../bindings/kernel/errno.js';
import { KernelMctp } from '../../../bindings/kernel/index.js';

const { errno } = constants;

describe('what the kernel says, in our words', () => {
  it.each([
    ['socket', errno.EAFNOSUPPORT, 'EAFNOSUPPORT', /CONFIG_MCTP/],
    ['bind', errno.EACCES, 'EACCES', /MCTP type 5 needs CAP_NET_BIND_SERVICE/],
    ['bind', errno.EADDRINUSE, 'EADDRINUSE', /already/],
    ['connect', errno.EOPNOTSUPP, 'ENOTSUP', /6\.17/],
    ['send', errno.EACCES, 'EACCES', /CAP_NET_RAW/],
    ['send', errno.EHOSTUNREACH, 'EHOSTUNREACH', /route, no neighbour, or no EID/],
    ['send', errno.EBUSY, 'EBUSY', /eight tags/],
    ['send', errno.ENOBUFS, 'ENOBUFS', /queue/],
    ['netlink', errno.EPERM, 'EACCES', /CAP_NET_ADMIN/],
    ['netlink', errno.EEXIST, 'EEXIST', /already/],
    ['receive', errno.EPIPE, 'EIO', /receive failed with EPIPE/],
  ] as const)('%s: %i is %s', (call, number, code, sentence) => {
    const error = kernelError(call, number, 'MCTP type 5');
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence), cause: { errno: number } });
  });
});

describe.skipIf(process.platform !== 'linux')('opening the kernel transport', () => {
  it('works where the kernel has MCTP; otherwise it says that there is none', async () => {
    const outcome = await KernelMctp.open().then(
      (kernel) => {
        kernel.close();
        return 'open';
      },
      (error: { code: string }) => error.code,
    );
    // Afterwards: asking for it may load it.
    const hasMctp = /^MCTP /m.test(readFileSync('/proc/net/protocols', 'utf8'));
    expect(outcome).toBe(hasMctp ? 'open' : 'EAFNOSUPPORT');
  });
});
