/** Addresses of Unix sockets, as system calls take them (unix(7)). */

export const AF_UNIX = 1;
/** Bytes of a path, or of an abstract name with the zero before it. */
export const UNIX_PATH_LONGEST = 107;

/** struct sockaddr_un; an `@` at the beginning stands for the zero byte of an abstract name. */
export function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (path.startsWith('@')) name[0] = 0;
  const address = new Uint8Array(2 + name.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}
