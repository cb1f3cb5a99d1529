/** What a file of a device says, as text to be looked at: whatever its bytes are, it is text and nothing else. Pure. */

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
/** Of its characters, so many may not be text: logs are cut off anywhere. */
const MOST_STRANGE = 0.02;

export interface FileText {
  readonly text: string;
  /** It looks like text. */
  readonly isText: boolean;
}

export function fileText(bytes: Uint8Array): FileText {
  const text = DECODER.decode(bytes);
  let strange = 0;
  let shown = '';
  for (const letter of text.replaceAll('\r\n', '\n')) {
    const code = letter.codePointAt(0)!;
    if (letter === '\n' || letter === '\t') shown += letter;
    // Control characters have pictures of their own; colours of a terminal are usual in logs.
    else if (code < 0x20 || code === 0x7f) {
      shown += code === 0x7f ? '\u2421' : String.fromCharCode(0x2400 + code);
      if (code !== 0x1b && letter !== '\r' && letter !== '\f') strange++;
    } else if ((code >= 0x80 && code < 0xa0) || isDirection(code)) {
      shown += '\ufffd';
      strange++;
    } else {
      shown += letter;
      if (code === 0xfffd) strange++;
    }
  }
  return { text: shown, isText: !text.includes('\0') && strange <= Math.max(2, MOST_STRANGE * text.length) };
}

/** Those which turn the text around them: a line could look like another one. */
function isDirection(code: number): boolean {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0x200e || code === 0x200f;
}

export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
