/** Parts of something, one after the other. */
export function concat(parts: readonly Uint8Array[], size = parts.reduce((sum, part) => sum + part.length, 0)) {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
