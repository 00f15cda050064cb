import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { serialisation } from '../../../../src/scan/serialisation/serialisation.ts'
import { judgeBytes } from '../../judgeBytes.ts'
import { bytesOf, paxOf, tarOf, zipOf } from './archives.ts'

const LEVELS = new Map(serialisation.rules.map(({ id, level }) => [id, level]))
const PNG = bytesOf('\x89PNG\r\n\x1a\n' + '\x00'.repeat(300))
const STATE = bytesOf(
  '\x80\x02ccollections\nOrderedDict\n)RX\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs.',
)
const npyOf = (items: number): Buffer =>
  bytesOf(
    `\x93NUMPY\x01\x00v\x00${`{'descr': '<f4', 'fortran_order': False, 'shape': (${items},), }`.padEnd(117)}\n${'1234'.repeat(items)}`,
  )
const NPY = npyOf(2)
/** The bytes of a tensor may be a pickle of harmful code: nothing reads them as one. */
const LIKE_A_PICKLE = bytesOf('cos\nsystem\n(tR..')

function checkpoint(storage: Uint8Array): Buffer {
  return zipOf(
    [
      { name: 'archive/data.pkl', data: STATE },
      { name: 'archive/.format_version', data: '1' },
      { name: 'archive/.storage_alignment', data: '64' },
      { name: 'archive/byteorder', data: 'little' },
      { name: 'archive/data/0', data: storage },
      { name: 'archive/version', data: '3\n' },
      { name: 'archive/.data/serialization_id', data: '0123456789012345678901234567890123456789' },
    ],
    { wide: true },
  )
}

/** What nothing at all is found in. */
const CLEAN: Readonly<Record<string, Uint8Array>> = {
  "torch's archive": checkpoint(Buffer.alloc(16)),
  "torch's archive, whose numbers look like a pickle": checkpoint(LIKE_A_PICKLE),
  "torch's archive in a tar file, as NeMo has it": tarOf([
    { name: './', type: '5' },
    { name: './model_config.txt', data: 'name: x\n' },
    { name: './model_weights.ckpt', data: checkpoint(Buffer.alloc(16)) },
  ]),
  "torch's archive in a zip": zipOf([{ name: 'a.pt', data: checkpoint(Buffer.alloc(16)) }]),
  "torch's archive, deflated": zipOf([{ name: 'a.pt', data: checkpoint(Buffer.alloc(16)), deflated: true }]),
  npz: zipOf([
    { name: 'a.npy', data: NPY },
    { name: 'b.npy', data: NPY, deflated: true },
  ]),
  'npz of an array of zeros': zipOf([
    {
      name: 'a.npy',
      data: Buffer.concat([npyOf(1_000_000).subarray(0, 128), Buffer.alloc(4_000_000)]),
      deflated: true,
    },
  ]),
  'a zip of pictures': zipOf(Array.from({ length: 300 }, (_, at) => ({ name: `images/${at}.png`, data: PNG }))),
  'a zip with folders': zipOf([{ name: 'a/' }, { name: 'a/b/' }, { name: 'a/b/c.txt', data: 'x', deflated: true }]),
  'a zip that was streamed': zipOf([
    { name: 'a.txt', data: 'x'.repeat(200), deflated: true, streamed: true },
    { name: 'b.txt', data: 'y', deflated: true, streamed: true },
  ]),
  'a zip with a comment': zipOf([{ name: 'a.txt', data: 'x' }], { comment: 'made by hand' }),
  'an empty zip': zipOf([]),
  'a zip of macOS': zipOf([
    { name: 'm/a.txt', data: 'x' },
    { name: '__MACOSX/', data: '' },
    {
      name: '__MACOSX/m/._a.txt',
      data: '\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02\x00\x00\x00\x09' + '\x00'.repeat(100),
    },
  ]),
  'a zip with names in an old code page': zipOf([{ name: 'Gr\u00f6\u00dfe.txt', data: 'x' }]),
  'a zip in a zip': zipOf([{ name: 'a.zip', data: zipOf([{ name: 'b.txt', data: 'x' }]) }]),
  'a tar file with records of pax': tarOf([
    { name: 'pax_global_header', data: paxOf({ comment: 'f'.repeat(40) }), type: 'g' },
    { name: 'p', data: paxOf({ mtime: '1.5', path: 'a/' + 'b'.repeat(150) }), type: 'x' },
    { name: 'a/bb', data: 'x'.repeat(1000) },
  ]),
  'a tar file with long names of GNU': tarOf([
    { name: '././@LongLink', data: 'a/' + 'b'.repeat(150) + '\x00', type: 'L', magic: 'ustar  \x00' },
    { name: 'a/bb', data: 'x', magic: 'ustar  \x00' },
  ]),
  'a tar file that is padded': tarOf([{ name: 'a', data: 'x' }], Buffer.alloc(20_480)),
  'a tar file of npz files': tarOf([{ name: 'a.npz', data: zipOf([{ name: 'a.npy', data: NPY }]) }]),
  'a compressed text': gzipSync('the words of a tokenizer '.repeat(40_000)),
  'a compressed tar file': gzipSync(tarOf([{ name: 'a/b.txt', data: 'x' }])),
  'a text that begins as a stream of zlib does': bytesOf('x^2 is a square, and x\x9c is not'),
  'a text that begins as one of bzip2 does': bytesOf('BZh is a name'),
  'a text that begins as a program of DOS does': bytesOf('MZ is a name'),
  'numbers that begin as a stream of compress does': bytesOf('\x1f\x9d\x00\x00\x80\x3f'),
}

