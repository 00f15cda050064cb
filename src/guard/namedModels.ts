import { readFile, realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { isHubId } from '../core/hubId.ts'
import { quoted } from '../core/text.ts'
import type { SubjectOptions } from '../subjects/subject.ts'
import { pathReference, type CommandModel } from './commandModels.ts'
import type { OpenedModel } from './openGuarded.ts'
import type { HeldFile } from './ports.ts'

/** The fields by which files at the top of a model have loaders load another one: PEFT, LLaVA and vLLM's draft models. */
const FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  'adapter_config.json': new Set(['base_model_name_or_path']),
  'config.json': new Set(['mm_vision_tower', 'verifier.name_or_path']),
}
/** Longest file in which they are looked for, in bytes. */
const MOST_BYTES = 16 * 1024 * 1024
const VALUE = /^\s*:\s*$/
const OBJECT = /^\s*:\s*\{/

/**
 * The models that some models name in their own files, and that are on this disk: a loader that is given an adapter alone loads the base that
 * the adapter names. An adapter that is loaded onto a base of the command names none.
 *
 * @param opened models; what one of them is already is left out
 */
export async function namedModels(
  opened: readonly OpenedModel[],
  options: Pick<SubjectOptions, 'cwd' | 'env'>,
): Promise<CommandModel[]> {
  const known = new Set(opened.flatMap(({ root, reference }) => [root, reference]))
  const found: CommandModel[] = []
  for (const { files } of opened.filter(({ isAdapter }) => !isAdapter)) {
    for (const file of files) {
      for (const { reference, root } of await namedIn(file, options)) {
        if (known.has(root) || known.has(reference)) continue
        known.add(root)
        found.push({ reference, isAdapter: false })
      }
    }
  }
  return found
}

/** A model that is on this disk: as it is named, and its path without links, or its name where it is in a store. */
type Named = { reference: string; root: string }

async function namedIn({ name, path }: HeldFile, options: Pick<SubjectOptions, 'cwd' | 'env'>): Promise<Named[]> {
  const fields = Object.hasOwn(FIELDS, name) ? FIELDS[name]! : undefined
  if (fields === undefined) return []
  const { names, revisions } = namesIn(await textOf(path), fields)
  const found: Named[] = []
  for (const each of names) found.push(...(await located(each, revisions, options)))
  return found
}

/**
 * Each place where a field stands counts: of two, one reader takes the first and another the last. It is not parsed, as Python's reader takes
 * more than JSON.
 */
function namesIn(text: string, fields: ReadonlySet<string>): { names: Set<string>; revisions: Set<string> } {
  const [names, revisions] = [new Set<string>(), new Set<string>()]
  let [above, last, at] = ['', '', 0]
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', at)) {
    const between = text.slice(at, start)
    const end = endOfString(text, start + 1)
    const string = unescaped(text.slice(start + 1, end))
    at = end + 1
    if (OBJECT.test(between)) above = last
    if (!VALUE.test(between)) last = string
    else if (fields.has(last) || fields.has(`${above}.${last}`)) names.add(string)
    else if (last === 'revision') revisions.add(string)
  }
  return { names, revisions }
}

function endOfString(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

/** Where loaders find a name: a path as seen from the folder that they are started in, or else the Hub's cache. */
async function located(
  name: string,
  revisions: ReadonlySet<string>,
  { cwd = process.cwd(), env = process.env }: Pick<SubjectOptions, 'cwd' | 'env'>,
): Promise<Named[]> {
  if (name === '' || name.includes('\0')) return []
  const root = await realpath(resolve(cwd, name)).catch(() => undefined)
  if (root !== undefined) return [{ reference: pathReference(name), root }]
  if (!isHubId(name)) return []
  const { locateSubject } = await import('../subjects/localSubjects.ts')
  const found: Named[] = []
  for (const revision of revisions.size > 0 ? [...revisions].map((each) => `@${each}`) : ['']) {
    const reference = `hf:${name}${revision}`
    // What is not in the cache cannot be loaded: nothing is fetched.
    const place = await locateSubject(reference, { cwd, env: { ...env, HF_HUB_OFFLINE: '1' } }).catch(() => undefined)
    if (place !== undefined) found.push({ reference, root: reference })
  }
  return found
}

/** The text of a file; none while it is held, and cannot be loaded either. @throws {@link LongNamesError} */
async function textOf(path: string): Promise<string> {
  const length = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  if (length > MOST_BYTES) throw new LongNamesError(path, length)
  return readFile(path, 'utf8').catch(() => '')
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return raw
  }
}

/** Thrown when a file that may name another model is too long to look for that. */
export class LongNamesError extends StemmaError {
  override name = 'LongNamesError'
  constructor(path: string, length: number) {
    super(
      'LONG_NAMES',
      `The file ${quoted(path)} has ${length} bytes, more than the ${MOST_BYTES} in which the names of other models are looked for. Use another model: no honest file of this name is that long.`,
    )
  }
}
