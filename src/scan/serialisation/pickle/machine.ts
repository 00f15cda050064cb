import { quoted } from '../../../core/text.ts'
import type { Content } from '../../ports.ts'
import { callOf } from './calls.ts'
import type { ArrayData, CallHost, Report, Tally } from './host.ts'
import { tierOf } from './importTier.ts'
import { instructionAt, numberOf, textOf, type Break, type Instruction } from './instruction.ts'
import { LIMITS } from './limits.ts'
import { Memo } from './memo.ts'
import { itemSizeOf } from './sizes.ts'
import { utf8, latin1 } from './text.ts'
import {
  DICT,
  EMPTY,
  fullName,
  LIST,
  PLAIN,
  SET,
  UNRESOLVED,
  type Import,
  type Storage,
  type Tuple,
  type Value,
} from './values.ts'
import { Window } from './window.ts'

/** What an instruction did to the stream. */
export type Step = 'next' | 'stop' | Break | ArrayData

const ENOUGH: Break = { broken: 'it has more values than can be judged', ended: false }
const UNDERFLOW: Break = { broken: 'it takes a value from an empty stack', ended: false }

/** An abstract pickle machine: it knows what is imported and called, and builds nothing. */
export class Machine implements CallHost {
  readonly report: Report
  readonly storages = new Map<string, Storage>()
  readonly tally: Tally = { imports: 0, calls: 0, listed: false }
  readonly #literals: Window
  readonly #stack: Value[] = []
  readonly #marks: number[] = []
  #memo = new Memo()
  readonly #imports = new Map<string, Import>()
  #kept = 0
  #tracking = false
  #array: ArrayData | undefined
  at = 0

  constructor(content: Pick<Content, 'read' | 'size'>, report: Report) {
    this.#literals = new Window(content, 4096)
    this.report = report
  }

  /** A machine in the same state, which reports elsewhere: for bytes that one reader skips and another one takes for instructions. */
  fork(content: Pick<Content, 'read' | 'size'>, report: Report): Machine {
    const forked = new Machine(content, report)
    forked.#stack.push(...this.#stack.slice(-LIMITS.items))
    forked.#memo = this.#memo.copy()
    return forked
  }

  /** Takes one instruction. */
  step(instruction: Instruction): Step {
    this.at = instruction.at
    this.#array = undefined
    try {
      if (instruction.opcode.name === 'STOP') {
        this.#pop()
        return 'stop'
      }
      this.#take(instruction)
      return this.#array ?? 'next'
    } catch (error) {
      if (error instanceof Broken) return error.reason
      throw error
    }
  }

  /** Judges an import whose lines end with the file: Python's own reader drops the last byte and imports what is left. */
  importCut(at: number): void {
    this.at = at
    const bytes = this.#literals.bytes(at + 1, 2048).slice(0, -1)
    const [module = '', name = ''] = (utf8(bytes) ?? latin1(bytes)).split('\n')
    const before = { ...this.tally }
    this.#import(module, name)
    Object.assign(this.tally, before)
  }

