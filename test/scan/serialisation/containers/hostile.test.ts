import { crc32, deflateSync, gzipSync, zstdCompressSync, deflateRawSync } from 'node:zlib'

import { expect } from 'chai'

import { serialisation } from '../../../../src/scan/serialisation/serialisation.ts'
import { judgeBytes } from '../../judgeBytes.ts'
import { bytesOf, endOf, little, paxOf, tarOf, zipOf, type Member } from './archives.ts'

/** Calls a function that is named, and never run. */
const PICKLE = bytesOf('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.')
const GOOD: Member = { name: 'a/b.txt', data: 'good' }
const BAD: Member = { name: 'a/data.pkl', data: PICKLE }
const ELF = bytesOf('\x7fELF\x02\x01\x01' + '\0'.repeat(100))
const LEVELS = new Map(serialisation.rules.map(({ id, level }) => [id, level]))
const STORAGE = bytesOf(
  '\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x04\x85K\x01\x85\x89}tR.',
)
const SIZES = (packed: number, size: number) => ({ packed, size })

/** An array of numpy whose items are pickled objects. */
const HEADER = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(117) + '\n'
const OBJECTS = Buffer.concat([bytesOf(`\x93NUMPY\x01\x00\x76\x00${HEADER}`), PICKLE])
const LAMBDA = JSON.stringify({
  class_name: 'Sequential',
  module: 'keras',
  config: {
    layers: [{ class_name: 'Lambda', module: 'keras.layers', config: { function: { class_name: '__lambda__' } } }],
  },
})
const HDF5 = bytesOf(`\x89HDF\r\n\x1a\n${'\0'.repeat(64)}${LAMBDA}`)

