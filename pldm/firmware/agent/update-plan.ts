/** What is to be done with one device: which component images go where, and why others do not. */

import { MctpError } from '../../../stack/errors.js';
import { COMPONENT_CLASSIFICATION } from '../firmware-enums.js';
import type { PackageComponent } from '../package/package-model.js';
import { COMPONENT_OPTION } from '../package/package-records.js';
import type { FirmwarePackage } from '../package/read-package.js';
import { sameVersion } from '../same-version.js';
import { type DeviceMatch, type DownstreamMatch, matchPackage } from './match-package.js';
import type { ComponentParameter, DownstreamParameter, FirmwareInventory } from './read-inventory.js';

export interface PlanOptions {
  /** Update what is the same or older, too. */
  readonly force?: boolean;
  /** Indices of components in the package; default all that apply. */
  readonly components?: readonly number[];
}

export interface PlannedComponent {
  /** In the package. */
  readonly index: number;
  readonly component: PackageComponent;
  /** What the device calls it. */
  readonly classification: number;
  readonly identifier: number;
  readonly classificationIndex: number;
  readonly current: ComponentParameter | DownstreamParameter | undefined;
  readonly update: boolean;
  /** Why it is not updated, or that it is forced. */
  readonly reason: string;
  readonly force: boolean;
}

export interface UpdatePlan {
  readonly pkg: FirmwarePackage;
  readonly match: DeviceMatch | DownstreamMatch;
  /** capabilitiesDuringUpdate of the device; those for devices below it when it is one of them. */
  readonly capabilities: number;
  readonly components: readonly PlannedComponent[];
}

export interface Plans {
  readonly plans: readonly UpdatePlan[];
  /** Why records do not fit. */
  readonly reasons: readonly string[];
}

/** One plan for the device itself and one for each device below it, as far as the package is for them. */
export function planUpdates(pkg: FirmwarePackage, inventory: FirmwareInventory, options: PlanOptions = {}): Plans {
  const wrong = options.components?.find((index) => pkg.components[index] === undefined);
  if (wrong !== undefined) {
    throw new MctpError('EUSAGE', `the package has no component ${wrong}: they are 0 to ${pkg.components.length - 1}`);
  }
  const { device, downstream, reasons } = matchPackage(pkg, inventory);
  const plans: UpdatePlan[] = [];
  if (device !== undefined) {
    const { componentParameterTable: table, capabilitiesDuringUpdate: capabilities } = inventory.parameters;
    const components = device.record.applicableComponents.flatMap((index) => planOwn(pkg, index, table, options));
    plans.push({ pkg, match: device, capabilities, components });
  }
  for (const match of downstream) {
    const components = match.record.applicableComponents.map((index): PlannedComponent => {
      const component = pkg.components[index]!;
      const current = match.device.parameters;
      return {
        index,
        component,
        classification: COMPONENT_CLASSIFICATION.downstreamDevice,
        identifier: match.device.downstreamDeviceIndex,
        classificationIndex: 0,
        current,
        ...decide(index, component, current, options),
      };
    });
    plans.push({ pkg, match, capabilities: match.device.capabilities, components });
  }
  return { plans, reasons };
}

function planOwn(
  pkg: FirmwarePackage,
  index: number,
  table: readonly ComponentParameter[],
  options: PlanOptions,
): PlannedComponent[] {
  const component = pkg.components[index]!;
  const { componentClassification: classification, componentIdentifier: identifier } = component;
  const common = { index, component, classification, identifier };
  const own = table.filter((each) => each.compClassification === classification && each.compIdentifier === identifier);
  if (own.length === 0) {
    const reason = 'the device has no such component';
    return [{ ...common, classificationIndex: 0, current: undefined, update: false, force: false, reason }];
  }
  return own.map((current) => ({
    ...common,
    classificationIndex: current.compClassificationIndex,
    current,
    ...decide(index, component, current, options),
  }));
}

function decide(
  index: number,
  component: PackageComponent,
  current: ComponentParameter | DownstreamParameter | undefined,
  { force = false, components }: PlanOptions,
): { readonly update: boolean; readonly force: boolean; readonly reason: string } {
  if (components !== undefined && !components.includes(index)) {
    return { update: false, force: false, reason: 'not chosen' };
  }
  if (component.componentSize === 0) return { update: false, force: false, reason: 'its image is empty' };
  const forced = force || (component.componentOptions & COMPONENT_OPTION.forceUpdate) !== 0;
  const against = current === undefined ? '' : objection(component, current);
  if (against === '') return { update: true, force: forced, reason: '' };
  return forced
    ? { update: true, force: true, reason: `forced: ${against}` }
    : { update: false, force: false, reason: against };
}

/** What speaks against an update; '': nothing. */
function objection(component: PackageComponent, current: ComponentParameter | DownstreamParameter): string {
  const { componentVersionString: version, componentComparisonStamp: stamp, componentOptions } = component;
  if ((componentOptions & COMPONENT_OPTION.useComparisonStamp) !== 0) {
    if (stamp < current.activeCompComparisonStamp) return `older than the active ${current.activeCompVersionString}`;
    if (stamp === current.activeCompComparisonStamp) return `as new as the active ${current.activeCompVersionString}`;
  } else if (sameVersion(version, current.activeCompVersionString)) {
    return `${version} is active already`;
  }
  return version !== '' && sameVersion(version, current.pendingCompVersionString)
    ? `${version} is pending already`
    : '';
}
