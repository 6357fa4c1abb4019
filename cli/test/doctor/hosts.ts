import type { Host } from '../../src/doctor/host.ts'

/** A host as files, links and programs tell of it. */
export interface Told {
  readonly files: Readonly<Record<string, string>>
  readonly links?: Readonly<Record<string, string>>
  /** By the command line. */
  readonly tools?: Readonly<Record<string, string>>
}

export const hostOf = ({ files, links = {}, tools = {} }: Told): Host => ({
  read: path => files[path],
  list: path => {
    const below = [...Object.keys(files), ...Object.keys(links)].filter(name =>
      name.startsWith(`${path}/`),
    )
    return [...new Set(below.map(name => name.slice(path.length + 1).split('/')[0] ?? ''))]
  },
  linkName: path => links[path],
  tool: (program, ...args) => tools[[program, ...args].join(' ')],
})

const limits = (soft: string, hard: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax processes             96000                96000                processes\nMax open files            ${soft}              ${hard}              files`

const interrupts = (first: readonly number[], second: readonly number[]): string =>
  [
    '            CPU0       CPU1       ',
    `  9:          ${first[0]}          ${first[1]}   IO-APIC   9-fasteoi   acpi`,
    ` 38:   ${second[0]}     ${second[1]} PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0`,
    'NMI:          0          0   Non-maskable interrupts',
  ].join('\n')

const proc = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`
const RX = '/sys/class/net/eth0/queues/rx-0/rps_cpus'

/** Made ready as docs/tuning.md says. */
export const GOOD: Told = {
  files: {
    '/proc/self/limits': limits('1048576', '1048576'),
    '/proc/self/cgroup': '0::/',
    [proc('fs.file-max')]: '4194304',
    [proc('fs.file-nr')]: '5912\t0\t4194304',
    '/proc/meminfo': 'MemTotal:       67108864 kB\nMemFree: 1 kB\nMemAvailable:   60000000 kB',
    '/proc/cpuinfo': 'processor\t: 0\nmodel name\t: x\nprocessor\t: 1\n',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never',
    [proc('net.core.somaxconn')]: '4096',
    [proc('net.ipv4.tcp_max_syn_backlog')]: '8192',
    [proc('net.ipv4.tcp_syncookies')]: '1',
    [proc('net.ipv4.tcp_fin_timeout')]: '15',
    [proc('net.ipv4.tcp_tw_reuse')]: '1',
    [proc('net.ipv4.ip_local_port_range')]: '10240\t65535',
    [proc('net.ipv4.ip_local_reserved_ports')]: '15000-15010,17001',
    [proc('net.ipv4.tcp_mem')]: '1048576\t1572864\t2097152',
    [proc('net.ipv4.tcp_rmem')]: '4096\t131072\t6291456',
    [proc('net.ipv4.tcp_wmem')]: '4096\t16384\t4194304',
    [proc('net.ipv4.tcp_rto_min_us')]: '200000',
    '/proc/net/sockstat':
      'sockets: used 65\nTCP: inuse 42 orphan 0 tw 4 alloc 42 mem 385\nUDP: inuse 0',
    '/proc/interrupts': interrupts([5, 5], [500_000, 400_000]),
    [RX]: '0',
    '/run/systemd/timesync/synchronized': '',
    '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc',
  },
  links: { '/sys/class/net/eth0/device': 'virtio2' },
  tools: { 'ip -4 route show default': 'default via 192.0.2.1 dev eth0 rto_min lock 3s' },
}

/** Everything that can be wrong. */
export const BAD: Told = {
  files: {
    ...GOOD.files,
    '/proc/self/limits': limits('1024', '4096'),
    '/proc/self/cgroup': '0::/box',
    '/sys/fs/cgroup/box/memory.max': '100000000',
    '/sys/fs/cgroup/cpu.max': '50000 100000',
    [proc('fs.file-nr')]: '9900\t0\t10000',
    [proc('fs.file-max')]: '10000',
    '/sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never',
    [proc('net.core.somaxconn')]: '128',
    [proc('net.ipv4.tcp_max_syn_backlog')]: '512',
    [proc('net.ipv4.tcp_syncookies')]: '0',
    [proc('net.ipv4.tcp_fin_timeout')]: '60',
    [proc('net.ipv4.tcp_tw_reuse')]: '0',
    [proc('net.ipv4.tcp_tw_recycle')]: '1',
    [proc('net.ipv4.ip_local_port_range')]: '7000\t9000',
    [proc('net.ipv4.ip_local_reserved_ports')]: '',
    [proc('net.ipv4.tcp_mem')]: '1000\t2000\t3000',
    '/proc/net/sockstat': 'TCP: inuse 42 orphan 0 tw 4 alloc 42 mem 3000',
    [proc('net.ipv4.tcp_rmem')]: '4096\t1048576\t6291456',
    [proc('net.netfilter.nf_conntrack_max')]: '1000',
    [proc('net.netfilter.nf_conntrack_count')]: '999',
    '/proc/interrupts': interrupts([5, 5], [10, 900_000]),
    '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet',
    '/sys/devices/system/clocksource/clocksource0/available_clocksource': 'tsc hpet acpi_pm',
  },
  links: { '/sys/class/net/eth0/device': 'virtio2' },
  tools: {
    'ip -4 route show default': 'default via 192.0.2.1 dev eth0 proto dhcp metric 100',
    'chronyc -c tracking': '7F7F0101,,0,0.0,0,0,0,0,0,0,0,0,0,Not synchronised',
  },
}

/** A container that shows nothing. */
export const BARE: Told = { files: {} }
