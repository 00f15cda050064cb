import { lstat } from 'node:fs/promises'
import { isAbsolute, join, posix, relative } from 'node:path'

import { isHubId } from '../core/hubId.ts'
import { didYouMean, hasUnsafeCharacters, quoted } from '../core/text.ts'
import { shardOf } from '../interop/shards.ts'
import {
  BlobOutsideStoreError,
  descend,
  homeOf,
  isBelow,
  ModelChoiceError,
  namesIn,
  parseObject,
  plainText,
  readSmall,
  realFolder,
  StoredModelNotFoundError,
  StoreNotFoundError,
  StoreReferenceError,
  statementOfStore,
  type StoredFile,
  type StoredFolder,
  type StoredModel,
  type StoreEnvironment,
} from './storedModel.ts'

const FORM = 'lmstudio:publisher/name or lmstudio:publisher/name/file.gguf'
/** Homes of LM Studio in the user's folder, the newest first. */
const HOMES = ['.lmstudio', '.cache/lm-studio']
/** The file that says where the home is. */
const HOME_POINTER = '.lmstudio-home-pointer'
const MAX_POINTER_BYTES = 4096
const MAX_SETTINGS_BYTES = 4 * 1024 * 1024
/** The file of a model that sees or hears, which goes with every quantization beside it. */
const PROJECTOR = /(^|[^a-z])mmproj/i
/** Most models whose names are read for an error message. */
const MAX_NAMES = 1000
/** Most folders below one of a model that are looked into. */
const MAX_DEPTH = 4

/**
 * Finds a model in the store of LM Studio on this disk: `downloadsFolder` of its settings, else `models` in its home, which
 * `~/.lmstudio-home-pointer` names. Of a folder with several quantizations one is named, by its file; all parts of split weights are that
 * model, and so is each `mmproj` file beside it. A folder without GGUF, such as one of MLX, is the model as a whole.
 *
 * @throws {@link StoreReferenceError} {@link StoreNotFoundError} {@link StoredModelNotFoundError} {@link ModelChoiceError}
 * @throws {@link BlobOutsideStoreError} `UnreadableFileError`, and what the reader of the settings throws
 */
export async function findLmStudio(
  reference: string,
  environment: StoreEnvironment,
): Promise<StoredModel | StoredFolder> {
  const [publisher, model, ...file] = parseReference(reference)
  const { root, folder } = await findFolder(reference, [publisher!, model!], environment)
  const [ownerName, modelName] = relative(root, folder).split('/')
  const id = `${ownerName}/${modelName}`
  const statement = { ...statementOfStore(`lmstudio:${id}`), name: isHubId(id) ? id : null }

  const names = await ggufNames(folder)
  const isProjector = (name: string) => PROJECTOR.test(posix.basename(name))
  const projectors = names.every(isProjector) ? [] : names.filter(isProjector)
  const quantizations = new Map<string, string[]>()
  for (const name of names) {
    if (projectors.includes(name)) continue
    const key = shardOf(name)?.pattern ?? name
    quantizations.set(key, [...(quantizations.get(key) ?? []), name])
  }
  if (names.length === 0) {
    if (file.length > 0) throw new StoredModelNotFoundError(reference, folder, await namesIn(folder), 'Check the name.')
    return { ...statement, path: folder }
  }
  const choices = [...quantizations.values()].map(([first]) => `lmstudio:${id}/${first}`)
  const chosen = choose(quantizations, file.join('/'))
  if (chosen === undefined) {
    if (file.length === 0) throw new ModelChoiceError(reference, choices)
    const remedy = `Check the name.${didYouMean(reference, choices)}`
    throw new StoredModelNotFoundError(reference, folder, choices, remedy)
  }
  if (projectors.length > 0)
    statement.warnings.push(`${projectors.map(quoted).join(' and ')} beside it counts as part of the model.`)
  if (chosen.length > 1)
    statement.warnings.push(`The model is split, so its ${chosen.length} parts were hashed as one.`)
  const files = [...chosen, ...projectors].map((name): StoredFile => ({
    name,
    path: join(folder, name),
    digest: null,
    size: null,
    mediaType: null,
  }))
  return { ...statement, reference: `lmstudio:${id}/${chosen[0]}`, root, files }
}

