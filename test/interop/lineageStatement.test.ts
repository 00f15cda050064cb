import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { StemmaError } from '../../src/core/errors.ts'
import { externalIdOf, externalNameOnHub } from '../../src/core/external.ts'
import { claimLine, readLineageClaims, withClaim } from '../../src/interop/lineageClaims.ts'
import { readLineageDocument } from '../../src/interop/lineageDocument.ts'
import { lineageStatement, parseLineageStatement, type LineageStatement } from '../../src/interop/lineageStatement.ts'
import { isSignatureFile } from '../../src/interop/sigstore.ts'
import { LEDGER, tunedModel } from '../fixtures/answers.ts'
import { exampleLineages } from '../fixtures/exampleLineages.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { accountNumber } from '../fixtures/memoryLedger.ts'
import { Random } from '../fixtures/random.ts'

type Vectors = {
  valid: { name: string; statement: LineageStatement }[]
  invalid: { name: string; code: string; statement: unknown }[]
}

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/lineage-statements.json'), 'utf8'),
) as Vectors

function codeOf(value: unknown): string | undefined {
  try {
    parseLineageStatement(value)
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    return error.code
  }
  return undefined
}

async function statementAbout(block = 7): Promise<LineageStatement> {
  const { ledger, tuned } = tunedModel()
  const hub = externalIdOf(externalNameOnHub('nobody/other'))
  const merged = ledger.register({
    name: 'beta/merged',
    publisher: accountNumber(3),
    parents: [
      { model: tuned, relation: 'merge', part: 'experts' },
      { model: hub, external: true, relation: 'adapter' },
    ],
  })
  const read = { model: merged, version: '1', ledger: LEDGER, licenses: [] }
  return lineageStatement({ ...(await readLineageDocument(ledger.reader(), read)), block })
}

