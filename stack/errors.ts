/**
 * The one error family of mctpkit. `code` is an errno-style word users know, the message is a sentence a person can
 * act on, `cause` keeps what lay beneath.
 */

import { hexNumber } from './util/text.js';

export type MctpErrorCode =
  | 'EADDRINUSE' // the same type/EID/network is bound already, or the socket is
  | 'EADDRNOTAVAIL' // an EID that is not one of ours
  | 'EAGAIN' // nothing there, or no room, and the caller did not want to wait
  | 'EACCES' // the system refuses: permission or capability missing
  | 'EAFNOSUPPORT' // the kernel has no MCTP
  | 'EARBITRATION' // I2C arbitration lost, again and again
  | 'EBADMSG' // bytes that do not decode
  | 'EBUSSTUCK' // a bus line is held low
  | 'EBUSY' // all tags towards the peer are in use, or a device is in use by somebody else
  | 'ECANCELED' // cancelled by the caller's AbortSignal or by close()
  | 'ECOMPLETION' // the peer answered with a completion code other than success
  | 'ECONFLICT' // two parties claim the same thing (an EID, an address)
  | 'EDESTADDRREQ' // no destination given
  | 'EEXIST' // the table entry exists
  | 'EHOSTUNREACH' // no route, or no local EID or neighbour to send with
  | 'EINVAL' // a value out of its range
  | 'EIO' // the device failed in a way that has no better name
  | 'EMSGSIZE' // too long for the path or the message type
  | 'ENACK' // nobody acknowledged on the bus
  | 'ENETDOWN' // the link is down
  | 'ENOBUFS' // a bounded queue is full
  | 'ENODEV' // no such device
  | 'ENOENT' // no such table entry, file or tag
  | 'ENOPACKAGE' // an optional npm package is not installed
  | 'ENOTCONN' // the socket is closed, or not open yet
  | 'ENOTSUP' // this transport or device cannot do it
  | 'EPROTO' // the peer broke the protocol
  | 'ETIMEDOUT' // no answer in time
  | 'EWAYLOST' // the way to a device was lost, and what was asked on it may have been carried out
  | 'EUSAGE'; // the user asked for something that makes no sense; exit code 2

export interface MctpErrorOptions {
  readonly cause?: unknown;
}

/** Base of every error mctpkit throws or rejects with. */
export class MctpError extends Error {
  override readonly name: string = 'MctpError';
  readonly code: MctpErrorCode;

  constructor(code: MctpErrorCode, message: string, options: MctpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }

  static is(value: unknown, code?: MctpErrorCode): value is MctpError {
    return value instanceof MctpError && (code === undefined || value.code === code);
  }
}

/** A peer answered with a completion code other than success (DSP0236 §12.2, DSP0240 §9). */
export class CompletionCodeError extends MctpError {
  override readonly name = 'CompletionCodeError';

  constructor(
    readonly command: string,
    readonly completionCode: number,
    readonly completionCodeName: string,
    options: MctpErrorOptions = {},
  ) {
    const hex = hexNumber(completionCode);
    super('ECOMPLETION', `${command} was answered with ${completionCodeName} (${hex})`, options);
  }
}
