import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { runCli } from '../../../src/cli/run.ts'
import type { Context } from '../../../src/console/context.ts'
import { evidenceDigest, evidenceText, InvalidEvidenceError, parseEvidence } from '../../../src/core/evidence.ts'
import { sha256 } from '../../../src/core/sha256.ts'
import { annexDigest } from '../../../src/documents/annex.ts'
import { parseSketch } from '../../../src/fingerprint/sketchBytes.ts'
import { llamaFiles } from '../../fingerprint/modelFiles.ts'
import { continued, permuted, randomModel, type RandomModel } from '../../fingerprint/randomModel.ts'

describe('stemma weights', function () {
  let cwd: string
  const base = randomModel(1)

  before(function () {
    cwd = mkdtempSync(join(tmpdir(), 'stemma-weights-'))
    write('base', base)
    write('copy', base)
    write('child', permuted(continued(base, 0.3, 2), 3))
    write('other', randomModel(4))
    mkdirSync(join(cwd, 'sketches'))
  })

  after(function () {
    rmSync(cwd, { recursive: true })
  })

  const write = (name: string, model: RandomModel) => {
    mkdirSync(join(cwd, name))
    for (const file of llamaFiles(model)) writeFileSync(join(cwd, name, file.name), file.read(0, file.size))
  }
  const run = async (...args: string[]) => {
    let [stdout, stderr] = ['', '']
    const context: Context = {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env: { HOME: cwd },
      cwd,
      now: Date.now,
      signal: AbortSignal.timeout(60_000),
    }
    const code = await runCli(['weights', ...args], context)
    return { code, stdout, stderr }
  }
  const json = async (...args: string[]) => {
    const { stdout, ...result } = await run(...args, '--json')
    return { ...result, value: JSON.parse(stdout) as any }
  }

  it('sketch writes a sketch, and its digest into an annex', async function () {
    const { code, value } = await json('sketch', 'base', '--output', 'sketches/base.sketch', '--annex', 'annex.json')
    const bytes = readFileSync(join(cwd, 'sketches/base.sketch'))
    expect(code).to.equal(0)
    expect(value).to.deep.include({
      name: 'sketch-1',
      sketch: sha256(bytes),
      anchors: 128,
      units: 8,
      layers: 4,
      reason: null,
      matches: null,
    })
    expect(parseSketch(bytes).exact.tensorCount).to.equal(9)
    expect(JSON.parse(readFileSync(join(cwd, 'annex.json'), 'utf8'))).to.deep.equal({ 'sketch-1': sha256(bytes) })
    expect(value.annex).to.equal(annexDigest({ 'sketch-1': sha256(bytes) }))
  })

  it('sketch adds one with a secret to the annex that is there', async function () {
    writeFileSync(join(cwd, 'secret'), Buffer.alloc(32, 9))
    const { value } = await json(
      'sketch',
      'base',
      '--secret',
      'secret',
      '--output',
      'hidden.sketch',
      '--annex',
      'annex.json',
    )
    expect(value.name).to.equal('secret-sketch-1')
    expect(Object.keys(JSON.parse(readFileSync(join(cwd, 'annex.json'), 'utf8')))).to.deep.equal([
      'secret-sketch-1',
      'sketch-1',
    ])
    const compared = await json('compare', 'child', 'hidden.sketch', '--secret', 'secret')
    expect(compared.value.comparisons[0].found).to.deep.equal(['pairing'])
    expect((await json('compare', 'child', 'hidden.sketch')).value.comparisons[0].pairing).to.equal(null)
  })

  it('sketch checks one: 0 for that of the weights, 1 for another', async function () {
    expect(await json('sketch', 'base', '--verify', 'sketches/base.sketch')).to.deep.include({ code: 0 })
    const other = await json('sketch', 'other', '--verify', 'sketches/base.sketch')
    expect([other.code, other.value.matches]).to.deep.equal([1, false])
  })

  it('compare exits with 1 for a child, and prints a claim to file, but never "derived"', async function () {
    const { code, value } = await json('compare', 'child', 'sketches/base.sketch')
    expect([code, value.verdict]).to.deep.equal([1, 'not-independent'])
    const { stdout } = await run('compare', 'child', 'sketches/base.sketch')
    expect(stdout)
      .to.match(/^not independent of "sketches\/base.sketch"\n/)
      .and.to.contain('stemma claim file 0x')
    expect(stdout).to.not.contain('derived')
    write('tuned', continued(base, 0.3, 5))
    expect((await run('compare', 'tuned', 'sketches/base.sketch')).stdout).to.contain(
      'below 1 in 1000 from the normal tail',
    )
  })

  it('compare writes what it found as evidence of a claim, the same bytes each time, and nothing where it found nothing', async function () {
    const { value } = await json('compare', 'child', 'sketches/base.sketch', 'other', '--evidence', 'evidence.json')
    const text = readFileSync(join(cwd, 'evidence.json'), 'utf8')
    const document = parseEvidence(JSON.parse(text))
    expect([evidenceText(document), evidenceDigest(document)]).to.deep.equal([text, value.evidence])
    expect(document.items).to.have.length(1)
    const { comparison, text: words } = document.items[0]!
    expect(words).to.match(/^not independent of "sketches\/base.sketch"/)
    expect(comparison).to.deep.include({ weights: value.weights, sketch: value.comparisons[0].sketch })
    expect(comparison!.pairing!.z).to.equal(value.comparisons[0].pairing.z)
    expect(comparison!.commands.at(-1)).to.equal('stemma weights compare <suspect> <sketch>')
    await run('compare', 'child', 'sketches/base.sketch', '--evidence', 'again.json')
    expect(readFileSync(join(cwd, 'again.json'), 'utf8')).to.equal(text)
    const none = await run('compare', 'other', 'sketches/base.sketch', '--evidence', 'none.json')
    expect([none.code, existsSync(join(cwd, 'none.json'))]).to.deep.equal([0, false])
    for (const damage of [
      { verdict: 'no-evidence' },
      { places: { z: 1 } },
      { more: 1 },
      { weights: '0x1' },
      { commands: 'x' },
    ])
      expect(() =>
        parseEvidence({ ...document, items: [{ ...document.items[0], comparison: { ...comparison, ...damage } }] }),
      ).to.throw(InvalidEvidenceError)
    expect(() => parseEvidence({ ...document, items: [{ ...document.items[0], kind: 'other' }] })).to.throw(
      InvalidEvidenceError,
    )
  })

  it('compare exits with 0 for an independent model, and needs no sketch of it', async function () {
    const { code, value } = await json('compare', 'other', 'base')
    expect([code, value.verdict, value.comparisons[0].claim]).to.deep.equal([0, 'no-evidence', null])
  })

  it('compare finds a copy among all sketches of a folder', async function () {
    await run('sketch', 'other', '--output', 'sketches/other.sketch')
    const { code, value } = await json('compare', 'copy', '--registry', 'sketches')
    expect(code).to.equal(1)
    expect(value.comparisons.map((each: any) => each.verdict)).to.deep.equal(['same-weights', 'no-evidence'])
  })

  it('compare exits with 3 where it cannot tell, and says why', async function () {
    mkdirSync(join(cwd, 'adapter'))
    writeFileSync(join(cwd, 'adapter/pytorch_model.bin'), 'not read')
    const { code, stderr } = await run('compare', 'adapter', 'sketches/base.sketch')
    expect(code).to.equal(3)
    expect(stderr).to.contain('CANNOT_SKETCH')
  })

  for (const [what, args] of [
    ['no file to write or check', ['sketch', 'base']],
    ['nothing to compare with', ['compare', 'base']],
    ['a file that is not a sketch', ['compare', 'base', 'annex.json']],
    ['a folder without sketches', ['compare', 'base', '--registry', 'copy']],
    ['a short secret', ['sketch', 'base', '--output', 'x', '--secret', 'short']],
  ] as const) {
    it(`exits with 2 for ${what}`, async function () {
      writeFileSync(join(cwd, 'short'), 'x')
      expect((await run(...args)).code).to.equal(2)
    })
  }
})
