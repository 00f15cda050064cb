import { quoted } from '../../../core/text.ts'
import type { CallHost } from './host.ts'
import { isListedAsHarmful, renamedName } from './importTier.ts'
import { LIMITS } from './limits.ts'
import { fullName, PLAIN, UNRESOLVED, type Import, type Made, type Storage, type Value } from './values.ts'

/** Judges imports, calls and changes. */
export const callOf = { imported, call, build, change }

/** The attribute names that no method of a model's class has. */
const REACHING = /^(?:__.*|system|popen|eval|exec|load|loads|import_module|f_globals|gi_frame|modules|environ|spawn.*)$/
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const WRAPPER = 'joblib.numpy_pickle.NumpyArrayWrapper'
/** joblib's older wrappers, whose arrays are in files beside the pickle. */
const FILE_WRAPPER = /^joblib\.numpy_pickle(?:_compat)?\.Z?NDArrayWrapper$/

function imported(host: CallHost, item: Import): void {
  const what = `${fullQuoted(item)}: ${item.why}`
  const { library } = item
  const offset = host.at
  if (item.tier === 'harmful') host.report.found({ rule: 'pickle.import', what, library, offset })
  if (item.tier === 'library') host.report.found({ rule: 'pickle.library', what, library, offset })
  if (item.tier === 'other') host.report.found({ rule: 'pickle.unlisted', what, library, offset })
  if (isListedAsHarmful(item.module, item.name) && item.tier === 'harmful') host.tally.listed = true
}

function fullQuoted(item: Import): string {
  return quoted(fullName(item))
}

function unresolved(host: CallHost, what: string): typeof UNRESOLVED {
  host.report.found({ rule: 'pickle.unresolved', what, offset: host.at })
  return UNRESOLVED
}

/** Judges a call, and returns its result. */
function call(host: CallHost, callee: Value, args: Value, how: string): Value {
  if (typeof callee === 'number') return unresolved(host, `${how} of a literal`)
  if (callee.kind === 'made') return callResult(host, callee, how)
  if (callee.kind !== 'import') return unresolved(host, `${how} of a value that is not an import`)
  const items = itemsOf(args)
  switch (callee.tier) {
    case 'harmful':
      bytesWithin(host, callee, items)
      host.report.found({
        rule: 'pickle.call',
        what: `${how} of ${fullQuoted(callee)}`,
        library: callee.library,
        offset: host.at,
      })
      return result(callee, 'harmful')
    case 'attribute':
      return attribute(host, callee, items)
    case 'constructor':
      return items[0] === undefined
        ? unresolved(host, `${how} of ${fullQuoted(callee)} with arguments that are not known`)
        : constructed(host, items, how)
    case 'wrapper':
      return wrapped(host, callee, items)
    case 'loader':
      return loaded(host, callee, items)
    case 'other':
      bytesWithin(host, callee, items)
      return result(callee, 'other')
    case 'library':
      if (fullName(callee) === WRAPPER || FILE_WRAPPER.test(fullName(callee))) host.trackState()
      return result(callee, 'library')
    case 'tensor':
      return tensor(host, callee, items)
  }
}

function itemsOf(args: Value): readonly Value[] {
  return typeof args !== 'number' && args.kind === 'tuple' ? args.items : []
}

function result(of: Import, tier: Made['tier']): Made {
  if (of.result?.tier !== tier) of.result = { kind: 'made', of, tier }
  return of.result
}

/** A call of what a call returned is judged by what made it. */
function callResult(host: CallHost, { of, tier }: Made, how: string): Value {
  const what = `${how} of what ${fullQuoted(of)} returned`
  if (tier === 'library') host.report.found({ rule: 'pickle.library', what, library: of.library, offset: host.at })
  else if (tier === 'other') host.report.found({ rule: 'pickle.unlisted', what, library: of.library, offset: host.at })
  else if (tier === 'harmful') host.report.found({ rule: 'pickle.call', what, library: of.library, offset: host.at })
  else return unresolved(host, what)
  return result(of, tier)
}