describe('benign containers', function () {
  for (const [what, bytes] of Object.entries(CLEAN))
    it(`finds nothing in ${what}`, function () {
      expect(judgeBytes(bytes, 'model.data').findings).to.deep.equal([])
    })

  for (const [what, bytes] of [
    ['a zip that Windows made', zipOf([{ name: 'a\\b.txt', data: 'x' }])],
    [
      'arrays of one letter in both cases',
      zipOf([
        { name: 'W.npy', data: NPY },
        { name: 'w.npy', data: NPY },
      ]),
    ],
    ['a zip that is padded with zeros', zipOf([{ name: 'a', data: 'x' }], { after: Buffer.alloc(64) })],
    [
      'an archive of TorchScript',
      zipOf([
        { name: 'm/data.pkl', data: STATE },
        { name: 'm/data/0', data: Buffer.alloc(16) },
        {
          name: 'm/code/__torch__/m.py',
          data: 'class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return torch.relu(x)\n',
        },
        { name: 'm/code/__torch__/m.py.debug_pkl', data: Buffer.from('gAJdcQAu', 'base64') },
        { name: 'm/constants.pkl', data: Buffer.from('gAIpLg==', 'base64') },
        { name: 'm/version', data: '3\n' },
      ]),
    ],
  ] as const)
    it(`only warns of ${what}`, function () {
      const levels = judgeBytes(bytes).findings.map(({ rule, level }) => level ?? LEVELS.get(rule))
      expect(levels.filter((level) => level !== 'warn' && level !== 'note')).to.deep.equal([])
    })

  it('finds nothing in what the modules of Python write', function () {
    const files = writtenByPython()
    expect(files).to.have.length(6)
    for (const bytes of files) expect(judgeBytes(bytes, 'model.data').findings).to.deep.equal([])
  })

  it('judges the first part of a large member, and says so', function () {
    this.timeout(60_000)
    // Numbers that hardly compress: 66 MiB, over what is held in memory for one member.
    const data = Buffer.alloc(66 * 1024 * 1024)
    for (let at = 0, state = 1; at < data.length; at += 64) {
      state = Math.imul(state, 1664525) + 1013904223
      data.writeInt32LE(state | 0, at)
    }
    const { findings } = judgeBytes(gzipSync(data, { level: 1 }))
    expect(findings.map(({ rule, level }) => [rule, level])).to.deep.equal([['archive.limits', 'unknown']])
  })
})

/** Archives that Python's own modules write, in their forms. */
function writtenByPython(): Buffer[] {
  const program = `
import io, sys, tarfile, zipfile, gzip, zlib
files = []
for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        z.writestr('a/b.txt', b'text' * 99)
        with z.open('large', 'w', force_zip64=True) as member: member.write(b'more')
    files.append(out.getvalue())
for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=form) as t:
        info = tarfile.TarInfo('folder/' * 12 + 'name'); info.size = 4; info.mtime = 1.5
        t.addfile(info, io.BytesIO(b'text'))
        info = tarfile.TarInfo('folder'); info.type = tarfile.DIRTYPE
        t.addfile(info)
    files.append(out.getvalue())
out = io.BytesIO()
class Pipe(io.RawIOBase):
    def writable(self): return True
    def write(self, data): return out.write(data)
with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('streamed', b'text' * 99)
files.append(out.getvalue())
for each in files: sys.stdout.buffer.write(len(each).to_bytes(4, 'big') + each)
`
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program])
  expect(status, String(stderr)).to.equal(0)
  const files: Buffer[] = []
  for (let at = 0; at < stdout.length; at += 4 + stdout.readUInt32BE(at))
    files.push(stdout.subarray(at + 4, at + 4 + stdout.readUInt32BE(at)))
  return files
}
