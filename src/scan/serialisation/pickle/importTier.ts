import { quoted } from '../../../core/text.ts'
import { HARMFUL_MODULES, HARMFUL_NAMES } from './harmfulNames.ts'
import { LIBRARIES } from './libraryNames.ts'
import { TENSOR_NAMES } from './tensorNames.ts'

/**
 * How an import is judged: `tensor` passes, `library` is warned of, `other` is unknown, `harmful` fails. The others depend on what they
 * are called with: `attribute` (getattr), `constructor` (copyreg's helpers), `loader` (reads a pickle from bytes), `wrapper` (partial).
 */
export type Tier = 'tensor' | 'library' | 'other' | 'harmful' | 'attribute' | 'constructor' | 'loader' | 'wrapper'

/** What is known of an import. */
export type Judged = { tier: Tier; library?: string; why: string }

/** Python's own renames of modules for pickles of Python 2, as far as they matter for a name in the lists. */
const RENAMED: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  UserDict: 'collections',
  exceptions: 'builtins',
}
const RENAMED_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  'builtins.unicode': ['builtins', 'str'],
  'builtins.long': ['builtins', 'int'],
  'builtins.xrange': ['builtins', 'range'],
  'builtins.basestring': ['builtins', 'str'],
}

const SPECIAL: Readonly<Record<string, Tier>> = {
  'builtins.getattr': 'attribute',
  'copyreg._reconstructor': 'constructor',
  'copyreg.__newobj__': 'constructor',
  'copyreg.__newobj_ex__': 'constructor',
  'functools.partial': 'wrapper',
  'torch.storage._load_from_bytes': 'loader',
}
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const EXCEPTION = /^[A-Z][A-Za-z]*(?:Error|Exception|Warning|Interrupt|Exit)$/

/** No module of Python is called so: only the reader of TorchScript resolves it. No part of the name leaves the class. */
export const TORCHSCRIPT = /^__torch__(?:\.(?!__\w*__(?:\.|$))[A-Za-z_][A-Za-z0-9_]*)+$/

/** Modules that are often reachable as an attribute of another one. */
const REACHABLE = new Set(
  'os sys subprocess posix nt builtins importlib pickle shutil socket ctypes runpy pty marshal operator functools'.split(
    ' ',
  ),
)

const TENSOR = namesOf(TENSOR_NAMES)
const HARMFUL = namesOf(HARMFUL_NAMES)
const MODULES = new Set(HARMFUL_MODULES)
const LIBRARY = new Map(
  LIBRARIES.flatMap((library) => [...namesOf(library.names)].map((name) => [name, library] as const)),
)

function namesOf(table: Readonly<Record<string, string>>): Set<string> {
  return new Set(
    Object.entries(table).flatMap(([module, names]) => names.split(' ').map((name) => `${module}.${name}`)),
  )
}

/** The full name of an import as Python 3 calls it. */
export function renamedName(module: string, name: string): string {
  return renamedOf(module, name).join('.')
}

function renamedOf(rawModule: string, rawName: string): readonly [module: string, name: string] {
  const renamed = Object.hasOwn(RENAMED, rawModule) ? RENAMED[rawModule]! : rawModule
  const key = `${renamed}.${rawName}`
  return Object.hasOwn(RENAMED_NAMES, key) ? RENAMED_NAMES[key]! : [renamed, rawName]
}

/** Judges an import by its exact name. */
export function tierOf(rawModule: string, rawName: string): Judged {
  const [module, name] = renamedOf(rawModule, rawName)
  const full = `${module}.${name}`
  const plain = !name.includes('.')
  if (plain && Object.hasOwn(SPECIAL, full))
    return { tier: SPECIAL[full]!, why: 'what it does depends on what it is called with' }
  if (plain && TENSOR.has(full)) return { tier: 'tensor', why: 'tensors are made of it' }
  const library = plain ? libraryOf(module, name) : undefined
  if (library !== undefined) return { tier: 'library', library: library.library, why: library.reason }
  const harm = harmOf(module, name, full)
  if (harm !== undefined) return { tier: 'harmful', why: harm, library: module.split('.')[0]! }
  return { tier: 'other', why: 'no list names it', library: module.split('.')[0]! }
}

/** A name of the lists, an exception of Python, or a class of TorchScript, which exists only in the archive that defines it. */
function libraryOf(module: string, name: string): { library: string; reason: string } | undefined {
  if (module === 'builtins' && EXCEPTION.test(name)) return { library: 'Python', reason: 'an exception' }
  if (TORCHSCRIPT.test(`${module}.${name}`)) return { library: 'TorchScript', reason: 'a class of the archive itself' }
  return LIBRARY.get(`${module}.${name}`)
}

/** Whether a published list names a module or one above it, or the import itself. */
export function isListedAsHarmful(module: string, name: string): boolean {
  const parts = `${module}.${name}`.split('.')
  return HARMFUL.has(parts.join('.')) || parts.some((_, index) => MODULES.has(parts.slice(0, index + 1).join('.')))
}

function harmOf(module: string, name: string, full: string): string | undefined {
  if (isListedAsHarmful(module, name)) return 'it can run code, reach files or the network, or load what nobody judged'
  const parts = full.split('.')
  if (!parts.every((part) => IDENTIFIER.test(part))) return `${quoted(full)} is not a plain name`
  if (parts.some((part) => /^__.*__$/.test(part)) && !(parts.length === 2 && module === '__main__')) {
    return 'it reaches into the inside of a module or class'
  }
  if (parts.slice(1).some((part) => REACHABLE.has(part.replace(/^_/, '')))) return 'it reaches another module'
  if (name.includes('.')) return 'it is a chain of attributes'
  return undefined
}