/** `getattr` of a class or an object of a library by a written name is a bound method; all else is a way around the lists. */
function attribute(host: CallHost, callee: Import, [target, name]: readonly Value[]): Value {
  const text = host.textOf(name)
  const owner = typeof target === 'number' || target === undefined ? undefined : ownerOf(target)
  const known = text !== undefined && IDENTIFIER.test(text) && !REACHING.test(text)
  if (!known || owner === undefined || owner.tier === 'harmful' || owner.tier === 'attribute') {
    host.report.found({
      rule: 'pickle.call',
      what: `getattr of ${text === undefined ? 'a computed name' : quoted(text)}`,
      offset: host.at,
    })
    return result(callee, 'attribute')
  }
  const what = `getattr(${fullQuoted(owner.of)}, ${quoted(text)})`
  const rule = owner.tier === 'library' ? 'pickle.library' : 'pickle.unlisted'
  host.report.found({ rule, what, library: owner.of.library, offset: host.at })
  return result(callee, 'attribute')
}

function ownerOf(value: Value): { of: Import; tier: Made['tier'] } | undefined {
  if (typeof value === 'number') return undefined
  if (value.kind === 'made') return value
  if (value.kind !== 'import') return undefined
  const { tier } = value
  return { of: value, tier: tier === 'tensor' || tier === 'library' || tier === 'other' ? tier : 'harmful' }
}

/** copyreg's helpers call the class that they are given. */
function constructed(host: CallHost, items: readonly Value[], how: string): Value {
  const [type, ...others] = items
  const direct = typeof type !== 'number' && type?.kind === 'import' && type.tier !== 'constructor'
  if (!direct) return unresolved(host, `${how} of a helper of copyreg with a class that is not an import`)
  return call(host, type, { kind: 'tuple', items: others, depth: 1, whole: true }, how)
}

function wrapped(host: CallHost, callee: Import, [target]: readonly Value[]): Value {
  const owner = target === undefined ? undefined : ownerOf(target)
  if (owner === undefined || typeof target === 'number' || target?.kind !== 'import') {
    return unresolved(host, `${fullQuoted(callee)} over a function that is not an import`)
  }
  if (owner.tier === 'harmful') {
    host.report.found({
      rule: 'pickle.call',
      what: `${fullQuoted(callee)} over ${fullQuoted(owner.of)}`,
      offset: host.at,
    })
  } else if (owner.tier !== 'other') {
    host.report.found({
      rule: 'pickle.library',
      what: `${fullQuoted(callee)} over ${fullQuoted(owner.of)}`,
      library: 'Python',
      offset: host.at,
    })
  }
  return result(callee, 'attribute')
}

/** A pickle inside a pickle. */
function loaded(host: CallHost, callee: Import, [bytes]: readonly Value[]): Value {
  if (!within(host, callee, bytes)) return unresolved(host, `${fullQuoted(callee)} of bytes that are not written out`)
  const what = `${fullQuoted(callee)} loads a pickle inside the pickle`
  host.report.found({ rule: 'pickle.library', what, library: 'torch', offset: host.at })
  return result(callee, 'library')
}

function bytesWithin(host: CallHost, callee: Import, items: readonly Value[]): void {
  for (const item of items) within(host, callee, item)
}

function within(host: CallHost, callee: Import, value: Value | undefined): boolean {
  const encoded = typeof value === 'object' && value.kind === 'made' && fullName(value.of) === '_codecs.encode'
  const bytes = encoded ? host.bytesOf(value.argument, true) : host.bytesOf(value)
  if (bytes === undefined) return false
  if (bytes.size > 1) host.report.within(`${fullName(callee).slice(0, 100)}@${host.at}`, bytes)
  return true
}

