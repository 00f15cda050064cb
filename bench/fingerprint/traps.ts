import { anchorsOf } from '../../src/fingerprint/anchors.ts'
import { compareWithSketch } from '../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../src/fingerprint/makeSketch.ts'
import type { Rows, SketchSource } from '../../src/fingerprint/ports.ts'
import { makeProbe } from '../../src/fingerprint/probe.ts'
import { sketchBytes } from '../../src/fingerprint/sketchBytes.ts'
import { openModel, type Suspect } from './models.ts'

/** What an attack on the anchors of a base's public sketch came to. */
export type AnchorAttack = {
  suspect: string
  base: string
  /** The tests that found the suspect by the public sketch before its anchors were scrambled, and after. */
  before: readonly string[]
  after: readonly string[]
  /** The z of the pairing test after it. */
  pairing: number | null
  /** The tests that found it by the secret sketch, after the attack, and their z. */
  bySecret: readonly string[]
  secretPairing: number | null
}

/** What a made-up sketch came to. */
export type FalseClaim = {
  claimant: string
  victim: string
  /** What comparing the victim with the made-up sketch says. */
  verdict: string
  /** Whether making the sketch again from the claimant's weights gives the same bytes; then the claim would stand. */
  isReproduced: boolean
}

/** The secret of the second sketch. A publisher's is random; here it is fixed, so that a run can be repeated. */
const SECRET = new TextEncoder().encode('the secret sketch of the bench')
const ANCHORS = 128

/**
 * Somebody who has a disguised copy and knows the code gives the anchors each other's embeddings. The publisher then reveals the second
 * sketch, whose anchors nobody knew.
 */
export async function attackAnchors(work: string, suspects: readonly Suspect[]): Promise<AnchorAttack[]> {
  const results: AnchorAttack[] = []
  for (const { name, parents } of suspects) {
    const [model, base] = await Promise.all([openModel(work, name), openModel(work, parents[0]!)])
    const known = makeSketch(base.source)
    const hidden = makeSketch(base.source, { secret: SECRET })
    const attacked = { ...model.source, embedding: scrambled(model.source) }
    const after = compareWithSketch(attacked, known)
    const secret = compareWithSketch(attacked, hidden, { secret: SECRET })
    results.push({
      suspect: name,
      base: parents[0]!,
      before: compareWithSketch(model.source, known).found,
      after: after.found,
      pairing: after.pairing?.z ?? null,
      bySecret: secret.found,
      secretPairing: secret.pairing?.z ?? null,
    })
  }
  return results
}

/** Embeddings in which each anchor has the row of the next. */
function scrambled({ embedding, tokens }: SketchSource): Rows {
  const anchors = anchorsOf(tokens, ANCHORS).map(({ token }) => token)
  const next = new Map(anchors.map((token, index) => [token, anchors[(index + 1) % anchors.length]!]))
  return {
    ...embedding,
    read(first, count) {
      const out = new Float32Array(count * embedding.columns)
      for (let row = 0; row < count; row++)
        out.set(embedding.read(next.get(first + row) ?? first + row, 1), row * embedding.columns)
      return out
    },
  }
}

/** A claimant publishes as a sketch of its own model what was made of somebody else's. */
export async function makeFalseClaims(
  work: string,
  pairs: readonly (readonly [claimant: string, victim: string])[],
): Promise<FalseClaim[]> {
  return Promise.all(
    pairs.map(async ([claimant, victim]) => {
      const [own, other] = await Promise.all([openModel(work, claimant), openModel(work, victim)])
      const madeUp = makeSketch(other.source, { exact: other.exact })
      const { verdict } = compareWithSketch(makeProbe(other.source, [madeUp], { exact: other.exact }), madeUp)
      const again = sketchBytes(makeSketch(own.source, { exact: own.exact }))
      return { claimant, victim, verdict, isReproduced: Buffer.compare(sketchBytes(madeUp), again) === 0 }
    }),
  )
}
