import { spawnSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a command is started with, so that it alone sees files through a private read-only view; or why that is not possible. */
export type PrivateView = { prefix: readonly string[] } | { prefix: null; reason: string }

/** A path that a view shows: absolute, of this user, with the device and inode that were hashed, as `stat -c %d:%i` prints them. */
export type ViewedPath = { path: string; identity: string }

/** Flags of a mount that a user namespace must not drop. */
const LOCKED = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']

/**
 * Binds each path of the first arguments onto itself, read-only, then becomes the command. Each path comes with its mount options and its
 * identity, by device and inode: what is bound must be what was hashed. "--" ends them. Every step is an exec in the end, so signals and exit codes are those of the command.
 */
const BIND = `set -e
while [ "$1" != -- ]; do
  mount --no-mtab --bind "$1" "$1"
  mount --no-mtab -o "$2" "$1"
  [ "$(stat -c %d:%i -- "$1")" = "$3" ] || { echo "stemma: $1 was replaced" >&2; exit 65; }
  shift 3
done
shift
exec "$@"`

/**
 * The prefix of a command that gives it a private view of files: at their own paths, read-only, and readable although they are held in
 * place. Other processes see no difference. The command keeps its user and group; in its own user namespace it has one
 * capability, to read files of its user. If another file or folder is at a path when it is bound, the command is not started: exit code 65.
 */
export function privateView(paths: readonly ViewedPath[]): PrivateView {
  if (process.platform !== 'linux') return { prefix: null, reason: 'only Linux has mount namespaces' }
  const reason = probe()
  return reason === null ? { prefix: prefixOf(paths) } : { prefix: null, reason }
}

function prefixOf(paths: readonly ViewedPath[]): string[] {
  const binds = paths.flatMap(({ path, identity }) => [
    path,
    ['remount', 'bind', 'ro', ...lockedOptions(path)].join(','),
    identity,
  ])
  const user = process.geteuid!()
  const view = ['sh', '-c', BIND, 'stemma-view', ...binds, '--']
  // Root needs no user namespace, and may not be able to make one.
  if (user === 0) return ['unshare', '-m', '--propagation', 'private', '--', ...view, ...withoutMounting()]
  const own = ['unshare', '-U', `--map-user=${user}`, `--map-group=${process.getegid!()}`, '--keep-caps', '--']
  const caps = '-all,+dac_read_search'
  const drop = ['setpriv', `--inh-caps=${caps}`, `--ambient-caps=${caps}`, `--bounding-set=${caps}`, '--']
  return ['unshare', '-Urm', '--propagation', 'private', '--', ...view, ...own, ...drop]
}

/** Takes from root's command what it would need to take the view away. */
function withoutMounting(): string[] {
  return ['setpriv', '--inh-caps=-sys_admin', '--bounding-set=-sys_admin', '--']
}

let probed: string | null | undefined

/** Why the kernel or the programs of this system do not allow a view; null when they do. Tried once, on a file that is held. */
function probe(): string | null {
  if (probed !== undefined) return probed
  const folder = mkdtempSync(join(tmpdir(), 'stemma-view-'))
  try {
    const file = join(folder, 'file')
    writeFileSync(file, 'held', { mode: 0 })
    const script = '[ "$(cat "$0")" = held ] || exit 97; ! { : >> "$0"; } 2> /dev/null || exit 98'
    const [program, ...args] = [...prefixOf([{ path: folder, identity: identityOf(folder) }]), 'sh', '-c', script, file]
    const { status, stderr, error } = spawnSync(program!, args, { encoding: 'utf8', timeout: 5000 })
    if (error !== undefined) probed = `${program} cannot be run (${(error as NodeJS.ErrnoException).code})`
    else if (status === 97) probed = 'a held file cannot be read in it'
    else if (status === 98) probed = 'a file can be written to in it'
    else if (status !== 0) probed = stderr.trim().split('\n').at(-1)!.slice(0, 200) || `unshare ended with ${status}`
    else probed = null
    return probed
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function identityOf(path: string): string {
  const { dev, ino } = lstatSync(path, { bigint: true })
  return `${dev}:${ino}`
}

/** The options of the mount that a path is on, which the view must have too. */
function lockedOptions(path: string): string[] {
  let best = { length: -1, options: [] as string[] }
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, , , , point, options] = line.split(' ')
    if (point === undefined || options === undefined) continue
    const folder = point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
    const isAbove = folder === '/' || path === folder || path.startsWith(`${folder}/`)
    // Of two mounts at one place, the later one counts.
    if (isAbove && folder.length >= best.length) best = { length: folder.length, options: options.split(',') }
  }
  return best.options.filter((option) => LOCKED.includes(option))
}