  /** The literal that a value stands for. */
  literal(value: Value | undefined): Instruction | undefined {
    if (typeof value !== 'number') return undefined
    const read = instructionAt(this.#literals, value)
    return 'broken' in read ? undefined : read
  }

  /** The text of a value, when it is written out. */
  textOf(value: Value | undefined): string | undefined {
    const literal = this.literal(value)
    return literal === undefined ? undefined : textOf(this.#literals, literal)
  }

  /** The number of a value, when it is written out. */
  numberOf(value: Value | undefined): number | undefined {
    const literal = this.literal(value)
    return literal === undefined ? undefined : numberOf(literal)
  }

  /** The bytes of a literal as content of its own; undefined when the value is not a literal with bytes. */
  bytesOf(value: Value | undefined, encoded = false): Pick<Content, 'read' | 'size'> | undefined {
    const literal = this.literal(value)
    if (literal === undefined || !/^(?:bytes|string|text)/.test(literal.opcode.argument)) return undefined
    const { from, length } = literal
    if (!encoded)
      return { size: length, read: (at, most) => this.#literals.bytes(from + at, Math.min(most, length - at)).slice() }
    const text = utf8(this.#literals.bytes(from, length)) ?? ''
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    return { size: bytes.length, read: (at, most) => bytes.subarray(at, at + most) }
  }

  /** Whether one more object may be kept. */
  keep(): boolean {
    return this.#kept++ < LIMITS.kept
  }

  /** The next dictionary is the state of joblib's wrapper. */
  trackState(): void {
    this.#tracking = true
  }

  /** Data of an array follows in the stream. */
  arrayFollows(data: ArrayData): void {
    this.#array = data
  }

  #push(value: Value): void {
    if (this.#stack.length >= LIMITS.stack) throw this.#full()
    this.#stack.push(value)
  }

  #full(): Broken {
    this.report.found({ rule: 'pickle.limits', what: 'more values than can be judged', offset: this.at })
    return new Broken(ENOUGH)
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0
  }

  #pop(): Value {
    if (this.#stack.length <= this.#floor()) throw new Broken(UNDERFLOW)
    return this.#stack.pop()!
  }

  #top(): Value {
    if (this.#stack.length <= this.#floor()) throw new Broken(UNDERFLOW)
    return this.#stack.at(-1)!
  }

  /** Takes what is above the last mark. Only the first items are kept. */
  #popMark(): { items: Value[]; count: number } {
    const from = this.#marks.pop()
    if (from === undefined) throw new Broken({ broken: 'it goes back to a mark that is not there', ended: false })
    const count = this.#stack.length - from
    for (let index = from; index < this.#stack.length; index++) this.#escapes(this.#stack[index]!)
    const items = this.#stack.slice(from, from + LIMITS.items)
    this.#stack.length = from
    return { items, count }
  }

  /** A function that is judged by its arguments must not be handed to others. */
  #escapes(value: Value): void {
    if (typeof value === 'number' || value.kind !== 'import') return
    if (value.tier !== 'attribute' && value.tier !== 'constructor' && value.tier !== 'loader') return
    this.report.found({
      rule: 'pickle.unresolved',
      what: `${fullName(value)} is handed on as a value`,
      offset: this.at,
    })
  }

  #tuple(items: readonly Value[], count = items.length): Value {
    if (count === 0) return EMPTY
    let depth = 1
    for (const item of items) {
      this.#escapes(item)
      if (typeof item !== 'number' && item.kind === 'tuple') depth = Math.max(depth, item.depth + 1)
    }
    if (depth > LIMITS.depth || !this.keep()) return { ...EMPTY, whole: false }
    return { kind: 'tuple', items, depth, whole: count === items.length }
  }

  #take(instruction: Instruction): void {
    const { name } = instruction.opcode
    const handler = HANDLERS[name]
    if (handler === undefined) this.#push(PLAIN)
    else handler(this, instruction)
  }

