import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import type { HeldFile } from './ports.ts'

/** Leases on files, which the system refuses while anybody can write to one, and breaks when somebody opens one for writing. */
export type ReadLeases = {
  /** Ends the program that holds them. */
  end(): Promise<void>
}

/*
 * Takes a read lease on each file by standard input, where it gets inode and path in turn, each ended by a zero byte; an empty one ends the list. Prints
 * how many it has, and the number of each that is broken. It ends with its standard input, so with the guard. The one who opens
 * a file for writing waits meanwhile, at most for what /proc/sys/fs/lease-break-time says.
 */
// Debian's Fcntl has no names for leases: 1024 sets one, 1025 asks for it, on all of Linux.
const PERL = `
use Fcntl; my ($set, $get) = (1024, 1025); $| = 1; $/ = "\\0"; my (@files, $broken); $SIG{IO} = sub { $broken = 1 };
while (defined(my $inode = <STDIN>)) {
  chomp $inode; last if $inode eq ''; my $path = <STDIN>; chomp $path;
  my $file; my $is = sysopen($file, $path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) && (stat $file)[1] eq $inode && fcntl($file, $set, F_RDLCK);
  push @files, $is ? $file : undef;
}
print scalar(grep { defined } @files), "\\n";
for (;;) {
  $broken = 0;
  for my $at (0 .. $#files) { next unless defined $files[$at]; my $is = fcntl($files[$at], $get, 0);
    if (!defined $is || $is != F_RDLCK) { print "$at\\n"; } }
  until ($broken) { my $in = ''; vec($in, 0, 1) = 1; if (select($in, undef, undef, 0.2) > 0) { exit 0 unless sysread(STDIN, my $byte, 1); } }
}`

const PYTHON = `
import fcntl, os, select, signal, sys
broken = [False]
def on_signal(number, frame): broken[0] = True
signal.signal(signal.SIGIO, on_signal)
data = b''
while not data.endswith(b'\\0\\0'):
    chunk = os.read(0, 65536)
    if not chunk: sys.exit(0)
    data += chunk
parts = data[:-2].split(b'\\0')
files = []
for inode, path in zip(parts[::2], parts[1::2]):
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if os.fstat(file).st_ino != int(inode): raise OSError
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        files.append(file)
    except OSError: files.append(None)
print(len([file for file in files if file is not None]), flush=True)
while True:
    broken[0] = False
    for at, file in enumerate(files):
        if file is not None and fcntl.fcntl(file, fcntl.F_GETLEASE) != fcntl.F_RDLCK: print(at, flush=True)
    while not broken[0]:
        if select.select([0], [], [], 0.2)[0] and not os.read(0, 1): sys.exit(0)
`

/** Programs of a system that can take leases, in the order in which they are tried. */
export const LEASE_PROGRAMS: readonly (readonly [string, ...string[]])[] = [
  ['perl', '-e', PERL],
  ['python3', '-I', '-S', '-c', PYTHON],
]

/**
 * Takes a read lease on all files, where a program of the system can.
 *
 * @param onBroken called with a file that somebody opens for writing
 * @returns null when one of them has none: somebody can write to it now, it belongs to another user, or no program can take leases
 */
export async function takeReadLeases(
  files: readonly HeldFile[],
  onBroken: (file: HeldFile) => void,
  programs: typeof LEASE_PROGRAMS = LEASE_PROGRAMS,
): Promise<ReadLeases | null> {
  if (process.platform !== 'linux') return null
  for (const program of programs) {
    const taken = await takeBy(program, files, onBroken)
    if (taken !== 'no such program') return taken
  }
  return null
}

/** Nothing that changes what an interpreter loads, and no keys. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return process.env.PATH === undefined ? {} : { PATH: process.env.PATH }
}

async function takeBy(
  [program, ...args]: readonly [string, ...string[]],
  files: readonly HeldFile[],
  onBroken: (file: HeldFile) => void,
): Promise<ReadLeases | null | 'no such program'> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], env: bareEnvironment() })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const first = Promise.race([once(lines, 'line').then(([line]) => String(line)), ended.then(() => undefined)])
  child.stdin.write(files.map(({ state, path }) => `${state.inode}\0${path}\0`).join('') + '\0')
  const count = await first
  if (count === undefined) return 'no such program'
  if (Number(count) !== files.length) {
    await end(child, ended)
    return null
  }
  lines.on('line', (line) => {
    const file = files[Number(line)]
    if (file !== undefined) onBroken(file)
  })
  return { end: () => end(child, ended) }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end()
  await ended
}
