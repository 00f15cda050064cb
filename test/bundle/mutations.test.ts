import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { parseBundleFile } from '../../src/bundle/bundleFile.ts'
import { collectBundle } from '../../src/bundle/collectBundle.ts'
import { bundleText, parseBundle, type Bundle, type BundleQuestion } from '../../src/bundle/document.ts'
import { openBundle } from '../../src/bundle/openBundle.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { ZERO_DIGEST, type Digest, type ModelId } from '../../src/core/hex.ts'
import type { NamedBody, TermsBody } from '../../src/core/termsBody.ts'
import { ALL_RIGHTS, RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { proofSource } from '../../src/sdk/compliance/proofSource.ts'
import { answer as answerFrom } from '../../src/verify/answer.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { Random } from '../fixtures/random.ts'
import { live } from '../server/indexer/play/live.ts'
import { playedLedger, questionAbout, type Played } from './played.ts'

/** How many mutants are tried; in the deep run as many as nobody waits for. */
const MUTANTS = Number(process.env.STEMMA_FUZZ_MUTANTS ?? inDepth(800, 1_000_000))
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 14)

/** A bundle, with the block that its reader trusts, and the answer that the reader got. */
type Original = { bundle: Bundle; text: string; question: BundleQuestion; trustedBlock: Digest; answer: string }

/** How many originals of each kind there are: one model or weights, with the name of an external parent or without. */
const EACH_KIND = 2

