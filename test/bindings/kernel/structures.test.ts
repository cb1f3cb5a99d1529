import { describe, expect, it } from 'vitest';
import {
  decodeExtendedAddress,
  decodeTagControl,
  decodeTagControl1,
  encodeExtendedAddress,
  encodeSocketAddress,
  encodeTagControl,
  encodeTagControl1,
  LITTLE_ENDIAN,
} from '../../../bindings/kernel/structures.js';
import { bytes, hex, vectors } from '../../support/vectors.js';

const vector = (name: string) => vectors('kernel').find((each) => each.name === name)!.hex;
const LITTLE = true;
const BIG = false;

describe('structures of MCTP sockets', () => {
  it('covers every vector of the kernel', () => {
    expect(vectors('kernel').map(({ name }) => name)).toEqual([
      'kernel-sockaddr-mctp',
      'kernel-sockaddr-mctp-ext',
      'kernel-ioc-tag-ctl',
      'kernel-ioc-tag-ctl2',
    ]);
  });

  it('sockaddr_mctp', () => {
    const address = { network: 1, eid: 10, type: 0, tag: 8 };
    expect(hex(encodeSocketAddress(address, LITTLE))).toBe(vector('kernel-sockaddr-mctp'));
    expect(hex(encodeSocketAddress(address, BIG))).toBe('002d0000000000010a000800');
    expect(encodeSocketAddress(address)).toEqual(encodeSocketAddress(address, LITTLE_ENDIAN));
  });

  it('sockaddr_mctp_ext', () => {
    const address = { network: 1, eid: 0, type: 0, tag: 8, interfaceIndex: 4, physicalAddress: '1d' };
    const text = vector('kernel-sockaddr-mctp-ext');
    expect(hex(encodeExtendedAddress(address, LITTLE))).toBe(text);
    expect(decodeExtendedAddress(bytes(text), LITTLE)).toEqual(address);
    const big = encodeExtendedAddress(address, BIG);
    expect(hex(big, 0, 21)).toBe('002d0000000000010000080000000004010000001d');
    expect(decodeExtendedAddress(big, BIG)).toEqual(address);
  });

  it('physical addresses of other sizes', () => {
    const base = { network: 0xfffffffe, eid: 254, type: 0x84, tag: 3, interfaceIndex: 0x7fffffff };
    for (const physicalAddress of ['', '00', 'ff', '0102030405fe', 'ab'.repeat(32)]) {
      const address = { ...base, physicalAddress };
      expect(decodeExtendedAddress(encodeExtendedAddress(address))).toEqual(address);
    }
  });

  it('an address length beyond the structure is not believed', () => {
    const raw = encodeExtendedAddress({ network: 1, eid: 9, type: 1, tag: 0, interfaceIndex: 2, physicalAddress: '' });
    raw[16] = 255;
    expect(decodeExtendedAddress(raw).physicalAddress).toBe('00'.repeat(32));
  });

  it('mctp_ioc_tag_ctl', () => {
    expect(hex(encodeTagControl1({ peer: 10, tag: 0x1b }))).toBe(vector('kernel-ioc-tag-ctl'));
    expect(decodeTagControl1(bytes(vector('kernel-ioc-tag-ctl')))).toEqual({ peer: 10, tag: 0x1b });
  });

  it('mctp_ioc_tag_ctl2', () => {
    const control = { network: 1, peer: 10, tag: 0 };
    expect(hex(encodeTagControl(control, LITTLE))).toBe(vector('kernel-ioc-tag-ctl2'));
    expect(hex(encodeTagControl(control, BIG))).toBe('000000010aff000000000000');
    expect(decodeTagControl(encodeTagControl({ ...control, tag: 0x1f }))).toEqual({ ...control, tag: 0x1f });
  });
});
