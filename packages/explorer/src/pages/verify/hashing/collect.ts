import { DEFAULT_IGNORED_PATHS, isLeftOut } from 'stemma/interop'

import type { Dropped } from '../../../app/dropped.ts'

/** A file with its path from the folder. */
export type Found = { path: string; file: File }

/** What was dropped, as one model: a folder, or one file. */
export type Collected = {
  /** The folder or the file as its owner calls it; it is shown, and never sent. */
  name: string
  isFolder: boolean
  /** Whether several files or folders were dropped, which are taken for all that is in one folder. */
  isLoose: boolean
  files: readonly Found[]
  /** Paths of files that a model's digest leaves out. */
  leftOut: readonly string[]
  bytes: number
}

/** Most files that are hashed in a browser: a model has some hundreds at most. */
export const MAX_FILES = 20_000

const IGNORED = new Set(DEFAULT_IGNORED_PATHS)

/**
 * Lists the files that were dropped or chosen, without reading them.
 *
 * @returns undefined when there are more than {@link MAX_FILES}
 * @throws DOMException when the browser may not read a folder
 */
export async function collect({ entries, files }: Dropped): Promise<Collected | undefined> {
  const found = entries.length > 0 ? await fromEntries(entries) : files.map((file) => ({ path: pathOf(file), file }))
  if (found === undefined || found.length > MAX_FILES) return undefined
  const paths = found.map(({ path }) => path)
  const top = new Set(paths.map((path) => path.split('/', 1)[0]!))
  const [first = ''] = top
  const isNested = paths.some((path) => path.includes('/'))
  // One folder: its name is not part of the paths.
  const isOne = top.size === 1 && isNested
  const isFolder = isOne || found.length > 1 || isNested || (entries[0]?.isDirectory ?? false)
  const inside = isOne ? found.map(({ path, file }) => ({ path: path.slice(first.length + 1), file })) : found
  const counted = inside.filter(({ path }) => !isFolder || !isLeftOut(path, IGNORED))
  return {
    name: isOne || found.length === 1 ? first : '',
    isFolder,
    isLoose: isFolder && !isOne && found.length > 0,
    files: counted,
    leftOut: isFolder ? inside.map(({ path }) => path).filter((path) => isLeftOut(path, IGNORED)) : [],
    bytes: counted.reduce((sum, { file }) => sum + file.size, 0),
  }
}

function pathOf(file: File): string {
  return file.webkitRelativePath === '' ? file.name : file.webkitRelativePath
}

/** All files below some entries; undefined when there are too many. */
async function fromEntries(entries: readonly FileSystemEntry[]): Promise<Found[] | undefined> {
  const found: Found[] = []
  const waiting = entries.map((entry) => ({ entry, path: entry.name }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { entry, path } = next
    if (entry.isFile) {
      found.push({ path, file: await fileOf(entry as FileSystemFileEntry) })
      if (found.length > MAX_FILES) return undefined
      continue
    }
    // Git's own files are many, and do not count.
    if (path.split('/').length > 1 && path.split('/')[1] === '.git') continue
    const children = await childrenOf(entry as FileSystemDirectoryEntry)
    if (children === undefined || children.length + waiting.length > 2 * MAX_FILES) return undefined
    for (const child of children) waiting.push({ entry: child, path: `${path}/${child.name}` })
  }
  return found
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** What is in a folder, which a browser gives in parts. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[] | undefined> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (part.length === 0) return all
    all.push(...part)
    if (all.length > MAX_FILES) return undefined
  }
}
