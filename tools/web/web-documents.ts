/** What the server tells the page: rows of live tables, items of live logs. Types only: both sides import them. */

/** The server itself; one row, `server`. */
export interface WebServerRow {
  readonly version: string;
  /** Names of the served networks. */
  readonly networks: readonly string[];
  /** ms since 1970 */
  readonly startedAt: number;
  readonly time: number;
  /** Bytes. */
  readonly memory: number;
  /** Pages which are connected. */
  readonly viewers: number;
  /** There is a token by which one may manage. */
  readonly canManage: boolean;
  /** Sensors can be plotted from before the page was opened. */
  readonly hasHistory: boolean;
}

/** By name. */
export interface WebLink {
  readonly name: string;
  readonly network: number;
  /** `SMBus/I2C` */
  readonly kind: string;
  readonly up: boolean;
  readonly downReason: string | null;
  readonly role: string;
  readonly eids: readonly number[];
  /** Ours there; '' on a point-to-point link. */
  readonly ownAddress: string;
  /** Bytes, without the header. */
  readonly transmissionUnit: number;
}

/** By name of the link: what moves. */
export interface WebRates {
  /** Per second. */
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Frames that were wrong and packets that were dropped, since the start. */
  readonly faults: number;
  /** Every counter which is not zero. */
  readonly counters: Readonly<Record<string, number>>;
}

/** By `NETWORK:EID`. */
export interface WebEndpoint {
  readonly network: number;
  readonly eid: number;
  readonly link: string;
  readonly physicalAddress: string | null;
  readonly uuid: string | null;
  /** Its name in the configuration, or ''. */
  readonly name: string;
  /** What it says, or said, it is; '' while that is not known. */
  readonly thing: string;
  readonly isBridge: boolean;
  /** EID of the bridge it is behind. */
  readonly bridge: number | null;
  readonly pool: { readonly first: number; readonly size: number } | null;
  readonly messageTypes: readonly {
    readonly type: number;
    readonly name: string;
    readonly versions: readonly string[];
  }[];
  /** `gone`: it was there, and the bus owner gave it up. */
  readonly state: 'available' | 'degraded' | 'gone';
  /** ms since 1970, of `state`. */
  readonly since: number;
  readonly remarks: readonly string[];
}

/** By `NETWORK:EID`: what was exchanged with it. */
export interface WebPeer {
  readonly messagesPerSecond: number;
  readonly messages: number;
  readonly timeouts: number;
  readonly retries: number;
  readonly lateReplies: number;
}

/** By `NETWORK:EID`, and `NETWORK:EID:nvme` of drives: a device with sensors. */
export interface WebTerminus {
  readonly network: number;
  readonly eid: number;
  /** What it says it is. */
  readonly thing: string;
  readonly isDrive: boolean;
  readonly sensors: number;
  readonly reading: boolean;
  readonly error: string | null;
}

export type WebSeverity = 'ok' | 'warning' | 'critical' | 'unknown';

/** By `NETWORK:EID:KIND:ID`. */
export interface WebSensor {
  readonly network: number;
  readonly eid: number;
  readonly kind: 'numeric' | 'state';
  readonly id: string;
  readonly name: string;
  /** What it is part of. */
  readonly entity: string;
  readonly value: number | null;
  readonly unit: string;
  /** `normal`, `upperWarning`; of states their names. */
  readonly state: string;
  readonly severity: WebSeverity;
  /** By name of the threshold. */
  readonly limits: Readonly<Record<string, number>>;
  readonly min: number | null;
  readonly max: number | null;
  readonly error: string | null;
  /** ms since 1970 */
  readonly at: number;
}

/** By `NETWORK/NODE`: the users of a served network. */
export interface WebNode {
  readonly served: string;
  readonly node: number;
  readonly description: string;
  readonly right: string;
  readonly pid: number | null;
  readonly present: boolean;
  readonly persistent: string | null;
  readonly bindings: readonly string[];
  readonly queued: number;
  readonly pending: number;
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
  readonly since: number;
}

