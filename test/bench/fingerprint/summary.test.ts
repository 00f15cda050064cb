import { expect } from 'chai'

import type { PairScore } from '../../../bench/fingerprint/scores.ts'
import { missedGoals, summarize } from '../../../bench/fingerprint/summary.ts'

const score = (changes: Partial<PairScore>): PairScore => ({
  suspect: 'copy-0',
  kind: 'copy',
  base: 'b0a',
  relation: 'derived',
  verdict: 'not-independent',
  found: ['places'],
  places: 30,
  pairing: 20,
  rows: 0,
  tensors: 0,
  seconds: 0.01,
  probeSeconds: 0.01,
  baselines: { awm: 0.9, cisco: 0.9, cosine: 0.9, norms: 0.9 },
  ...changes,
})
const innocent = (changes: Partial<PairScore> = {}) =>
  score({ relation: 'independent', base: 'b1a', verdict: 'no-evidence', found: [], places: 0, pairing: 1, ...changes })

describe('summary of the fingerprint bench', function () {
  it('counts true pairs by kind, and a baseline above the largest of the independent pairs', function () {
    const { kinds, all, misses } = summarize([
      score({}),
      score({ kind: 'int4', found: [], verdict: 'no-evidence' }),
      innocent({ baselines: { awm: 0.95, cisco: 0.1, cosine: 0.1, norms: 0.99 } }),
    ])
    expect(kinds.map(({ kind, pairs, any }) => [kind, pairs, any])).to.deep.equal([
      ['copy', 1, 1],
      ['int4', 1, 0],
    ])
    expect(all.any).to.equal(0.5)
    expect(all.baselines).to.deep.equal({ awm: 0, cisco: 1, cosine: 1, norms: 0 })
    expect(misses.map(({ kind }) => kind)).to.deep.equal(['int4'])
  })

  it('misses the goals by a false positive, a quantization that is not found, and a trap that is flagged', function () {
    const missed = missedGoals(
      summarize([
        score({}),
        score({ kind: 'int4', found: [] }),
        innocent({ found: ['pairing'] }),
        innocent({ relation: 'apart', kind: 'norms copied', found: ['places'] }),
      ]),
    )
    expect(missed).to.deep.equal([
      '1 false positives',
      '50.0 % of true pairs found, below 97 %',
      'int4: 0 % found, below 100 %',
      'a trap was flagged',
    ])
  })

  it('meets the goals otherwise', function () {
    expect(missedGoals(summarize([score({}), innocent()]))).to.deep.equal([])
  })
})
