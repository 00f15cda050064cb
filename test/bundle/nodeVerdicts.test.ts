import { expect } from 'chai'

import { bundleFile, parseBundleFile } from '../../src/bundle/bundleFile.ts'
import { collectBundle } from '../../src/bundle/collectBundle.ts'
import type { BundleQuestion } from '../../src/bundle/document.ts'
import { openBundle, type OpenBundle } from '../../src/bundle/openBundle.ts'
import type { LedgerReader } from '../../src/core/ports.ts'
import { nodeReader } from '../../src/sdk/compliance/nodeReader.ts'
import { proofSource } from '../../src/sdk/compliance/proofSource.ts'
import { verifyUses } from '../../src/verify/verify.ts'
import type { Report } from '../../src/core/report.ts'
import { playedLedger, questionAbout, type Played } from './played.ts'

const LINEAGES = Number(process.env.STEMMA_FUZZ_CASES ?? 40)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 14)

describe('a bundle and its node', function () {
  this.timeout(600_000)
  let played: Played

  before(async function () {
    played = await playedLedger(SEED, 150)
  })

  /** Collects a bundle, writes it to a file, reads that, and opens it. */
  async function carried(question: BundleQuestion): Promise<OpenBundle> {
    const { ledger, trustedBlock } = played
    const file = await bundleFile(await collectBundle(proofSource(ledger), question))
    const bundle = await parseBundleFile(file)
    return openBundle(bundle, { deployment: ledger.deployment, trustedBlock: await trustedBlock() })
  }

  it('hold the same lineage, word for word, and give the same reports for models, uses and licensees', async function () {
    const { chain, ledger, random } = played
    const verdicts = new Set<string>()
    const codes = new Set<string>()
    const reader = withoutMatches(nodeReader(ledger))
    for (let i = 0; i < LINEAGES; ++i) {
      const { id } = random.pick(chain.history.models)
      const question = questionAbout(id, played)
      const { licensee, uses } = question
      const bundle = await carried(question)
      const [there, here] = await Promise.all([reader, bundle.reader].map((each) => each.readLineage(id, licensee)))
      expect(here).to.deep.equal(there)
      expect([...here!.lineage.terms.keys()]).to.deep.equal([...there!.lineage.terms.keys()])
      const asked = { model: id, uses, policy: { licensee }, trusted: [] }
      const [expected, report] = await Promise.all([reader, bundle.reader].map((each) => verifyUses(each, asked)))
      expect(report!.map(plain)).to.deep.equal(expected!.map((each) => ({ ...plain(each), source: 'bundle' })))
      verdicts.add(report![0]!.verdict)
      for (const { code } of report![0]!.findings) codes.add(code)
    }
    expect(verdicts.size, [...verdicts].join()).to.be.greaterThan(1)
    expect(codes.size, [...codes].join()).to.be.greaterThan(3)
  })
})

/** A report without what only computes its fields when they are read. */
function plain(report: Report): object {
  return JSON.parse(JSON.stringify(report)) as object
}

/** A node's reader that does not know which models match external parents: no storage says it, so no bundle does. */
function withoutMatches(reader: LedgerReader): LedgerReader {
  return {
    ...reader,
    async readExternals(ids) {
      const found = await reader.readExternals!(ids)
      return new Map(Array.from(found, ([id, { name }]) => [id, { name, registered: [] }]))
    },
  }
}
