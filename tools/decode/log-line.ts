/** What the words of a line of a log say of the bytes in it: when, which way, which layer. Pure. */

export interface LineFacts {
  readonly timeUs: number | undefined;
  readonly dir: 'tx' | 'rx' | undefined;
  /** A word for a layer, as programs name themselves. */
  readonly about: 'pldm' | 'i3c' | 'smbus' | 'serial' | 'control' | 'mctp' | undefined;
}

/** Nothing useful stands further from the ends of a line. */
const LOOKED_AT = 200;

const WAYS =
  /(?<![\w-])(tx|sent|send|sending|transmit|transmits|transmitted|transmitting|write|writing|wrote|outgoing|request|rx|recv|recvd|receive|received|receiving|read|reading|incoming|response|reply|answer)(?![\w-])|(?<!\w)(-->|->|=>|>>|<--|<-|<=|<<)|\b(Out|In)\b/gi;
const TX = /^(tx|sent|send|transmit|writ|wrote|out|request|-|=|>>)/i;

const ABOUT: readonly (readonly [RegExp, NonNullable<LineFacts['about']>])[] = [
  [/pldm/i, 'pldm'],
  [/i3c/i, 'i3c'],
  [/smbus|i2c/i, 'smbus'],
  [/serial|uart|tty[A-Z]/i, 'serial'],
  [/\bcontrol\b/i, 'control'],
  [/mctp/i, 'mctp'],
];

/** `before` and `behind` the bytes; all of a line that has none is before. */
export function lineFacts(before: string, behind = ''): LineFacts {
  const head = before.slice(0, LOOKED_AT);
  const near = before.slice(-LOOKED_AT);
  return {
    timeUs: timeOf(head),
    dir: wayOf(near) ?? wayOf(behind.slice(0, LOOKED_AT)),
    about: ABOUT.find(([word]) => word.test(near) || word.test(head))?.[1],
  };
}

/** The word next to the bytes. */
function wayOf(text: string): LineFacts['dir'] {
  let last: string | undefined;
  for (const [word] of text.matchAll(WAYS)) {
    // "in" and "out" are words of any sentence; tcpdump writes them with a capital.
    if (word !== 'in' && word !== 'out') last = word;
  }
  if (last === undefined) return /^\s*>\s/.test(text) ? 'tx' : /^\s*<\s/.test(text) ? 'rx' : undefined;
  return TX.test(last) && !last.startsWith('<') ? 'tx' : 'rx';
}

function timeOf(text: string): number | undefined {
  const date =
    /\b(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:,(\d{3}))?/.exec(text) ?? undefined;
  if (date !== undefined) {
    const [, year, month, day, hours, minutes, seconds, fraction = '', more = ''] = date;
    return (
      Date.UTC(+year!, +month! - 1, +day!, +hours!, +minutes!, +seconds!) * 1000 + microseconds(`${fraction}${more}`)
    );
  }
  const clock = /(?<![\d:])(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:,(\d{3}))?(?![\d:])/.exec(text);
  if (clock !== null) {
    const [, hours, minutes, seconds, fraction = '', more = ''] = clock;
    return ((+hours! * 60 + +minutes!) * 60 + +seconds!) * 1e6 + microseconds(`${fraction}${more}`);
  }
  const kernel = /\[ {0,12}(\d{1,12})\.(\d{1,9})\]/.exec(text) ?? /(?:^|\s)(\d{1,12})\.(\d{6,9}):?(?=\s|$)/.exec(text);
  return kernel === null ? undefined : +kernel[1]! * 1e6 + microseconds(kernel[2]!);
}

/** Of the digits behind a decimal point. */
export function microseconds(fraction: string): number {
  return Number(`0.${fraction || '0'}`) * 1e6;
}
