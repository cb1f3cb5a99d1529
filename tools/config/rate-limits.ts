/** `[rate-limits]`: what peers may ask of us (DSP0236 §12.19 to §12.21). */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import type { LinkConfig, RateLimitConfig } from './config-model.js';
import { linkList } from './firewall-config.js';

const MOST = 0xffffffff;
const MOST_BURST = 0xffffff;

/** Without a value, we take any rate, and hold back as far as we are asked to. */
const DEFAULTS = { rxBuffer: 65_536, rxRate: 0, txMax: 1_000_000, txMin: 1, burstMax: 255 } as const;

export function readRateLimits(table: TomlTable, links: readonly LinkConfig[]): RateLimitConfig {
  const abilities = {
    rxBuffer: table.whole('rx-buffer', 68, MOST) ?? DEFAULTS.rxBuffer,
    rxRate: table.whole('rx-rate', 0, MOST) ?? DEFAULTS.rxRate,
    txMin: table.whole('tx-min', 1, MOST) ?? DEFAULTS.txMin,
    txMax: table.whole('tx-max', 1, MOST) ?? DEFAULTS.txMax,
    burstMax: table.whole('burst-max', 1, MOST_BURST) ?? DEFAULTS.burstMax,
  };
  if (abilities.txMin > abilities.txMax) {
    throw table.error(['tx-min'], `tx-min ${abilities.txMin} is above tx-max ${abilities.txMax}`);
  }
  return { links: linkList(table, 'links', links), abilities };
}
