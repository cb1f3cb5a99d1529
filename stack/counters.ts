/** What the stack counts, and why it drops. Every counter is a plain number in a plain object: read it, print it. */

/**
 * Why a received packet, or the message it belonged to, was dropped. The letters are those of the drop rules
 * (DSP0236 §8.6) and of the assembly rules (§8.5, §8.7); the rest are limits of ours.
 */
export interface DropCounters {
  /** D1: middle or end packet with no assembly in progress. */
  unexpectedPacket: number;
  /** D2: framing or link-level integrity was wrong; the link's own counters say how. */
  linkFault: number;
  /** D3: TO = 0 on a tag that is not ours, or no longer. */
  unknownTag: number;
  /** D4, D5: not our EID, and no route to forward it by. */
  unknownDestination: number;
  /** D6: header version other than 1. */
  badVersion: number;
  /** D7: payload longer than this receiver, or the outgoing link of a bridge, takes. */
  unitTooLarge: number;
  /** D8: shorter than a header and one byte. */
  tooShort: number;
  /** D9: source 1..7 or 255, destination 1..7. */
  reservedEid: number;
  /** From an EID of ours, which we did not send by this way: an echo, or a forgery. */
  ownSource: number;
  /** Assembly aborted: sequence number not the next one. */
  wrongSequence: number;
  /** Assembly aborted: a new SOM with the same key came before the end. */
  restarted: number;
  /** Assembly aborted: a middle packet of another size than the first. */
  middleSizeChanged: number;
  /** Assembly aborted: the end packet is larger than the first. */
  endTooLarge: number;
  /** Assembly aborted: longer than the message limit. */
  messageTooLong: number;
  /** Assembly aborted: nothing came for too long. */
  assemblyTimeout: number;
  /** Too many assemblies, or bytes in them, for one peer or in all. */
  assemblyLimit: number;
  /** A message of a type nobody is bound to. */
  noListener: number;
  /** A reply that came after its request had given up, or a second time. */
  lateReply: number;
  /** Null or broadcast EID that asked to be bridged, or forwarding is off for it. */
  notForwardable: number;
  /** A filter of the bridge said no. */
  filtered: number;
  /** To be passed on a second time, from another place: the routes of two bridges point at each other. */
  circling: number;
  /** An answer by another link, or from another physical address, than the device was asked at. */
  wrongPlace: number;
}

export type DropReason = keyof DropCounters;

export function newDropCounters(): DropCounters {
  return {
    unexpectedPacket: 0,
    linkFault: 0,
    unknownTag: 0,
    unknownDestination: 0,
    badVersion: 0,
    unitTooLarge: 0,
    tooShort: 0,
    reservedEid: 0,
    ownSource: 0,
    wrongSequence: 0,
    restarted: 0,
    middleSizeChanged: 0,
    endTooLarge: 0,
    messageTooLong: 0,
    assemblyTimeout: 0,
    assemblyLimit: 0,
    noListener: 0,
    lateReply: 0,
    notForwardable: 0,
    filtered: 0,
    circling: 0,
    wrongPlace: 0,
  };
}

export interface LinkCounters {
  rxPackets: number;
  rxBytes: number;
  rxMessages: number;
  txPackets: number;
  txBytes: number;
  txMessages: number;
  /** Messages given up because the link could not send them. */
  txErrors: number;
  /** Messages cancelled by their sender while queued. */
  txCancelled: number;
  /** Packets passed on to another link. */
  forwarded: number;
  /** Packets not passed on because the outgoing queue was full. */
  forwardDropped: number;
  /** Times a sender had to wait, or was refused, because the queue was full. */
  queueFull: number;
  readonly drops: DropCounters;
}

export function newLinkCounters(): LinkCounters {
  return {
    rxPackets: 0,
    rxBytes: 0,
    rxMessages: 0,
    txPackets: 0,
    txBytes: 0,
    txMessages: 0,
    txErrors: 0,
    txCancelled: 0,
    forwarded: 0,
    forwardDropped: 0,
    queueFull: 0,
    drops: newDropCounters(),
  };
}

export interface PeerCounters {
  rxMessages: number;
  rxBytes: number;
  txMessages: number;
  txBytes: number;
  timeouts: number;
  retries: number;
  lateReplies: number;
  /** Times a sender had to wait, or was refused, because all eight tags were in use. */
  tagsExhausted: number;
}

export function newPeerCounters(): PeerCounters {
  return {
    rxMessages: 0,
    rxBytes: 0,
    txMessages: 0,
    txBytes: 0,
    timeouts: 0,
    retries: 0,
    lateReplies: 0,
    tagsExhausted: 0,
  };
}