function tensor(host: CallHost, callee: Import, items: readonly Value[]): Value {
  const name = fullName(callee)
  if (callee.module === 'torch._utils' && /^_rebuild_q?tensor/.test(callee.name)) view(host, items)
  if (name === 'torch._tensor._rebuild_from_type_v2') {
    const [target, , args] = items
    if (target === undefined || typeof target === 'number')
      return unresolved(host, `${quoted(name)} of a function that is not an import`)
    return call(host, target, args ?? PLAIN, 'call')
  }
  allocates(host, callee, name, items)
  const kept = /(?:^|\.)(?:dtype|encode)$/.test(name) && items[0] !== undefined && host.keep()
  return kept ? { kind: 'made', of: callee, tier: 'tensor', argument: items[0]! } : result(callee, 'tensor')
}

/** Types that allocate as much as their numbers say, before any data is there. */
const ALLOCATING =
  /^(?:builtins\.(?:bytes|bytearray|range)|numpy\.(?:ndarray|void|str_|bytes_)|torch\.(?:Tensor|\w*Storage)|torch\.storage\.\w+)$/
/** Numbers that are computed from their text take as long as its exponent says. */
const COMPUTED = /^(?:fractions\.Fraction|builtins\.int)$/

/** The names that decide how calls are judged; part of the digest of the ruleset. */
export const CALL_SETTINGS = {
  reaching: REACHING.source,
  fileWrapper: FILE_WRAPPER.source,
  allocating: ALLOCATING.source,
  computed: COMPUTED.source,
}

function allocates(host: CallHost, callee: Import, name: string, items: readonly Value[]): void {
  const what = renamedName(callee.module, callee.name)
  const sizes = items.flatMap((item) => numbersOf(host, item) ?? [host.numberOf(item) ?? 0])
  const bytes = ALLOCATING.test(what) ? sizes.reduce((most, size) => most * Math.max(1, Math.abs(size)), 1) : 0
  const exponent = COMPUTED.test(what) ? /e[+-]?(\d{5,})/i.exec(host.textOf(items[0]) ?? '') : null
  if (bytes > LIMITS.allocated || exponent !== null)
    host.report.found({
      rule: 'pickle.memory',
      what:
        exponent === null ? `${quoted(name)} of ${bytes} items` : `${quoted(name)} of an exponent of ${exponent[1]}`,
      offset: host.at,
    })
}

/** A tensor is a view of a storage: it must not reach past it. */
function view(host: CallHost, [storage, offset, size, stride]: readonly Value[]): void {
  if (typeof storage !== 'object' || storage.kind !== 'storage') return
  const [start, sizes, strides] = [host.numberOf(offset), numbersOf(host, size), numbersOf(host, stride)]
  if (start === undefined || sizes === undefined || strides === undefined) return
  if (
    start < 0 ||
    sizes.length !== strides.length ||
    [...sizes, ...strides].some((item) => item < 0) ||
    reaches(storage, start, sizes, strides)
  ) {
    const what = `a tensor of size [${sizes.join(', ')}] at ${start} in storage ${quoted(storage.key)} of ${storage.numel} items`
    host.report.found({ rule: 'pickle.storage', what, offset: host.at })
  }
}

function reaches({ numel }: Storage, start: number, sizes: readonly number[], strides: readonly number[]): boolean {
  if (sizes.includes(0)) return false
  return start + sizes.reduce((sum, size, index) => sum + (size - 1) * strides[index]!, 0) >= numel
}

function numbersOf(host: CallHost, value: Value | undefined): number[] | undefined {
  if (typeof value !== 'object' || value.kind !== 'tuple' || !value.whole) return undefined
  const numbers = value.items.map((item) => host.numberOf(item))
  return numbers.includes(undefined) ? undefined : (numbers as number[])
}

