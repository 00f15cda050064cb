import { quoted } from '../../../core/text.ts'
import type { Content, Judge } from '../../ports.ts'
import { readStream } from '../pickle/stream.ts'
import { Window } from '../pickle/window.ts'
import { LIMITS } from '../limits.ts'
import { inflate } from './inflate.ts'
import { inMemory, part, type Source } from './source.ts'
import { localAt, type Entry } from './zipRecords.ts'

/** Names of members that are data of tensors, and how many bytes the tensors take from each. */
export type Storages = ReadonlyMap<string, number>

/** A pickle at the top of torch's archive: its folder, and the folder of its storages. */
const PICKLE = /^([^/]+\/)(data|constants)\.pkl$/
const CODE = /^[^/]+\/code\/.*\.py$/
/** Functions by which the code of an archive reaches files. */
const FILE_FUNCTION = /\b(?:torch|ops\.aten|aten)\.(?:save|load|from_file)\s*\(/
const NESTED = 4

/**
 * The storages that the pickles of torch's archive name by persistent ids. None when a name is there twice: then it is not known which
 * pickle is loaded.
 */
export function torchStorages(content: Content, entries: readonly Entry[], judge: Judge): Storages {
  const storages = new Map<string, number>()
  const pickles = entries.filter(({ name }) => PICKLE.test(name))
  if (pickles.length === 0 || new Set(entries.map(({ name }) => name)).size < entries.length) return storages
  for (const entry of pickles) {
    const source = dataOf(content, entry, judge)
    if (source === undefined) continue
    const spend = (steps: number): void => judge.spend('steps', steps)
    const silent = { found: () => undefined, within: () => undefined }
    const { machine } = readStream(new Window(source), source, 0, silent, { spend, texts: 0, nested: NESTED })
    const folder = entry.name.slice(0, -'.pkl'.length)
    for (const [key, { numel, itemSize }] of machine.storages) storages.set(`${folder}/${key}`, numel * itemSize)
  }
  return storages
}

/** Reports the code of a TorchScript archive. */
export function judgeTorch(content: Content, entries: readonly Entry[], judge: Judge): void {
  const code = entries.filter(({ name }) => CODE.test(name))
  if (code.length === 0 || !entries.some(({ name }) => PICKLE.test(name))) return
  judge.found({
    rule: 'torchscript.code',
    what: `${code.length} files of code, ${quoted(code[0]!.name)} among them`,
    offset: code[0]!.at,
  })
  for (const entry of code) {
    const source = dataOf(content, entry, judge)
    const text = source && new TextDecoder().decode(source.read(0, Math.min(source.size, LIMITS.code)))
    const called = text === undefined ? undefined : FILE_FUNCTION.exec(text)?.[0]
    if (called !== undefined)
      judge.found({
        rule: 'torchscript.files',
        what: `${quoted(entry.name)} calls ${quoted(called)}`,
        offset: entry.at,
      })
  }
}

function dataOf(content: Content, entry: Entry, judge: Judge): Source | undefined {
  const local = localAt(content, entry.local)
  if (local === undefined) return undefined
  const source = part(content, local.from, entry.packed)
  if (entry.method === 0) return source
  return entry.method === 8 ? inMemory(inflate('raw', source, judge).bytes) : undefined
}