/** By number: a firmware update which runs, or ran. */
export interface WebUpdate {
  readonly number: number;
  readonly device: string;
  readonly network: number;
  readonly eid: number;
  readonly package: string;
  readonly phase: string;
  /** Of the component that is sent now; bytes. */
  readonly done: number;
  readonly size: number;
  /** Of all. */
  readonly served: number;
  readonly total: number;
  /** What the device says while it verifies, applies, activates. */
  readonly percent: number | null;
  readonly outcome: string | null;
  readonly reason: string;
  readonly notes: readonly string[];
  readonly components: readonly string[];
  /** ms since 1970 */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export type WebLevel = 'good' | 'info' | 'warning' | 'error';

export interface WebEvent {
  readonly n: number;
  /** ms since 1970 */
  readonly time: number;
  readonly kind: string;
  readonly level: WebLevel;
  /** Null: of no one endpoint. */
  readonly network: number | null;
  readonly eid: number | null;
  readonly about: string;
  readonly text: string;
}

export interface WebPacket {
  /** Negative: it passed before the page came. */
  readonly n: number;
  /** ms since 1970, with fractions. */
  readonly time: number;
  readonly link: string;
  readonly dir: 'rx' | 'tx';
  readonly src: string;
  readonly dst: string;
  /** `SET`, `-E-` */
  readonly flags: string;
  readonly seq: number | null;
  readonly tag: number | null;
  /** '' of packets which do not begin a message. */
  readonly type: string;
  /** Payload bytes. */
  readonly bytes: number;
  /** The message it completes, in short. */
  readonly text: string;
  /** What is wrong. */
  readonly fault: string;
  readonly failed: boolean;
}

/** A branch of the entities of a terminus, with what it has. */
export interface WebEntity {
  readonly name: string;
  readonly physical: boolean;
  readonly leaves: readonly string[];
  readonly children: readonly WebEntity[];
}

/** What is read of a device when somebody wants to see it, by the part of its page. */
export interface WebFacts {
  readonly pldm: {
    readonly tid: number;
    readonly uuid: string | null;
    readonly types: readonly {
      readonly type: number;
      readonly name: string;
      readonly versions: readonly string[];
      readonly commands: readonly string[];
    }[];
    readonly notes: readonly string[];
  };
  readonly fru: {
    readonly sets: readonly { readonly title: string; readonly fields: readonly (readonly [string, string])[] }[];
    readonly notes: readonly string[];
  };
  readonly pdr: {
    readonly records: readonly {
      readonly handle: number;
      readonly title: string;
      readonly about: string;
      readonly bytes: number;
      readonly wrong: string;
    }[];
    readonly entities: readonly WebEntity[];
    readonly notes: readonly string[];
  };
  /** Lines of one record. */
  readonly record: { readonly lines: readonly string[] };
  readonly firmware: {
    readonly active: string;
    readonly pending: string;
    readonly status: string;
    readonly descriptors: readonly string[];
    readonly components: readonly {
      readonly what: string;
      readonly active: string;
      readonly pending: string;
      readonly activation: string;
    }[];
  };
  readonly files: {
    readonly entries: readonly {
      readonly identifier: number;
      readonly path: string;
      readonly directory: boolean;
      /** Reading takes away what is read. */
      readonly fifo: boolean;
      readonly classification: string;
      readonly maximumSize: number;
    }[];
  };
}
export type WebFactName = keyof WebFacts;

/** One packet in full. */
export interface WebPacketDetail extends WebPacket {
  readonly hex: string;
  readonly message: {
    readonly title: string;
    readonly packets: number;
    readonly hex: string;
    readonly lines: readonly string[];
    /** ms after its request; null: it answers none. */
    readonly afterRequestMs: number | null;
    readonly request: string | null;
  } | null;
}

export interface WebTables {
  readonly server: WebServerRow;
  readonly links: WebLink;
  readonly rates: WebRates;
  readonly endpoints: WebEndpoint;
  readonly peers: WebPeer;
  readonly termini: WebTerminus;
  readonly sensors: WebSensor;
  readonly nodes: WebNode;
  readonly updates: WebUpdate;
}
export type WebTableName = keyof WebTables;

/** One message of the live stream. */
export interface WebLive {
  readonly tables?: {
    readonly [Name in WebTableName]?: {
      /** Forget the rows so far. */
      readonly all: boolean;
      readonly rows: Readonly<Record<string, WebTables[Name]>>;
      readonly gone: readonly string[];
    };
  };
  readonly events?: { readonly items: readonly WebEvent[]; readonly lost: number };
  readonly packets?: {
    readonly items: readonly WebPacket[];
    /** Which passed, and were too many to be shown. */
    readonly lost: number;
    /** Why there are none: the filter is wrong. */
    readonly problem?: string;
  };
}

/** What a firmware package would do to the devices here. */
export interface WebPlan {
  /** By which it is started. */
  readonly number: number;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly devices: readonly {
    readonly key: string;
    readonly name: string;
    /** Another update is under way there, which would be ended: its state; '' most often. */
    readonly underWay: string;
    readonly components: readonly { readonly text: string; readonly update: boolean }[];
  }[];
  /** Why it is not for others. */
  readonly notes: readonly string[];
}
