import { BUNDLE_LIMITS, openBundle, parseBundleFile, type OpenBundle } from 'stemma/bundle'
import { ZERO_ADDRESS, type Deployment, type Digest } from 'stemma/core'
import { verifyUses, verifyWeights, type Report } from 'stemma/verify'

import { askedOf } from '../../api/verdict.ts'

/** What a bundle proves, and what no bundle can show. */
export type Proved = { block: OpenBundle['block']; reports: readonly Report[]; limits: readonly string[] }

/**
 * Proves a bundle by a block that the reader trusts, and answers from it what it was collected for.
 *
 * @throws what `parseBundleFile` and `openBundle` throw
 */
export async function proveBundle(
  file: Uint8Array<ArrayBuffer>,
  deployment: Deployment,
  trustedBlock: Digest,
): Promise<Proved> {
  const { reader, question, block } = await openBundle(await parseBundleFile(file), { deployment, trustedBlock })
  const { uses, licensee, models, weights } = question
  const asked = { uses, ...askedOf({ use: uses[0]!, ...(licensee !== ZERO_ADDRESS && { licensee }) }) }
  const reports =
    weights === null
      ? await verifyUses(reader, { ...asked, model: models[0]! })
      : (await verifyWeights(reader, { ...asked, weights })).reports
  return { block, reports, limits: BUNDLE_LIMITS }
}
