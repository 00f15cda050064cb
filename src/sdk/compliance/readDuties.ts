import type { ChainId } from '../../core/chainId.ts'
import type { ModelId, TermsId } from '../../core/hex.ts'
import type { TermsBody } from '../../core/termsBody.ts'
import type { Report } from '../../core/report.ts'
import type { Right } from '../../core/vocabulary.ts'
import type { Duty } from '../../documents/duties.ts'
import { passedDuties } from '../../verify/passedDuties.ts'
import { verifyUses } from '../../verify/verify.ts'
import type { Ledger } from '../connect.ts'
import { nodeReader } from './nodeReader.ts'
import { freshnessOf, type AgeOptions } from './sources.ts'

/** The duties of a model for a use, and the block as of which they were read. */
export type ReadDuties = { duties: Duty[]; chainId: ChainId; block: number; report: Report }

/**
 * Reads which duties of a model and its ancestors pass on to those who use it in a way, such as words to show.
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 * @throws `StaleNodeError` when the node's latest block is older than `maxAge`
 */
export async function readDuties(ledger: Ledger, parameters: readDuties.Parameters): Promise<ReadDuties> {
  const { model, use, maxAge, now, ...question } = parameters
  const reader = nodeReader(ledger)
  const terms = new Map<TermsId, TermsBody>()
  const [report] = await verifyUses(
    {
      ...reader,
      // The terms that the answer rests on: it has no thresholds in it.
      async readLineage(...asked) {
        const read = await reader.readLineage(...asked)
        for (const [id, body] of read.lineage.terms) terms.set(id, body)
        return read
      },
    },
    { ...question, model, uses: [use], freshness: freshnessOf(ledger, { maxAge, now }) },
  )
  const { chainId, block } = report!
  return { duties: passedDuties(report!, terms), chainId, block, report: report! }
}

export declare namespace readDuties {
  type Parameters = Omit<verifyUses.Parameters, 'uses' | 'model' | 'freshness'> &
    AgeOptions & { model: ModelId; use: Right }
}