describe('a bundle that was changed', function () {
  this.timeout(6 * 3600_000)
  let played: Played
  let originals: Original[]

  before(async function () {
    played = await playedLedger(SEED, 90)
    originals = []
    const missing = new Map([0, 1, 2, 3].map((kind) => [kind, EACH_KIND]))
    while (originals.length < 4 * EACH_KIND) {
      const { chain, random } = played
      for (const [size, question] of await sized(random.sample(chain.history.models, 12))) {
        if (size <= 2 || size >= 12) continue
        const original = await collected(random.chance(0.5) ? question : await byWeights(question))
        const kind = (original.question.weights === null ? 0 : 1) + (original.bundle.externals.length > 0 ? 2 : 0)
        const left = missing.get(kind)!
        missing.set(kind, Math.max(0, left - 1))
        if (left > 0) originals.push(original)
      }
      // Bundles of several blocks, so that parts of one can be put into another.
      await live(chain, random, 3)
    }
  })

  /** The same question about all models that have the weights. */
  async function byWeights(question: BundleQuestion): Promise<BundleQuestion> {
    const source = proofSource(played.ledger)
    const [model] = question.models as [ModelId]
    const { weights } = (await source.readRegistrations([model])).get(model)!
    return { ...question, weights, models: await source.findByWeights(weights) }
  }

  async function sized(
    models: readonly { id: BundleQuestion['models'][number] }[],
  ): Promise<[number, BundleQuestion][]> {
    const source = proofSource(played.ledger)
    return Promise.all(
      models.map(async ({ id }) => {
        const question = questionAbout(id, played)
        const { lineage } = await source.readLineage(id, question.licensee)
        return [lineage.models.length, question] as [number, BundleQuestion]
      }),
    )
  }

  async function collected(question: BundleQuestion): Promise<Original> {
    const bundle = await collectBundle(proofSource(played.ledger), question)
    const original = { bundle, text: bundleText(bundle), question, trustedBlock: await played.trustedBlock() }
    return { ...original, answer: await answerTo(bundle, { ...original, answer: '' }) }
  }

  /** The answer that a reader gets which trusts a block and asks a question of its own. */
  async function answerTo(bundle: Bundle, { question, trustedBlock }: Original): Promise<string> {
    const { reader, block } = await openBundle(bundle, { deployment: played.ledger.deployment, trustedBlock })
    const { licensee, operators, weights } = question
    const [model] = question.models as [ModelId]
    const asked = weights === null ? { model } : { weights }
    const policy = { licensee, trustedOperators: operators }
    return JSON.stringify({ answer: await answerFrom(reader, { asked, uses: RIGHT_NAMES, policy }), block })
  }

  it(`is refused, or gives the same answer: ${MUTANTS} mutants`, async function () {
    const random = new Random(SEED)
    const refused = new Map<string, number>()
    let same = 0
    for (let i = 0; i < MUTANTS; ++i) {
      const original = random.pick(originals)
      const mutant = random.chance(0.5)
        ? () => parseBundle(changedText(original.text, random))
        : () => changedBundle(original.bundle, random, random.pick(originals).bundle)
      let answer: string
      let changed: Bundle
      try {
        changed = mutant()
        answer = await answerTo(changed, original)
      } catch (error) {
        if (!(error instanceof StemmaError)) throw new Error(`mutant ${i} of seed ${SEED}`, { cause: error })
        refused.set(error.code, (refused.get(error.code) ?? 0) + 1)
        continue
      }
      const isNamed = changed.externals.length === original.bundle.externals.length
      const compared = isNamed ? (text: string) => text : withoutWords
      expect(compared(answer), `mutant ${i} of seed ${SEED}`).to.equal(compared(original.answer))
      same += 1
    }
    // Whole mutants, such as another order, change nothing.
    expect(same)
      .to.be.greaterThan(0)
      .and.to.be.lessThan(MUTANTS / 3)
    const codes = ['INVALID_BUNDLE', 'NOT_IN_BUNDLE', 'UNUSED_IN_BUNDLE', 'BUNDLE_UNTRUSTED_BLOCK']
    for (const code of codes) expect(refused.get(code) ?? 0, code).to.be.greaterThan(0)
  })

  it('is refused wherever a single bit of a proof, of the header or of a registration differs', async function () {
    const random = new Random(SEED)
    for (let i = 0; i < inDepth(100, 10_000); ++i) {
      const original = random.pick(originals)
      const { bundle } = original
      const nodes = bundle.nodes.map((node) => Uint8Array.from(node))
      const header = Uint8Array.from(bundle.header)
      const bytes = random.chance(0.9) ? random.pick(nodes) : header
      bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7)
      const error = await answerTo({ ...bundle, nodes, header }, original).catch((each: unknown) => each)
      expect(error).to.be.instanceOf(StemmaError)
    }
  })

  it('is refused without any one of its parts, and with one more', async function () {
    for (const original of originals) {
      const { bundle } = original
      const lists = ['nodes', 'registrations', 'terms', 'tiers'] as const
      for (const list of lists) {
        for (const [at, item] of bundle[list].entries()) {
          const less = { ...bundle, [list]: bundle[list].filter((_, index) => index !== at) }
          const more = { ...bundle, [list]: [...bundle[list], item] }
          for (const changed of [less, more]) {
            const error = await answerTo(changed, original).catch((each: unknown) => each)
            expect(error, `${list}[${at}]`).to.be.instanceOf(StemmaError)
          }
        }
      }
    }
  })

  it('reads from no source of memory without a bound: broken, endless and foreign files are refused', async function () {
    const gzip = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(text, { level: 1 }))
    const bomb = gzip(' '.repeat(140 * 1024 * 1024))
    expect(bomb.length).to.be.lessThan(1_000_000)
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const [{ text }] = originals as [Original]
    const twice = text.replace('{', '{"version":2,')
    const files = [
      bomb,
      // What takes far more memory as values than as text, and what a pattern that repeats a group runs out of stack for.
      gzip('['.repeat(100 * 1024 * 1024)),
      gzip(`[${'{},'.repeat(inDepth(3, 30) * 1024 * 1024)}0]`),
      gzip(text.replace(/"header":"/, `"header":"${'00'.repeat(inDepth(3, 30) * 1024 * 1024)}`)),
      gzip(text.replace(/"nodes":\["/, `"nodes":["${'*'.repeat(inDepth(6, 60) * 1024 * 1024)}`)),
      gzip(twice),
      gzip(text.replace('{', '{"__proto__":{"version":1},')),
      gzip(text.replace(/"uri":"[^"]*/, '$&\\ud800')),
      gzip(text.replace(/"uses":\["([a-z-]+)"/, '"uses":["$1","$1"')),
      gzip('{}').slice(0, 12),
      gzip('{}'),
      gzip(deep),
      new Uint8Array([0xff, 0xfe]),
      new Uint8Array(),
    ]
    const codes = await Promise.all(
      files.map((file) =>
        parseBundleFile(file).then(
          () => 'read',
          (error: StemmaError) => error.code,
        ),
      ),
    )
    expect(codes).to.deep.equal(files.map(() => 'INVALID_BUNDLE'))
  })
})

/** An answer without its words: what an external parent is called only events say, so a bundle may leave it out. */
function withoutWords(answer: string): string {
  const words = new Set(['reason', 'remedy', 'name'])
  return JSON.stringify(JSON.parse(answer, (field, value: unknown) => (words.has(field) ? undefined : value)))
}

/** A text with one change of a character or of a piece. */
function changedText(text: string, random: Random): string {
  const at = random.integer(0, text.length - 1)
  const other = text[random.integer(0, text.length - 1)]!
  const length = random.integer(1, 70)
  switch (random.integer(0, 4)) {
    case 0:
      return text.slice(0, at) + other + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + text.slice(at + length)
    case 2:
      return text.slice(0, at) + other + text.slice(at)
    case 3: {
      const from = random.integer(0, text.length - 1)
      return text.slice(0, at) + text.slice(from, from + length) + text.slice(at + length)
    }
    default:
      return text.slice(0, at) + String.fromCharCode(random.integer(0, 0x2fff)) + text.slice(at + 1)
  }
}

/** A bundle of the right form with one lie. `donor` is another one, of another question and perhaps another block. */
function changedBundle(bundle: Bundle, random: Random, donor: Bundle): Bundle {
  const without = <T>(list: readonly T[]): T[] => list.filter((_, index) => index !== place(list))
  const place = (list: readonly unknown[]): number => random.integer(0, Math.max(0, list.length - 1))
  const replaced = <T>(list: readonly T[], change: (item: T) => T): T[] => {
    const at = place(list)
    return list.map((item, index) => (index === at ? change(item) : item))
  }
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(bytes)
    copy[place([...copy])]! ^= 1 << random.integer(0, 7)
    return copy
  }
  const shuffled = <T>(list: readonly T[]): T[] => random.sample(list, list.length)
  const foreign = <T>(list: readonly T[], from: readonly T[]): T[] =>
    from.length > 0 ? replaced(list, () => random.pick(from)) : without(list)
  const { question } = bundle
  const changes: (() => Partial<Bundle>)[] = [
    () => ({ nodes: without(bundle.nodes) }),
    () => ({ nodes: replaced(bundle.nodes, flipped) }),
    () => ({ nodes: shuffled(bundle.nodes) }),
    () => ({ nodes: foreign(bundle.nodes, donor.nodes) }),
    () => ({ nodes: [...new Set([...bundle.nodes, ...donor.nodes])] }),
    () => ({ nodes: donor.nodes }),
    () => ({ header: donor.header }),
    () => ({ header: flipped(bundle.header) }),
    () => ({ header: donor.header, nodes: donor.nodes }),
    () => ({ registrations: without(bundle.registrations) }),
    () => ({ registrations: shuffled(bundle.registrations) }),
    () => ({ registrations: foreign(bundle.registrations, donor.registrations) }),
    () => ({ registrations: replaced(bundle.registrations, (each) => ({ ...each, parents: without(each.parents) })) }),
    () => ({ registrations: replaced(bundle.registrations, (each) => ({ ...each, terms: ZERO_DIGEST as never })) }),
    () => ({ registrations: replaced(bundle.registrations, (each) => ({ ...each, tensors: ZERO_DIGEST })) }),
    () => ({ terms: without(bundle.terms) }),
    () => ({
      terms: replaced(bundle.terms, (each) => ('name' in each ? withBody(each, { rights: ALL_RIGHTS }) : each)),
    }),
    () => ({ terms: replaced(bundle.terms, (each) => ('name' in each ? withBody(each, { duties: 0n }) : each)) }),
    () => ({ terms: foreign(bundle.terms, donor.terms) }),
    () => ({ tiers: without(bundle.tiers) }),
    () => ({ tiers: replaced(bundle.tiers, (each) => ({ ...each, passThrough: RIGHT_NAMES })) }),
    () => ({ tiers: foreign(bundle.tiers, donor.tiers) }),
    () => ({ externals: foreign(bundle.externals, donor.externals) }),
    () => ({ externals: without(bundle.externals) }),
    () => ({ question: donor.question }),
    () => ({ question: { ...question, licensee: donor.question.licensee } }),
    () => ({ question: { ...question, models: donor.question.models } }),
    () => ({ question: { ...question, uses: RIGHT_NAMES } }),
    () => ({ question: { ...question, weights: ZERO_DIGEST } }),
    () => ({ chainId: Number(bundle.chainId) + 1 }),
    () => ({ ...donor, header: bundle.header }),
    () => donor,
  ]
  return { ...bundle, ...random.pick(changes)() }
}

function withBody(terms: NamedBody, changed: Partial<TermsBody>): NamedBody {
  return { ...terms, body: { ...terms.body, ...changed } }
}
