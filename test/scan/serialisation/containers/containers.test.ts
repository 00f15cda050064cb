import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { judgeBytes } from '../../judgeBytes.ts'

const PICKLE = Buffer.from('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.', 'latin1')

/** An archive that Python's own modules write. `code` has `out`, a file in memory, and `payload`, a hostile pickle. */
function python(code: string): Buffer {
  const program = `
import io, sys, tarfile, zipfile
payload = bytes.fromhex(${JSON.stringify(PICKLE.toString('hex'))})
out = io.BytesIO()
def member(archive, name, data=payload, **more):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in more.items(): setattr(info, key, value)
    archive.addfile(info, io.BytesIO(data))
${code}
sys.stdout.buffer.write(out.getvalue())
`
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program])
  expect(status, String(stderr)).to.equal(0)
  return stdout
}
const rulesOf = (bytes: Uint8Array, name?: string): string[] => [
  ...new Set(judgeBytes(bytes, name).findings.map(({ rule }) => rule)),
]

describe('containers of the serialisation scanner', function () {
  for (const [what, code, rule] of [
    ['a pickle in a tar', "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'data.bin')", 'pickle.call'],
    ['a pickle in a gzipped tar', "with tarfile.open(fileobj=out, mode='w:gz') as t: member(t, 'a/b')", 'pickle.call'],
    [
      'a pickle in an old tar',
      "with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t: member(t, 'x/' * 60 + 'y')",
      'pickle.call',
    ],
    [
      'a long name of GNU that leads out',
      "with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as t: member(t, '../' + 'a' * 200)",
      'archive.traversal',
    ],
    [
      'a long name of pax that leads out',
      "with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as t: member(t, '../' + 'ä' * 100)",
      'archive.traversal',
    ],
    [
      'an absolute name in a tar',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, '/etc/x')",
      'archive.traversal',
    ],
    [
      'a symbolic link in a tar',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'', type=tarfile.SYMTYPE, linkname='/etc')",
      'archive.link',
    ],
    [
      'a hard link in a tar',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'', type=tarfile.LNKTYPE, linkname='b')",
      'archive.link',
    ],
    [
      'a device in a tar',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'', type=tarfile.CHRTYPE)",
      'archive.link',
    ],
    [
      'two members of one name in a tar',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'good'); member(t, 'a')",
      'archive.duplicate',
    ],
    [
      'two members of one name in other cases',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'good'); member(t, 'A')",
      'archive.duplicate',
    ],
    [
      'a pickle in a zip',
      "with zipfile.ZipFile(out, 'w') as z: z.writestr('archive/data.pkl', payload)",
      'pickle.call',
    ],
    [
      'a deflated pickle in a zip',
      "with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('data', payload)",
      'pickle.call',
    ],
    [
      'a name in a zip that leads out',
      "with zipfile.ZipFile(out, 'w') as z: z.writestr('../x', b'y')",
      'archive.traversal',
    ],
    [
      'a tar in a zip',
      "inner = io.BytesIO()\nwith tarfile.open(fileobj=inner, mode='w') as t: member(t, 'a')\nwith zipfile.ZipFile(out, 'w') as z: z.writestr('a.png', inner.getvalue())",
      'pickle.call',
    ],
    [
      'an xz stream in a zip',
      "import lzma\nwith zipfile.ZipFile(out, 'w') as z: z.writestr('a.txt', lzma.compress(payload))",
      'archive.unopened',
    ],
    ['a zlib stream', 'import zlib\nout.write(zlib.compress(payload))', 'archive.unopened'],
    ['a bzip2 stream', 'import bz2\nout.write(bz2.compress(payload))', 'archive.unopened'],
  ] as const) {
    it(`finds ${what}`, function () {
      expect(rulesOf(python(code), 'README.md')).to.include(rule)
    })
  }

  it('finds pickles in a gzip file under any name, and says when one inflates beyond the limits', function () {
    expect(rulesOf(gzipSync(PICKLE), 'vocab.txt')).to.include('pickle.call')
    expect(rulesOf(gzipSync(Buffer.alloc(64 * 1024 * 1024)))).to.include('archive.limits')
  })

  for (const [what, code] of [
    [
      'a tar with headers of pax',
      "with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as t: member(t, 'ä' * 60, b'text', mtime=1.5)",
    ],
    [
      'a tar with folders',
      "with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a', b'', type=tarfile.DIRTYPE); member(t, 'a/b', b'text')",
    ],
    [
      'a zip of pictures',
      "with zipfile.ZipFile(out, 'w') as z:\n  for i in range(9): z.writestr(f'{i}.png', b'\\x89PNG' + bytes(range(256)))",
    ],
    [
      'an npz',
      "head = b\"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\".ljust(117) + b'\\n'\nwith zipfile.ZipFile(out, 'w') as z: z.writestr('a.npy', b'\\x93NUMPY\\x01\\x00v\\x00' + head + bytes(8))",
    ],
  ] as const) {
    it(`finds nothing that fails in ${what}`, function () {
      const levels = judgeBytes(python(code)).findings.filter(({ level }) => level !== 'warn' && level !== 'note')
      expect(levels).to.deep.equal([])
    })
  }

  it('takes no random bytes, and no cut archive, for an end of the scan', function () {
    const whole = python("with tarfile.open(fileobj=out, mode='w') as t: member(t, 'a'); member(t, 'b')")
    for (let length = 0; length < whole.length; length += 97) judgeBytes(whole.subarray(0, length))
    for (let index = 0; index < 600; index += 1) {
      const changed = Buffer.from(whole)
      changed[index] = changed[index]! ^ 0xff
      judgeBytes(changed)
    }
  })
})