/** Each must have a finding that fails, of this rule. */
const FAILS: Readonly<Record<string, readonly [rule: string, bytes: Uint8Array]>> = {
  'an array of objects in an npz': ['pickle.call', zipOf([{ name: 'a.npy', data: OBJECTS, deflated: true }])],
  'an array of objects in an npz, under another name': ['pickle.call', zipOf([{ name: 'weights', data: OBJECTS }])],
  'a Lambda layer in a keras archive': [
    'keras.lambda',
    zipOf([
      { name: 'metadata.json', data: '{"keras_version": "3.10.0"}' },
      { name: 'config.json', data: LAMBDA, deflated: true },
    ]),
  ],
  'a config in the weights of a keras archive': [
    'keras.lambda',
    zipOf([{ name: 'model.weights.h5', data: HDF5, deflated: true }]),
  ],
  'a pickle of joblib in gzip': ['pickle.call', gzipSync(PICKLE)],
  'a pickle in a zip': ['pickle.call', zipOf([GOOD, BAD])],
  'a deflated pickle': ['pickle.call', zipOf([{ ...BAD, deflated: true }])],
  'a pickle of 64-bit lengths': ['pickle.call', zipOf([GOOD, BAD], { wide: true })],
  'a streamed pickle': ['pickle.call', zipOf([GOOD, { ...BAD, deflated: true, streamed: true }])],
  'a streamed pickle without a directory': [
    'pickle.call',
    zipOf([{ ...BAD, deflated: true, streamed: true }], { hasNoDirectory: true }),
  ],
  'a streamed and stored pickle without a directory': [
    'pickle.call',
    zipOf([GOOD, { ...BAD, streamed: true }], { hasNoDirectory: true }),
  ],
  'a pickle without a directory': ['pickle.call', zipOf([GOOD, BAD], { hasNoDirectory: true })],
  'another name in the directory': ['archive.differs', zipOf([{ ...BAD, entry: { name: 'a/data.txt' } }])],
  'another name that leads out in the local header': [
    'archive.traversal',
    zipOf([{ ...GOOD, local: { name: '../b.txt' } }]),
  ],
  'another method in the directory': ['archive.differs', zipOf([{ ...BAD, entry: { method: 8 } }])],
  'another method in the directory, and a pickle': ['pickle.call', zipOf([{ ...BAD, entry: { method: 8 } }])],
  'another method in the local header, and a pickle': [
    'pickle.call',
    zipOf([{ ...BAD, deflated: true, local: { method: 0 } }]),
  ],
  'a method that nobody knows, and a pickle': [
    'pickle.call',
    zipOf([{ ...BAD, entry: { method: 99 }, local: { method: 99 } }]),
  ],
  'a flag of encryption in the directory': ['archive.differs', zipOf([{ ...BAD, entry: { flags: 1 } }])],
  'a flag of encryption on plain data': [
    'archive.differs',
    zipOf([{ ...BAD, entry: { flags: 1 }, local: { flags: 1 } }]),
  ],
  'a flag of encryption, and a pickle': [
    'pickle.call',
    zipOf([{ ...BAD, deflated: true, entry: { flags: 1 }, local: { flags: 1 } }]),
  ],
  'a wrong checksum': ['archive.differs', zipOf([{ ...GOOD, entry: { crc: 1 }, local: { crc: 1 } }])],
  'a wrong checksum, and a pickle': ['pickle.call', zipOf([{ ...BAD, entry: { crc: 1 }, local: { crc: 1 } }])],
  'a wrong checksum in one header': ['archive.differs', zipOf([{ ...GOOD, local: { crc: 1 } }])],
  'a wrong length in the directory': ['archive.differs', zipOf([{ ...BAD, entry: { size: 2 } }])],
  'a length that hides a pickle from the directory': ['pickle.call', zipOf([{ ...BAD, entry: SIZES(1, 1) }])],
  'a length that is far too long': ['archive.differs', zipOf([{ ...BAD, entry: SIZES(0x7fffffff, 0x7fffffff) }])],
  'full lengths without those of 64 bits': [
    'archive.differs',
    zipOf([{ ...BAD, entry: SIZES(0xffffffff, 0xffffffff) }]),
  ],
  'a local header that is not there': ['archive.differs', zipOf([{ ...GOOD, entry: { at: 5 } }])],
  'a member that is not listed': ['archive.differs', zipOf([GOOD, { ...BAD, isUnlisted: true }])],
  'a pickle that is not listed': ['pickle.call', zipOf([GOOD, { ...BAD, isUnlisted: true }])],
  'a pickle that is not listed, behind zeros': [
    'pickle.call',
    zipOf([GOOD], { gap: Buffer.concat([Buffer.alloc(2_000_000), zipOf([BAD], { hasNoDirectory: true })]) }),
  ],
  'a pickle that is not listed, first': ['pickle.call', zipOf([{ ...BAD, deflated: true, isUnlisted: true }, GOOD])],
  'a pickle between members': ['pickle.call', zipOf([GOOD], { gap: PICKLE })],
  'a pickle behind the end': ['pickle.call', zipOf([GOOD], { after: PICKLE })],
  'bytes behind the end': ['format.polyglot', zipOf([GOOD], { after: 'more' })],
  'a zip behind a zip': ['archive.differs', Buffer.concat([zipOf([GOOD]), zipOf([BAD])])],
  'a pickle in the first of two zips': ['pickle.call', Buffer.concat([zipOf([BAD]), zipOf([GOOD])])],
  'an end in the comment of another': ['archive.differs', zipOf([GOOD, BAD], { comment: endOf(0, 0, 0) })],
  'an empty end behind a zip': ['pickle.call', zipOf([GOOD, BAD], { after: endOf(0, 0, 0) })],
  'an end with another count': ['archive.differs', zipOf([GOOD, BAD], { count: 1 })],
  'two members of one name': ['archive.duplicate', zipOf([BAD, { ...GOOD, name: 'a/data.pkl' }])],
  'two members of one name, one with a dot': ['archive.duplicate', zipOf([BAD, { ...GOOD, name: 'a/./data.pkl' }])],
  'a symbolic link': ['archive.link', zipOf([{ ...GOOD, mode: 0o120777 }])],
  'a name with an absolute path': ['archive.traversal', zipOf([{ ...GOOD, name: '/etc/b' }])],
  'a name with a drive': ['archive.traversal', zipOf([{ ...GOOD, name: 'C:\\b' }])],
  'a name of Windows that leads out': ['archive.traversal', zipOf([{ ...GOOD, name: 'a\\..\\..\\b' }])],
  'a name with a zero': ['archive.traversal', zipOf([{ ...GOOD, name: 'a.txt\0.pkl' }])],
  'a name that runs backwards': ['archive.traversal', zipOf([{ ...GOOD, name: 'a\u202etxt.lkp' }])],
  'another name in Unicode': [
    'archive.traversal',
    zipOf([{ ...GOOD, extra: Buffer.concat([little(0x7075, 2), little(9, 2), bytesOf('\x01\0\0\0\0../x')]) }]),
  ],
  'a zip behind a picture': ['format.polyglot', zipOf([BAD], { before: '\x89PNG\r\n\x1a\n' + '\0'.repeat(60) })],
  'a zip behind weights': ['format.polyglot', zipOf([GOOD], { before: '\x02\0\0\0\0\0\0\0{}' })],
  'a zip behind a program': ['code.native', zipOf([GOOD], { before: ELF })],
  'a zip behind a tar file': ['format.polyglot', Buffer.concat([tarOf([{ name: 'a', data: 'b' }]), zipOf([GOOD])])],
  'members that share bytes': [
    'archive.limits',
    zipOf([
      { name: 'a', data: zipOf([{ name: 'b', data: 'x'.repeat(400) }], { hasNoDirectory: true }) },
      { name: 'b', data: 'x'.repeat(400), isUnlisted: true },
      { name: 'b', data: 'x'.repeat(400), entry: { at: 31 } },
    ]),
  ],
  'a bomb in a zip': ['archive.limits', zipOf([{ name: 'a', data: Buffer.alloc(16_000_000), deflated: true }])],
  'a bomb in a bomb': [
    'archive.limits',
    zipOf([
      { name: 'a.zip', data: zipOf([{ name: 'a', data: Buffer.alloc(40_000_000), deflated: true }]), deflated: true },
      { name: 'b.gz', data: gzipSync(gzipSync(Buffer.alloc(40_000_000))) },
    ]),
  ],
  'a pickle at the beginning of a bomb': ['pickle.call', gzipSync(Buffer.concat([PICKLE, Buffer.alloc(20_000_000)]))],
  'a pickle in a deflated stream that breaks': [
    'pickle.call',
    zipOf([{ name: 'a', data: PICKLE, deflated: true }]).subarray(0, 62),
  ],
  'a pickle in a gzip stream whose end is wrong': [
    'pickle.call',
    Buffer.concat([gzipSync(PICKLE).subarray(0, -8), bytesOf('12345678')]),
  ],
  'a pickle in two gzip streams': ['pickle.call', Buffer.concat([gzipSync(''), gzipSync(PICKLE)])],
  'a pickle behind a gzip stream': ['pickle.call', Buffer.concat([gzipSync('good'), PICKLE])],
  'bytes behind a gzip stream': ['format.polyglot', Buffer.concat([gzipSync('good'), bytesOf('other')])],
  'a pickle of joblib in zlib': ['pickle.call', deflateSync(PICKLE)],
  'a pickle of joblib in zlib, without compression': ['pickle.call', deflateSync(PICKLE, { level: 0 })],
  'a pickle of the old joblib': [
    'pickle.call',
    Buffer.concat([bytesOf(`ZF${`0x${PICKLE.length.toString(16)}`.padEnd(19)}`), deflateSync(PICKLE)]),
  ],
  'a pickle in Zstandard': ['pickle.call', zstdCompressSync(PICKLE)],
  'a pickle in a gzip file in a tar file in a zip': [
    'pickle.call',
    zipOf([{ name: 'a.tar', data: tarOf([{ name: 'b.gz', data: gzipSync(PICKLE) }]) }]),
  ],
  'a tensor that takes more than its storage has': [
    'pickle.storage',
    zipOf([
      { name: 'm/data.pkl', data: STORAGE },
      { name: 'm/data/0', data: 'short' },
    ]),
  ],
  'a pickle beside the storages of torch': [
    'pickle.call',
    zipOf([
      { name: 'm/data.pkl', data: STORAGE },
      { name: 'm/data/0', data: '\0'.repeat(16) },
      { name: 'm/data/1', data: PICKLE },
    ]),
  ],
  'a storage that is a pickle, where two pickles of torch are there': [
    'pickle.call',
    zipOf([
      { name: 'm/data.pkl', data: STORAGE },
      { name: 'm/data/0', data: PICKLE },
      { name: 'm/data.pkl', data: STORAGE },
    ]),
  ],
  'code of TorchScript that writes files': [
    'torchscript.files',
    zipOf([
      { name: 'm/data.pkl', data: STORAGE },
      { name: 'm/code/__torch__/a.py', data: 'def forward(self):\n  torch.save(self, "x")\n' },
    ]),
  ],
  'a program in a zip': ['code.native', zipOf([{ name: 'a.png', data: ELF }])],
  'a program in a tar file': ['code.native', tarOf([{ name: 'a.txt', data: ELF }])],
  'a pickle in a tar file': ['pickle.call', tarOf([{ name: 'a', data: PICKLE }])],
  'a pickle in the oldest form of tar': ['pickle.call', tarOf([{ name: 'a', data: PICKLE, magic: '' }])],
  'a pickle in a tar file of GNU': ['pickle.call', tarOf([{ name: 'a', data: PICKLE, magic: 'ustar  \0' }])],
  'a tar file that is cut off': ['pickle.call', tarOf([{ name: 'a', data: PICKLE }]).subarray(0, 512 + PICKLE.length)],
  'a member of an unknown type': ['pickle.call', tarOf([{ name: 'a', data: PICKLE, type: 'Z' }])],
  'a folder that holds a pickle': ['pickle.call', tarOf([{ name: 'a/', data: PICKLE, type: '5' }])],
  'a folder that holds a member': [
    'pickle.call',
    tarOf([{ name: 'a/', data: tarOf([{ name: 'b', data: PICKLE }], Buffer.alloc(0)), type: '5' }]),
  ],
  'a folder that holds bytes': ['archive.differs', tarOf([{ name: 'a/', data: 'x'.repeat(600), type: '5' }])],
  'a wrong checksum in a tar file': [
    'archive.differs',
    tarOf([
      { name: 'b', data: 'x' },
      { name: 'a', data: 'x', sum: '000001\0 ' },
    ]),
  ],
  'a wrong checksum at the beginning, and a pickle': [
    'pickle.call',
    tarOf([{ name: 'a', data: PICKLE, sum: '000001\0 ' }]),
  ],
  'a length that is not a number': ['archive.differs', tarOf([{ name: 'a', data: PICKLE, size: 'zzzzzzzzzzz\0' }])],
  'a length below zero': ['archive.differs', tarOf([{ name: 'a', data: PICKLE, size: '\xff'.repeat(12) }])],
  'members behind the end of a tar file': [
    'archive.differs',
    Buffer.concat([tarOf([{ name: 'b', data: 'x' }]), tarOf([{ name: 'a', data: 'x' }])]),
  ],
  'a pickle behind the end of a tar file': [
    'pickle.call',
    Buffer.concat([tarOf([{ name: 'b', data: 'x' }]), tarOf([{ name: 'a', data: PICKLE }])]),
  ],
  'a second length by pax': [
    'archive.differs',
    tarOf([
      { name: 'p', data: paxOf({ size: '3' }), type: 'x' },
      { name: 'a', data: 'x'.repeat(700) },
    ]),
  ],
  'a name by pax that leads out': [
    'archive.traversal',
    tarOf([
      { name: 'p', data: paxOf({ path: '../../x' }), type: 'x' },
      { name: 'a', data: 'x' },
    ]),
  ],
  'a name by pax behind a comment that looks like one': [
    'archive.traversal',
    tarOf([
      { name: 'p', data: paxOf({ comment: '\n12 path=a\n', path: '/x' }), type: 'x' },
      { name: 'a', data: 'x' },
    ]),
  ],
  'a name for all members': [
    'archive.differs',
    tarOf([
      { name: 'p', data: paxOf({ path: 'x' }), type: 'g' },
      { name: 'a', data: 'x' },
    ]),
  ],
  'a name by GNU that leads out': [
    'archive.traversal',
    tarOf([
      { name: '././@LongLink', data: '../x\0', type: 'L' },
      { name: 'a', data: 'x' },
    ]),
  ],
  'two long names': [
    'archive.differs',
    tarOf([
      { name: '././@LongLink', data: 'y\0', type: 'L' },
      { name: 'p', data: paxOf({ path: 'x' }), type: 'x' },
      { name: 'a', data: 'x' },
    ]),
  ],
  'a symbolic link in a tar file': ['archive.link', tarOf([{ name: 'a', type: '2', link: '/etc' }])],
  'a hard link in a tar file': ['archive.link', tarOf([{ name: 'a', type: '1', link: '../b' }])],
  'a device in a tar file': ['archive.link', tarOf([{ name: 'a', type: '3' }])],
  'two members of one name in a tar file': [
    'archive.duplicate',
    tarOf([
      { name: 'a', data: PICKLE },
      { name: './a', data: 'x' },
    ]),
  ],
}

