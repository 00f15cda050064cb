/**
 * How an opcode's argument is written: fixed numbers (`u1` to `u8`, `i4`, `f8`), data after a length of so many bytes (`text1`, `bytes4`,
 * `long1`), or text up to the end of a line.
 */
export type Argument =
  | 'none'
  | 'u1'
  | 'u2'
  | 'u4'
  | 'u8'
  | 'i4'
  | 'f8'
  | 'string1'
  | 'string4'
  | 'text1'
  | 'text4'
  | 'text8'
  | 'bytes1'
  | 'bytes4'
  | 'bytes8'
  | 'long1'
  | 'long4'
  | 'intLine'
  | 'longLine'
  | 'floatLine'
  | 'stringLine'
  | 'textLine'
  | 'indexLine'
  | 'nameLine'
  | 'twoLines'

/** An instruction of the pickle machine, and the protocol that brought it. */
export type Opcode = { name: string; code: number; argument: Argument; protocol: number }

const TABLE: readonly (readonly [string, number, Argument, number])[] = [
  ['MARK', 0x28, 'none', 0],
  ['STOP', 0x2e, 'none', 0],
  ['POP', 0x30, 'none', 0],
  ['POP_MARK', 0x31, 'none', 1],
  ['DUP', 0x32, 'none', 0],
  ['FLOAT', 0x46, 'floatLine', 0],
  ['INT', 0x49, 'intLine', 0],
  ['BININT', 0x4a, 'i4', 1],
  ['BININT1', 0x4b, 'u1', 1],
  ['LONG', 0x4c, 'longLine', 0],
  ['BININT2', 0x4d, 'u2', 1],
  ['NONE', 0x4e, 'none', 0],
  ['PERSID', 0x50, 'nameLine', 0],
  ['BINPERSID', 0x51, 'none', 1],
  ['REDUCE', 0x52, 'none', 0],
  ['STRING', 0x53, 'stringLine', 0],
  ['BINSTRING', 0x54, 'string4', 1],
  ['SHORT_BINSTRING', 0x55, 'string1', 1],
  ['UNICODE', 0x56, 'textLine', 0],
  ['BINUNICODE', 0x58, 'text4', 1],
  ['APPEND', 0x61, 'none', 0],
  ['BUILD', 0x62, 'none', 0],
  ['GLOBAL', 0x63, 'twoLines', 0],
  ['DICT', 0x64, 'none', 0],
  ['EMPTY_DICT', 0x7d, 'none', 1],
  ['APPENDS', 0x65, 'none', 1],
  ['GET', 0x67, 'indexLine', 0],
  ['BINGET', 0x68, 'u1', 1],
  ['INST', 0x69, 'twoLines', 0],
  ['LONG_BINGET', 0x6a, 'u4', 1],
  ['LIST', 0x6c, 'none', 0],
  ['EMPTY_LIST', 0x5d, 'none', 1],
  ['OBJ', 0x6f, 'none', 1],
  ['PUT', 0x70, 'indexLine', 0],
  ['BINPUT', 0x71, 'u1', 1],
  ['LONG_BINPUT', 0x72, 'u4', 1],
  ['SETITEM', 0x73, 'none', 0],
  ['TUPLE', 0x74, 'none', 0],
  ['EMPTY_TUPLE', 0x29, 'none', 1],
  ['SETITEMS', 0x75, 'none', 1],
  ['BINFLOAT', 0x47, 'f8', 1],
  ['BINBYTES', 0x42, 'bytes4', 3],
  ['SHORT_BINBYTES', 0x43, 'bytes1', 3],
  ['PROTO', 0x80, 'u1', 2],
  ['NEWOBJ', 0x81, 'none', 2],
  ['EXT1', 0x82, 'u1', 2],
  ['EXT2', 0x83, 'u2', 2],
  ['EXT4', 0x84, 'i4', 2],
  ['TUPLE1', 0x85, 'none', 2],
  ['TUPLE2', 0x86, 'none', 2],
  ['TUPLE3', 0x87, 'none', 2],
  ['NEWTRUE', 0x88, 'none', 2],
  ['NEWFALSE', 0x89, 'none', 2],
  ['LONG1', 0x8a, 'long1', 2],
  ['LONG4', 0x8b, 'long4', 2],
  ['SHORT_BINUNICODE', 0x8c, 'text1', 4],
  ['BINUNICODE8', 0x8d, 'text8', 4],
  ['BINBYTES8', 0x8e, 'bytes8', 4],
  ['EMPTY_SET', 0x8f, 'none', 4],
  ['ADDITEMS', 0x90, 'none', 4],
  ['FROZENSET', 0x91, 'none', 4],
  ['NEWOBJ_EX', 0x92, 'none', 4],
  ['STACK_GLOBAL', 0x93, 'none', 4],
  ['MEMOIZE', 0x94, 'none', 4],
  ['FRAME', 0x95, 'u8', 4],
  ['BYTEARRAY8', 0x96, 'bytes8', 5],
  ['NEXT_BUFFER', 0x97, 'none', 5],
  ['READONLY_BUFFER', 0x98, 'none', 5],
]

/** The 68 opcodes of protocols 0 to 5, by their byte. */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  TABLE.map(([name, code, argument, protocol]) => [code, { name, code, argument, protocol }]),
)
