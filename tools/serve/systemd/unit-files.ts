/** The files by which systemd and udev run `mctpkit serve`: with a user of its own, and with no more rights than it needs. */

export interface ServiceNeeds {
  /** The words which call this command. */
  readonly command: readonly string[];
  /** The configuration which is served. */
  readonly config: string;
  /** Links or nodes of the kernel's MCTP stack: they need capabilities. */
  readonly kernel: boolean;
  /** Metrics over HTTP. */
  readonly http: boolean;
  /** Groups of this machine which own devices. */
  readonly deviceGroups: readonly string[];
}

export interface ServiceFile {
  /** From the root of the file system. */
  readonly path: string;
  readonly text: string;
}

export const SERVICE = 'mctpkit.service';
const SERVICE_GROUP = 'mctp';
/** Groups which own serial lines and I2C buses on Debian and Raspberry Pi OS. */
export const DEVICE_GROUPS = ['dialout', 'i2c'];
const USER = 'mctpkit';
const WATCHDOG_S = 30;
/** Longer than the longest `shutdown-ms`. */
const STOP_S = 75;
/** Interfaces are made and put up with the first; packet sockets, by which they are grabbed, ask for the second. */
const KERNEL_CAPABILITIES = 'CAP_NET_ADMIN CAP_NET_RAW';

export function serviceFiles(needs: ServiceNeeds): ServiceFile[] {
  return [
    { path: `/etc/systemd/system/${SERVICE}`, text: unit(needs) },
    { path: '/etc/sysusers.d/mctpkit.conf', text: sysusers() },
    { path: '/etc/tmpfiles.d/mctpkit.conf', text: tmpfiles() },
    { path: '/etc/udev/rules.d/60-mctpkit.rules', text: udevRules(needs.deviceGroups) },
  ];
}

function unit({ command, config, kernel, http, deviceGroups }: ServiceNeeds): string {
  const families = [
    'AF_UNIX',
    'AF_NETLINK',
    ...(http ? ['AF_INET', 'AF_INET6'] : []),
    ...(kernel ? ['AF_MCTP', 'AF_PACKET'] : []),
  ];
  const words = [...command, 'serve', '--config', config, '--dir', '/run/mctpkit', '--json'];
  const isAtHome = words.some((word) => /^\/(home|root|run\/user)\//.test(word));
  const capabilities = kernel ? KERNEL_CAPABILITIES : '';
  return lines(
    '[Unit]',
    'Description=MCTP networks which many processes use (mctpkit serve)',
    'StartLimitIntervalSec=60',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=notify',
    'NotifyAccess=main',
    `ExecStart=${words.map(word).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=1',
    `WatchdogSec=${WATCHDOG_S}`,
    `TimeoutStopSec=${STOP_S}`,
    `User=${USER}`,
    `Group=${SERVICE_GROUP}`,
    ...(deviceGroups.length > 0 ? [`SupplementaryGroups=${deviceGroups.join(' ')}`] : []),
    'UMask=0007',
    'StateDirectory=mctpkit',
    'ReadWritePaths=/run/mctpkit',
    '',
    `CapabilityBoundingSet=${capabilities}`,
    `AmbientCapabilities=${capabilities}`,
    'NoNewPrivileges=yes',
    '# Devices are the purpose: DeviceAllow would have to name each. Just-in-time compilation needs memory which is',
    '# written and executed.',
    'ProtectSystem=strict',
    `ProtectHome=${isAtHome ? 'read-only' : 'yes'}`,
    'PrivateTmp=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectControlGroups=yes',
    'ProtectProc=invisible',
    `RestrictAddressFamilies=${families.join(' ')}`,
    ...(http ? ['IPAddressDeny=any', 'IPAddressAllow=localhost'] : ['IPAddressDeny=any']),
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged',
    '# The options owner and group of a network.',
    'SystemCallFilter=@chown',
    'SystemCallErrorNumber=EPERM',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  );
}

/** As systemd reads it: quoted, with `%` and `$` for themselves. */
function word(text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(plain) ? plain : `"${plain.replace(/[\\"]/g, '\\$&')}"`;
}

function sysusers(): string {
  return lines(
    `# Members of the group ${SERVICE_GROUP} may use the networks: usermod -a -G ${SERVICE_GROUP} NAME`,
    `g ${SERVICE_GROUP} -`,
    `u ${USER} - "MCTP networks" /var/lib/mctpkit`,
    `m ${USER} ${SERVICE_GROUP}`,
  );
}

function tmpfiles(): string {
  return lines(`d /run/mctpkit 0755 ${USER} ${SERVICE_GROUP} -`);
}

function udevRules(deviceGroups: readonly string[]): string {
  const access = `GROUP="${SERVICE_GROUP}", MODE="0660"`;
  return lines(
    '# MCTP over USB: the interface class is 0x14 (DSP0283).',
    `ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:14????:*", ${access}`,
    ...(deviceGroups.includes('i2c')
      ? []
      : ['# No other group owns the I2C buses of this machine.', `ACTION!="remove", SUBSYSTEM=="i2c-dev", ${access}`]),
  );
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