/** Each must have a finding of this rule that is not taken as good. */
const UNKNOWN: Readonly<Record<string, readonly [rule: string, bytes: Uint8Array]>> = {
  '7z': ['archive.unopened', bytesOf('7z\xbc\xaf\x27\x1c\x00\x04' + '\0'.repeat(40))],
  '7z in a zip': ['archive.unopened', zipOf([{ name: 'a.bin', data: '7z\xbc\xaf\x27\x1c\x00\x04' }])],
  xz: ['archive.unopened', bytesOf('\xfd7zXZ\x00\x00\x04')],
  bzip2: ['archive.unopened', bytesOf('BZh91AY&SY1234')],
  lz4: ['archive.unopened', bytesOf('\x04\x22\x4d\x18\x64\x40')],
  lzma: ['archive.unopened', bytesOf('\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0')],
  rar: ['archive.unopened', bytesOf('Rar!\x1a\x07\x01\x00')],
  'a member that is encrypted': [
    'archive.unopened',
    zipOf([{ ...GOOD, entry: { flags: 1, crc: 7 }, local: { flags: 1, crc: 7 } }]),
  ],
  'a member by another method': [
    'archive.unopened',
    zipOf([{ ...GOOD, entry: { method: 93 }, local: { method: 93 } }]),
  ],
  'a zip without a directory': ['archive.broken', zipOf([GOOD], { hasNoDirectory: true })],
  'a tar file that is cut': ['archive.broken', tarOf([{ name: 'a', data: 'x'.repeat(999) }]).subarray(0, 700)],
  'archives that are too deep': ['archive.depth', gzipSync(gzipSync(gzipSync(gzipSync('x'))))],
}

