import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'chai'

import type { NewFinding } from '../../../../src/scan/ports.ts'
import { instructionAt } from '../../../../src/scan/serialisation/pickle/instruction.ts'
import { OPCODES } from '../../../../src/scan/serialisation/pickle/opcodes.ts'
import { readStream } from '../../../../src/scan/serialisation/pickle/stream.ts'
import { tierOf } from '../../../../src/scan/serialisation/pickle/importTier.ts'
import { Window } from '../../../../src/scan/serialisation/pickle/window.ts'
import { quoted } from '../../../../src/core/text.ts'
import { contentOf, judgeBytes } from './judgeBytes.ts'
import { randomStream, randomSource } from './randomStream.ts'

const CASES = Number(process.env.STEMMA_PICKLE_CASES ?? 6000)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 17)
type Answer = { read: [string, number][]; error: string | null; names: [string, string][] }

describe('pickle: against Python', function () {
  this.timeout(3_600_000)

  before(function () {
    const found = spawnSync('python3', ['--version'])
    expect(
      found.status,
      'Python reads the same streams here. Install python3 (3.9 or later), which has to be in PATH.',
    ).to.equal(0)
  })

  it('knows the 68 opcodes', () => expect(OPCODES.size).to.equal(68))

  it(`reads ${CASES} streams as pickletools does, and sees each import of both unpicklers`, async function () {
    const python = spawn('python3', ['-S', '-B', join(import.meta.dirname, 'pickletools.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const random = randomSource(SEED)
    const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
    for (let done = 0; done < CASES; done += 500) {
      const streams = Array.from({ length: Math.min(500, CASES - done) }, () => randomStream(random))
      python.stdin.write(streams.map((stream) => `${Buffer.from(stream).toString('hex')}\n`).join(''))
      for (const stream of streams) {
        const { value } = (await answers.next()) as { value: string }
        compare(stream, JSON.parse(value) as Answer)
      }
    }
    python.stdin.end()
  })

  it('neither crashes nor hangs on mutated streams', function () {
    const random = randomSource(SEED + 1)
    for (let index = 0; index < CASES; index++) judgeBytes(randomStream(random))
  })
})

function compare(stream: Uint8Array, { read, names }: Answer): void {
  const hex = Buffer.from(stream).toString('hex')
  const window = new Window(contentOf(stream))
  let at = 0
  for (const [name, offset] of read) {
    const ours = instructionAt(window, at)
    if ('broken' in ours) throw new Error(`${hex}: ${ours.broken} at ${at}, where Python reads ${name}`)
    expect([ours.opcode.name, ours.at], hex).to.deep.equal([name, offset])
    at = ours.next
  }
  const findings: NewFinding[] = []
  const report = { found: (finding: NewFinding) => void findings.push(finding), within: () => undefined }
  readStream(window, contentOf(stream), 0, report, { spend: () => undefined, texts: 0, nested: 4 })
  // Python's C reader drops the part of a line that is inside a frame, when the line leaves it; that alone is a failure.
  if (
    findings.some(
      ({ rule, level, what }) => rule === 'pickle.ambiguous' && level === undefined && what.includes('frame'),
    )
  )
    return
  for (const [module, name] of names) {
    if (
      tierOf(module, name).tier === 'tensor' ||
      ['attribute', 'constructor', 'loader', 'wrapper'].includes(tierOf(module, name).tier)
    )
      continue
    const reported = findings.some(({ what }) => what.startsWith(quoted(`${module}.${name}`)))
    expect(reported, `${hex}: import of ${module}.${name} was not reported`).to.equal(true)
  }
}