/** BUILD gives an object its state: of a class or module it would change what others use. */
function build(host: CallHost, target: Value, state: Value): void {
  if (typeof target === 'number') return
  if (target.kind === 'import') {
    host.report.found({
      rule: 'pickle.call',
      what: `BUILD on ${fullQuoted(target)}`,
      library: target.library,
      offset: host.at,
    })
  } else if (target.kind === 'unresolved') {
    unresolved(host, 'BUILD on a value that cannot be known')
  } else if (target.kind === 'made') {
    if (target.tier === 'harmful') {
      host.report.found({
        rule: 'pickle.call',
        what: `BUILD on what ${fullQuoted(target.of)} returned`,
        offset: host.at,
      })
    }
    const name = fullName(target.of)
    if (name === WRAPPER) arrayOf(host, state)
    else if (FILE_WRAPPER.test(name)) fileOf(host, target.of, state)
    else if (name === 'numpy.dtype') dtypeOf(host, target, state)
  }
}

/** The state of a type of numpy gives it fields: with objects among them, what is of the type is a pickle. */
function dtypeOf(host: CallHost, target: Made, state: Value): void {
  const isPlain = typeof state === 'object' && state.kind === 'tuple' && state.items.slice(2, 5).every(isNothing)
  if (!isPlain) target.hasFields = true
  // A type that is shared by all calls cannot keep it.
  if (!isPlain && target.argument === undefined) unresolved(host, 'a type of numpy that cannot be known')
}

function isNothing(value: Value): boolean {
  return typeof value === 'object' && value.kind === 'plain'
}

/** An array in a file of its own, which joblib opens by the name that the pickle gives. */
function fileOf(host: CallHost, type: Import, state: Value): void {
  const entries = typeof state === 'object' && state.kind === 'dict' ? state.entries : undefined
  const name = host.textOf(entries?.get('filename'))
  if (name !== undefined && /^[^/\\:]+$/.test(name) && !/^\.+$/.test(name)) return
  const what = `${fullQuoted(type)} reads the file ${name === undefined ? 'of a computed name' : quoted(name)}`
  host.report.found({ rule: 'pickle.call', what, library: type.library, offset: host.at })
}

function arrayOf(host: CallHost, state: Value): void {
  const entries = typeof state === 'object' && state.kind === 'dict' ? state.entries : undefined
  const shape = entries?.get('shape')
  const sizes = numbersOf(host, shape)
  const dtype = entries?.get('dtype')
  const text = typeof dtype === 'object' && dtype.kind === 'made' ? host.textOf(dtype.argument) : undefined
  if (sizes === undefined || text === undefined)
    return void unresolved(host, "the state of joblib's array cannot be known")
  const alignment = host.numberOf(entries?.get('numpy_array_alignment_bytes'))
  host.arrayFollows({
    count: sizes.reduce((product, size) => product * size, 1),
    dtype: text,
    fieldsOf: typeof dtype === 'object' && dtype.kind === 'made' && dtype.hasFields === true,
    aligned: alignment !== undefined,
  })
}

const MAPPINGS = new Set(['collections.OrderedDict', 'collections.defaultdict', 'collections.Counter', 'builtins.dict'])
const SEQUENCES = new Set(['collections.deque', 'builtins.list', 'builtins.set', 'builtins.bytearray'])

/** Items are set on and added to containers; on anything else that calls its code. */
function change(host: CallHost, target: Value, how: string): void {
  if (typeof target === 'number' || ['plain', 'list', 'set', 'dict', 'tuple'].includes(target.kind)) return
  const { at: offset } = host
  if (target.kind === 'import') {
    host.report.found({ rule: 'pickle.call', what: `${how} on ${fullQuoted(target)}`, library: target.library, offset })
  } else if (target.kind === 'storage') {
    host.report.found({ rule: 'pickle.storage', what: `${how} on a storage`, offset })
  } else if (target.kind === 'made') {
    const name = fullName(target.of)
    if (target.tier === 'harmful' || target.tier === 'attribute') {
      host.report.found({ rule: 'pickle.call', what: `${how} on what ${fullQuoted(target.of)} returned`, offset })
    } else if (target.tier === 'tensor' && !(how.startsWith('SET') ? MAPPINGS : SEQUENCES).has(name)) {
      host.report.found({ rule: 'pickle.storage', what: `${how} on what ${quoted(name)} returned`, offset })
    }
  } else unresolved(host, `${how} on a value that cannot be known`)
}
