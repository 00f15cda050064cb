import { ZERO_ADDRESS, type Address, type ModelId } from '../../src/core/hex.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import type { Digest } from '../../src/core/hex.ts'
import { Random } from '../fixtures/random.ts'
import { startChain, type Chain } from '../server/indexer/chain.ts'
import { live } from '../server/indexer/play/live.ts'
import type { BundleQuestion } from '../../src/bundle/document.ts'

/** A ledger on which random actions of all kinds were played. */
export type Played = { chain: Chain; ledger: Ledger; random: Random; trustedBlock: () => Promise<Digest> }

/** Plays random actions on a new ledger, in some blocks. */
export async function playedLedger(seed: number, blocks: number): Promise<Played> {
  const chain = await startChain()
  const random = new Random(seed)
  await live(chain, random, blocks, 4, true)
  const ledger = openLedger(chain.connection.ethers.provider as never, chain.deployment)
  const trustedBlock = async (): Promise<Digest> =>
    ((await chain.request('eth_getBlockByNumber', ['latest', false])) as { hash: Digest }).hash
  return { chain, ledger, random, trustedBlock }
}

/** A question about a model, by some holder of credentials, some account, or the public. */
export function questionAbout(model: ModelId, { chain, random }: Played): BundleQuestion {
  const holders = chain.history.credentials.map(({ holder }): Address => holder)
  const licensee = random.pick([ZERO_ADDRESS, random.pick(holders), random.pick(chain.accounts)])
  return { models: [model], weights: null, uses: [random.pick(RIGHT_NAMES)], licensee, operators: [] }
}
