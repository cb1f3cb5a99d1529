/** Numbers of Linux's MCTP, sockets and rtnetlink, as in its uapi headers (generic architectures: x86, arm, riscv). */

import { HEADER_SIZE } from '../../stack/packet.js';

export const AF_MCTP = 45;
export const AF_NETLINK = 16;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;

export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_RCVBUFFORCE = 33;
export const SO_MEMINFO = 55;
/** Which of its numbers: bytes sent that a driver still has (linux/sock_diag.h). */
export const SK_MEMINFO_WMEM_ALLOC = 2;
export const SOL_MCTP = 285;
export const MCTP_OPT_ADDR_EXT = 1;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;

export const MCTP_ADDR_ANY = 0xff;
export const MCTP_TAG_MASK = 0x07;
export const MCTP_TAG_OWNER = 0x08;
export const MCTP_TAG_PREALLOC = 0x10;

export const SIOCMCTPALLOCTAG = 0x89e0;
export const SIOCMCTPDROPTAG = 0x89e1;
export const SIOCMCTPALLOCTAG2 = 0x89e2;
export const SIOCMCTPDROPTAG2 = 0x89e3;

/** Hardware types of interfaces. */
export const ARPHRD_LOOPBACK = 772;
export const ARPHRD_MCTP = 290;

export const N_MCTP = 28;
export const TIOCSETD = 0x5423;

/** What Linux counts in an MTU and a transmission unit does not. */
export const MTU_HEADER = HEADER_SIZE;
/** Longest message, type byte included. */
export const MESSAGE_MAX = 65_536;
