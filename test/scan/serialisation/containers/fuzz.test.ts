import { deflateSync, gzipSync } from 'node:zlib'

import fc from 'fast-check'

import { judgeBytes } from '../../judgeBytes.ts'
import { bytesOf, paxOf, tarOf, zipOf } from './archives.ts'

const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 17)
/** How many changed archives are judged. */
const RUNS = Number(process.env.STEMMA_FUZZ_CASES ?? 1500)
const PICKLE = bytesOf('\x80\x04cos\nsystem\n\x8c\x06echo x\x85R.')
const ARCHIVES = [
  zipOf([
    { name: 'm/data.pkl', data: PICKLE },
    { name: 'm/data/0', data: 'x'.repeat(64), deflated: true },
  ]),
  zipOf([{ name: 'a', data: PICKLE, deflated: true, streamed: true }, { name: 'b' }], { wide: true, comment: 'made' }),
  zipOf([{ name: 'a.zip', data: zipOf([{ name: 'b', data: 'x' }]) }], { hasNoDirectory: true }),
  tarOf([
    { name: '././@LongLink', data: 'a'.repeat(120), type: 'L' },
    { name: 'p', data: paxOf({ path: 'b', size: '3' }), type: 'x' },
    { name: 'c', data: PICKLE },
  ]),
  gzipSync(tarOf([{ name: 'a', data: PICKLE }])),
  deflateSync(PICKLE),
]

describe('containers that were changed', function () {
  it('end no scan, and hang none', function () {
    this.timeout(600_000 + RUNS * 20)
    const change = fc.tuple(
      fc.nat(4095),
      fc.constantFrom('set', 'cut', 'wide', 'copy'),
      fc.integer({ min: 0, max: 255 }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...ARCHIVES),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (archive, changes) => {
          let bytes = Buffer.from(archive)
          for (const [place, kind, value] of changes) {
            if (bytes.length === 0) break
            const at = place % bytes.length
            if (kind === 'set') bytes[at] = value
            else if (kind === 'wide') bytes.fill(value, at, Math.min(at + 4, bytes.length))
            else if (kind === 'cut') bytes = bytes.subarray(0, at + 1)
            else bytes = Buffer.concat([bytes, bytes.subarray(at, at + value * 4)])
          }
          judgeBytes(bytes)
        },
      ),
      { seed: SEED, numRuns: RUNS },
    )
  })
})