/** The names of a reference: publisher, model, and the parts of a file's path. */
function parseReference(reference: string): string[] {
  const names = reference.replace(/^lmstudio:/, '').split('/')
  const isName = (name: string) =>
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    name.length <= 255 &&
    !hasUnsafeCharacters(name) &&
    !name.includes('\\')
  if (!reference.startsWith('lmstudio:') || names.length < 2 || names.length > 2 + MAX_DEPTH || !names.every(isName))
    throw new StoreReferenceError(reference, FORM)
  return names
}

/** The files of the one quantization that a name means; undefined when it means none, or nothing says which. */
function choose(quantizations: ReadonlyMap<string, string[]>, file: string): string[] | undefined {
  const all = [...quantizations.values()]
  if (file === '') return all.length === 1 ? all[0] : undefined
  const has = (names: readonly string[], same: (name: string) => boolean) => names.some(same)
  const exact = all.find((names) => has(names, (name) => name === file))
  const alike = all.filter((names) => has(names, (name) => name.toLowerCase() === file.toLowerCase()))
  return exact ?? (alike.length === 1 ? alike[0] : undefined)
}

async function findFolder(
  reference: string,
  names: readonly string[],
  environment: StoreEnvironment,
): Promise<{ root: string; folder: string }> {
  const places = await storesOf(environment)
  const roots: string[] = []
  for (const place of places) {
    const root = await realFolder(place)
    if (root === undefined || roots.includes(root)) continue
    roots.push(root)
    const path = await descend(root, names)
    const folder = path && (await realFolder(path))
    if (folder === undefined) continue
    if (!isBelow(folder, root)) throw new BlobOutsideStoreError(path!, root)
    return { root, folder }
  }
  if (roots.length === 0)
    throw new StoreNotFoundError(
      'LM Studio',
      places,
      `Write its folder of models to ~/${HOME_POINTER}, or use the path of the file.`,
    )
  const available = (await Promise.all(roots.map(modelsOf))).flat().slice(0, MAX_NAMES)
  const remedy = `Download it in LM Studio, or check the name.${didYouMean(reference, available)}`
  throw new StoredModelNotFoundError(reference, roots[0]!, available, remedy)
}

/** Where models may be, the likeliest first. */
async function storesOf(environment: StoreEnvironment): Promise<string[]> {
  const home = homeOf(environment)
  const pointer = await firstLine(home, join(home, HOME_POINTER))
  const homes = [...(pointer === undefined ? [] : [pointer]), ...HOMES.map((each) => join(home, each))]
  const places: string[] = []
  for (const each of homes) {
    const settings = await downloadsFolder(each)
    places.push(...(settings === undefined ? [] : [settings]), join(each, 'models'))
  }
  return [...new Set(places)]
}

/** The absolute path on the first line of a file; undefined where there is none. */
async function firstLine(home: string, path: string): Promise<string | undefined> {
  const folder = await realFolder(home)
  if (folder === undefined || !(await isFile(path))) return undefined
  const text = new TextDecoder().decode(await readSmall(folder, path, MAX_POINTER_BYTES))
  const line = text.split('\n', 1)[0]!.trim()
  return isAbsolute(line) && !hasUnsafeCharacters(line) ? line : undefined
}

/** The folder of models that the settings of LM Studio name. */
async function downloadsFolder(home: string): Promise<string | undefined> {
  const folder = await realFolder(home)
  const path = join(home, 'settings.json')
  if (folder === undefined || !(await isFile(path))) return undefined
  const { downloadsFolder: stated } = parseObject(await readSmall(folder, path, MAX_SETTINGS_BYTES), path)
  const place = plainText(stated, 4096)
  return place !== null && isAbsolute(place) ? place : undefined
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

/** The GGUF files of a model's folder, by their paths from there, sorted. */
async function ggufNames(folder: string, prefix = '', depth = 0): Promise<string[]> {
  const names: string[] = []
  for (const name of await namesIn(join(folder, prefix))) {
    const path = `${prefix}${name}`
    if (hasUnsafeCharacters(name)) continue
    if (/\.gguf$/i.test(name)) names.push(path)
    else if (depth < MAX_DEPTH && (await lstat(join(folder, path))).isDirectory())
      names.push(...(await ggufNames(folder, `${path}/`, depth + 1)))
  }
  return names
}

/** The models of a store, as references. */
async function modelsOf(root: string): Promise<string[]> {
  const names: string[] = []
  for (const publisher of await namesIn(root))
    for (const model of await namesIn(join(root, publisher)))
      if (names.length < MAX_NAMES && !model.startsWith('.')) names.push(`lmstudio:${publisher}/${model}`)
  return names
}