  /** Handlers by opcode; kept here for what they may touch. */
  static handlers(): Record<string, (machine: Machine, instruction: Instruction) => void> {
    const literal = (machine: Machine, { at }: Instruction) => machine.#push(at)
    const nothing = () => undefined
    const literals =
      'INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8'
    return {
      ...Object.fromEntries(literals.split(' ').map((name) => [name, literal])),
      PROTO: nothing,
      FRAME: nothing,
      READONLY_BUFFER: (machine) => void machine.#top(),
      NEXT_BUFFER: (machine) => machine.#buffer(),
      MARK: (machine) => machine.#mark(),
      POP: (machine) => machine.#popOne(),
      POP_MARK: (machine) => void machine.#popMark(),
      DUP: (machine) => machine.#push(machine.#top()),
      EMPTY_TUPLE: (machine) => machine.#push(EMPTY),
      EMPTY_LIST: (machine) => machine.#push(LIST),
      EMPTY_SET: (machine) => machine.#push(SET),
      EMPTY_DICT: (machine) => machine.#push(machine.#newDict()),
      TUPLE1: (machine) => machine.#tupleOf(1),
      TUPLE2: (machine) => machine.#tupleOf(2),
      TUPLE3: (machine) => machine.#tupleOf(3),
      TUPLE: (machine) => {
        const { items, count } = machine.#popMark()
        machine.#push(machine.#tuple(items, count))
      },
      LIST: (machine) => machine.#collect(LIST),
      DICT: (machine) => machine.#dict(),
      FROZENSET: (machine) => machine.#collect(SET),
      APPEND: (machine) => machine.#add([machine.#pop()], 'APPEND'),
      APPENDS: (machine) => machine.#add(machine.#popMark().items, 'APPENDS'),
      ADDITEMS: (machine) => machine.#add(machine.#popMark().items, 'ADDITEMS'),
      SETITEM: (machine) => {
        const value = machine.#pop()
        machine.#set([machine.#pop(), value], 'SETITEM')
      },
      SETITEMS: (machine) => machine.#set(machine.#popMark().items, 'SETITEMS'),
      GLOBAL: (machine, instruction) => machine.#push(machine.#global(instruction)),
      STACK_GLOBAL: (machine) => machine.#stackGlobal(),
      INST: (machine, instruction) => {
        const type = machine.#global(instruction)
        const { items, count } = machine.#popMark()
        machine.#call(type, machine.#tuple(items, count), 'INST')
      },
      OBJ: (machine) => machine.#obj(),
      REDUCE: (machine) => {
        const args = machine.#pop()
        machine.#call(machine.#pop(), args, 'REDUCE')
      },
      NEWOBJ: (machine) => {
        const args = machine.#pop()
        machine.#call(machine.#pop(), args, 'NEWOBJ')
      },
      NEWOBJ_EX: (machine) => {
        machine.#pop()
        const args = machine.#pop()
        machine.#call(machine.#pop(), args, 'NEWOBJ_EX')
      },
      BUILD: (machine) => {
        const state = machine.#pop()
        machine.#escapes(state)
        callOf.build(machine, machine.#top(), state)
      },
      EXT1: (machine, instruction) => machine.#extension(instruction),
      EXT2: (machine, instruction) => machine.#extension(instruction),
      EXT4: (machine, instruction) => machine.#extension(instruction),
      PERSID: (machine) => machine.#persistent(PLAIN),
      BINPERSID: (machine) => machine.#persistent(machine.#pop()),
      MEMOIZE: (machine) => machine.#put(machine.#memo.size),
      PUT: (machine, { value }) => machine.#put(value),
      BINPUT: (machine, { value }) => machine.#put(value),
      LONG_BINPUT: (machine, { value }) => machine.#put(value),
      GET: (machine, { value }) => machine.#get(value),
      BINGET: (machine, { value }) => machine.#get(value),
      LONG_BINGET: (machine, { value }) => machine.#get(value),
    }
  }

  #mark(): void {
    if (this.#marks.length >= LIMITS.stack) throw this.#full()
    this.#marks.push(this.#stack.length)
  }

  /** POP takes a mark away when nothing is above it. */
  #popOne(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop()
    else this.#pop()
  }

  #tupleOf(count: number): void {
    const items: Value[] = []
    for (let index = 0; index < count; index++) items.unshift(this.#pop())
    this.#push(this.#tuple(items))
  }

  #newDict(): Value {
    if (!this.#tracking) return DICT
    this.#tracking = false
    return { kind: 'dict', entries: new Map() }
  }