describe('lineage statements', function () {
  this.timeout(60_000)

  it('are written for every example lineage, and read back the same', async function () {
    const { ledger, licenses, models } = await exampleLineages()
    for (const model of models.keys()) {
      const document = await readLineageDocument(ledger.reader(), { model, version: '1', ledger: LEDGER, licenses })
      const statement = JSON.parse(JSON.stringify(lineageStatement(document))) as LineageStatement
      expect(parseLineageStatement(statement)).to.deep.equal(statement)
    }
  })

  it('have as subject the model digest, and a name that may be that of a file', async function () {
    const { ledger, tuned } = tunedModel()
    const read = { model: tuned, version: '1', ledger: LEDGER, licenses: [] }
    const document = await readLineageDocument(ledger.reader(), read)
    const statement = lineageStatement(document, { name: 'tuned.gguf' })
    const { weights } = ledger.registrations.get(tuned)!
    expect(statement.subject).to.deep.equal([{ name: 'tuned.gguf', digest: { sha256: weights.slice(2) } }])
    const [first, ...others] = document.models
    expect(() => lineageStatement({ ...document, models: [{ ...first, weights: null }, ...others] }))
      .to.throw()
      .with.property('code', 'STATEMENT_WITHOUT_WEIGHTS')
  })

  it('accept all valid vectors and refuse all invalid ones by their code', function () {
    expect(vectors.valid.length).to.be.at.least(3)
    expect(vectors.invalid.length).to.be.at.least(20)
    for (const { name, statement } of vectors.valid) {
      expect(codeOf(statement), name).to.equal(undefined)
      expect(parseLineageStatement(statement)).to.deep.equal(statement)
    }
    for (const { name, code, statement } of vectors.invalid) expect(codeOf(statement), name).to.equal(code)
  })

  it('never crash a reader, however they are changed', function () {
    const random = new Random(20261130)
    const words = [null, true, -1, 1e9, '', '0x', '\u202e', [], {}, 'declared', `0x${'ab'.repeat(32)}`]
    const mutate = (value: any, depth = 0): any => {
      if (typeof value !== 'object' || value === null || random.chance(0.05 * depth)) return random.pick(words)
      const copy = Array.isArray(value) ? [...value] : { ...value }
      const keys = Object.keys(copy)
      if (keys.length === 0) return random.pick(words)
      const key = random.pick(keys)
      if (random.chance(0.1)) delete copy[key]
      else if (random.chance(0.05) && Array.isArray(copy)) copy.push(...copy)
      else copy[key] = mutate(copy[key], depth + 1)
      return copy
    }
    for (let n = 0; n < inDepth(1000, 200_000); n++) {
      const { statement } = random.pick(vectors.valid)
      codeOf(mutate(statement))
    }
  })

  describe('in claims.jsonl', function () {
    it('are envelopes without signatures, which do not count in the digest', async function () {
      const statement = await statementAbout()
      const text = withClaim('', statement)!
      expect(isSignatureFile(new TextEncoder().encode(text))).to.equal(true)
      expect(JSON.parse(text)).to.deep.include({ payloadType: 'application/vnd.in-toto+json', signatures: [] })
      expect(readLineageClaims(text)).to.deep.equal({ statements: [statement], refused: [] })
    })

    it('keep every line that is there, and are added once, of whatever block', async function () {
      const statement = await statementAbout()
      const others = `${JSON.stringify({ payload: 'e30=', payloadType: 'x/y', signatures: [{ sig: 'AA==' }] })}\nnot ours`
      const text = withClaim(others, statement)!
      expect(text).to.equal(`${others}\n${claimLine(statement)}\n`)
      expect(withClaim(text, statement)).to.equal(undefined)
      expect(withClaim(text, await statementAbout(9))).to.equal(undefined)
      const [first, ...more] = statement.predicate.models
      const changed = {
        ...statement,
        predicate: { ...statement.predicate, models: [{ ...first, name: 'x/y' }, ...more] },
      }
      const both = withClaim(text, changed as unknown as LineageStatement)!
      expect(both.startsWith(text)).to.equal(true)
      expect(readLineageClaims(both).statements).to.have.length(2)
      expect(
        withClaim(`${claimLine(changed as unknown as LineageStatement)}\n`.repeat(100) + text, statement),
      ).to.equal(undefined)
    })

    it('are read from bundles too, and what cannot be read is named by its code', async function () {
      const statement = await statementAbout()
      const envelope = JSON.parse(claimLine(statement)) as object
      const bundle = {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {},
        dsseEnvelope: envelope,
      }
      const broken = claimLine({ ...statement, subject: [{ name: 'x', digest: { sha256: 'ab'.repeat(32) } }] })
      const text = ['{"payload":1}', '{"payload":"%"', '"payload"', '[]', JSON.stringify(bundle), broken, ''].join('\n')
      expect(readLineageClaims(text)).to.deep.equal({ statements: [statement], refused: ['STATED_SUBJECT'] })
      const named = (name: string): LineageStatement => ({ ...statement, subject: [{ ...statement.subject[0], name }] })
      const [first, ...ancestors] = statement.predicate.models
      const different = Array.from({ length: 100 }, (_, n) =>
        claimLine({
          ...statement,
          predicate: { ...statement.predicate, models: [{ ...first, name: `a/${n}` }, ...ancestors] },
        }),
      )
      expect(readLineageClaims(different.join('\n')).statements).to.have.length(64)
      // The same words again say nothing more, and push no others out.
      const again = [...Array<LineageStatement>(100).fill(statement), named('other')].map(claimLine)
      expect(
        readLineageClaims([...again, different[0]].join('\n')).statements.map(
          ({ predicate }) => predicate.models[0].name,
        ),
      ).to.deep.equal([first.name, 'a/0'])
      const twice = JSON.stringify(statement).replace('"subject":', '"subject":[],"subject":')
      const envelopeOf = (payload: string): string => JSON.stringify({ ...envelope, payload: btoa(payload) })
      const outer = claimLine(statement).replace('"payload":', '"payload":"","payload":')
      for (const line of [envelopeOf(twice), outer])
        expect(readLineageClaims(line)).to.deep.equal({ statements: [], refused: ['DUPLICATE_JSON_NAME'] })
      expect(readLineageClaims('{"payload":'.repeat(200_000))).to.deep.equal({ statements: [], refused: [] })
    })
  })
})