const levelOf = ({ rule, level }: { rule: string; level?: string | undefined }) => level ?? LEVELS.get(rule)

describe('hostile containers', function () {
  for (const [what, [rule, bytes]] of Object.entries(FAILS))
    it(`fails ${what}`, function () {
      const failed = judgeBytes(bytes, 'model.txt').findings.filter((each) => levelOf(each) === 'fail')
      expect(failed.map((each) => each.rule)).to.include(rule)
    })

  for (const [what, [rule, bytes]] of Object.entries(UNKNOWN))
    it(`does not know ${what}`, function () {
      const unknown = judgeBytes(bytes).findings.filter((each) => levelOf(each) === 'unknown')
      expect(unknown.map((each) => each.rule)).to.include(rule)
    })

  it('warns of an archive whose name says data', function () {
    const rules = judgeBytes(zipOf([GOOD]), 'model.safetensors').findings.map((each) => each.rule)
    expect(rules).to.deep.equal(['format.extension'])
  })

  it('has only rules that it lists', function () {
    const cases = [...Object.values(FAILS), ...Object.values(UNKNOWN)]
    const found = cases.flatMap(([, bytes]) => judgeBytes(bytes).findings.map(({ rule }) => rule))
    expect(found.filter((rule) => !LEVELS.has(rule))).to.deep.equal([])
  })

  it('finds a pickle where a deflated stream is damaged behind it', function () {
    const data = Buffer.concat([
      PICKLE,
      Buffer.alloc(5000, 'abcdefg'),
      Buffer.from(Array.from({ length: 5000 }, (_, at) => Math.imul(Math.imul(at, at) + at, 0x9e3779b1) >>> 24)),
    ])
    const packed = deflateRawSync(data)
    packed.fill(0xff, packed.length - 2500)
    const fields = { method: 8, crc: crc32(data), packed: packed.length, size: data.length }
    const rules = judgeBytes(zipOf([{ name: 'a', data: packed, entry: fields, local: fields }])).findings
    expect(rules.map(({ rule }) => rule)).to.include('pickle.call')
  })
})