  #dict(): void {
    const { items } = this.#popMark()
    const dict = this.#newDict()
    this.#push(dict)
    this.#set(items, 'DICT')
  }

  #collect(container: Value): void {
    this.#popMark()
    this.#push(container)
  }

  #add(items: readonly Value[], how: string): void {
    for (const item of items) this.#escapes(item)
    callOf.change(this, this.#top(), how)
  }

  #set(items: readonly Value[], how: string): void {
    for (const item of items) this.#escapes(item)
    const target = this.#top()
    callOf.change(this, target, how)
    if (typeof target === 'number' || target.kind !== 'dict' || target.entries === undefined) return
    for (let index = 0; index + 1 < items.length; index += 2) {
      const key = this.textOf(items[index])
      if (key !== undefined && target.entries.size < LIMITS.items) target.entries.set(key, items[index + 1]!)
    }
  }

  #call(callee: Value, args: Value, how: string): void {
    if (typeof callee === 'number' || ['plain', 'list', 'set', 'dict', 'tuple'].includes(callee.kind)) {
      throw new Broken({ broken: 'it calls a value that cannot be called', ended: false })
    }
    if (callee.kind === 'import' || callee.kind === 'unresolved') this.tally.calls++
    this.#escapes(args)
    this.#push(callOf.call(this, callee, args, how))
  }

  #obj(): void {
    const { items, count } = this.#popMark()
    if (count === 0) throw new Broken(UNDERFLOW)
    this.#call(items[0]!, this.#tuple(items.slice(1), count - 1), 'OBJ')
  }

  #global({ from, length, second, secondLength }: Instruction): Import | typeof UNRESOLVED {
    if (length > 1024 || secondLength > 1024) return this.#unnamed('a name of more than 1024 bytes')
    const module = this.#literals.bytes(from, length)
    const name = utf8(this.#literals.bytes(second, secondLength).slice())
    const text = utf8(this.#literals.bytes(from, length))
    if (text === undefined || name === undefined) {
      throw new Broken({ broken: `the name ${quoted(latin1(module))} is not UTF-8`, ended: false })
    }
    return this.#import(text, name)
  }

  #stackGlobal(): void {
    const name = this.#pop()
    const module = this.#pop()
    const [moduleText, nameText] = [this.#nameText(module), this.#nameText(name)]
    const unnamed = moduleText === undefined || nameText === undefined
    this.#push(unnamed ? this.#unnamed('a name that is not written as a text') : this.#import(moduleText, nameText))
  }

  #nameText(value: Value): string | undefined {
    const literal = this.literal(value)
    return literal !== undefined && /^(?:text|string)/.test(literal.opcode.argument) ? this.textOf(value) : undefined
  }

  #unnamed(why: string): typeof UNRESOLVED {
    this.report.found({ rule: 'pickle.unresolved', what: `an import by ${why}`, offset: this.at })
    return UNRESOLVED
  }

  #import(module: string, name: string): Import | typeof UNRESOLVED {
    const key = `${module}\n${name}`
    const kept = this.#imports.get(key)
    if (kept !== undefined) return kept
    if (this.#imports.size >= LIMITS.imports) throw this.#full()
    const made: Import = { kind: 'import', module, name, ...tierOf(module, name) }
    this.#imports.set(key, made)
    this.tally.imports++
    callOf.imported(this, made)
    return made
  }

  #extension({ opcode, value }: Instruction): void {
    this.report.found({ rule: 'pickle.extension', what: `${opcode.name} ${value}`, offset: this.at })
    this.#push(UNRESOLVED)
  }

  #buffer(): void {
    this.report.found({ rule: 'pickle.broken', what: 'it needs a buffer that is outside the file', offset: this.at })
    this.#push(PLAIN)
  }

  #persistent(id: Value): void {
    const type = this.#classOf(id)
    if (type !== undefined) return this.#push(type)
    const storage = this.#storageOf(id)
    if (storage === undefined) {
      this.report.found({
        rule: 'pickle.unresolved',
        level: 'unknown',
        what: "a persistent id that is not torch's",
        offset: this.at,
      })
    }
    this.#push(storage ?? UNRESOLVED)
  }

  /** torch's old format hands a class on by an id, together with its source, which it compares only. */
  #classOf(id: Value): Import | undefined {
    if (typeof id === 'number' || id.kind !== 'tuple' || this.textOf(id.items[0]) !== 'module') return undefined
    const type = id.items[1]
    return typeof type === 'object' && type.kind === 'import' ? type : undefined
  }

  #storageOf(id: Value): Storage | undefined {
    if (typeof id === 'number' || id.kind !== 'tuple' || this.textOf(id.items[0]) !== 'storage') return undefined
    const [, type, key, , count] = (id as Tuple).items
    const [keyText, numel] = [this.textOf(key), this.numberOf(count)]
    const itemSize = typeof type === 'object' && type.kind === 'import' ? itemSizeOf(type.name) : undefined
    if (keyText === undefined || numel === undefined || itemSize === undefined) return undefined
    const storage: Storage = { kind: 'storage', key: keyText, numel, itemSize }
    const known = this.storages.get(keyText)
    if (numel < 0 || !Number.isSafeInteger(numel * itemSize) || (known !== undefined && known.numel !== numel)) {
      this.report.found({
        rule: 'pickle.storage',
        what: `storage ${quoted(keyText)} of ${numel} items`,
        offset: this.at,
      })
    }
    if (this.keep()) this.storages.set(keyText, storage)
    return storage
  }

  #put(index: number): void {
    if (!(index >= 0)) throw new Broken({ broken: 'an index of the memo is below zero', ended: false })
    if (this.#memo.size >= LIMITS.memo) throw this.#full()
    if (index > this.#memo.size + LIMITS.memoGap) {
      this.report.found({ rule: 'pickle.memory', what: `an index of the memo of ${index}`, offset: this.at })
    }
    if (this.#memo.set(index, this.#top())) {
      this.report.found({
        rule: 'pickle.ambiguous',
        level: 'warn',
        what: 'an index of the memo is written twice',
        offset: this.at,
      })
    }
  }

  #get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined)
      throw new Broken({ broken: 'it reads an entry of the memo that was not written', ended: false })
    this.#push(value)
  }
}

/** Ends a step; the reason is what the stream is broken by. */
class Broken {
  readonly reason: Break
  constructor(reason: Break) {
    this.reason = reason
  }
}

const HANDLERS = Machine.handlers()
