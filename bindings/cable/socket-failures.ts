/** What went wrong on the way to a carrier, in sentences. */

import { MctpError } from '../../stack/errors.js';

type Failure = Error & { readonly code?: string | undefined; readonly reason?: string | undefined };

/** Alerts by which a TLS 1.3 server says that it does not take our key or certificate. */
const NOT_TAKEN =
  /ALERT_(ILLEGAL_PARAMETER|HANDSHAKE_FAILURE|DECRYPT_ERROR|ACCESS_DENIED|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE)/;

export function dialFailure(place: string, cause: Failure): MctpError {
  if (MctpError.is(cause)) return cause;
  const options = { cause };
  const { code = '' } = cause;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    return new MctpError(
      'ENOTCONN',
      `no program listens at ${place}: start the other end there (mctpkit serve)`,
      options,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new MctpError('ENOTCONN', `no machine has the name in ${place}`, options);
  }
  if (code === 'EACCES' || code === 'EPERM') return new MctpError('EACCES', `you may not connect to ${place}`, options);
  if (NOT_TAKEN.test(code) || code === 'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM') {
    return new MctpError('EACCES', `${place} does not take our key or certificate: pair both ends again`, options);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new MctpError('EACCES', `the certificate of ${place} is not one which is trusted (${code})`, options);
  }
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') {
    return new MctpError(
      'EPROTO',
      `${place} does not speak TLS 1.3 as a cable does (${cause.reason ?? code})`,
      options,
    );
  }
  return new MctpError('ENOTCONN', `${place} was not reached: ${cause.message}`, options);
}

/** It tried a key which is not ours. */
export function isGuess({ code }: Failure): boolean {
  return code === 'ERR_SSL_BINDER_DOES_NOT_VERIFY';
}

/** Why a connection was not accepted. */
export function acceptFailure({ code = '', reason, message }: Failure): string {
  if (code === 'ERR_SSL_BINDER_DOES_NOT_VERIFY') return 'it has another key';
  if (code === 'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM' || code === 'ERR_SSL_NO_SHARED_CIPHER') return 'it has no key';
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'it has no certificate';
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return `its certificate is not one which is trusted (${code})`;
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return 'it speaks an older TLS than 1.3';
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'its TLS handshake took too long';
  if (code === 'ECONNRESET') return 'it went away in the TLS handshake';
  return `no TLS handshake: ${reason ?? message}`;
}

/** What broke a connection that was there. */
export function lossOf({ code = '', message }: Failure): string {
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'the other end was killed, or something on the way cut the connection';
  if (code === 'ETIMEDOUT') return 'nothing came back any more';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENETDOWN')
    return 'the network has no way to it any more';
  return message;
}

export function listenFailure(place: string, cause: Failure): MctpError {
  if (MctpError.is(cause)) return cause;
  const options = { cause };
  if (cause.code === 'EADDRINUSE') return new MctpError('EADDRINUSE', `${place} is in use by another program`, options);
  if (cause.code === 'EACCES') return new MctpError('EACCES', `you may not listen at ${place}`, options);
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND') {
    return new MctpError('EADDRNOTAVAIL', `this machine does not have the address in ${place}`, options);
  }
  return new MctpError('EIO', `cannot listen at ${place}: ${cause.message}`, options);
}
