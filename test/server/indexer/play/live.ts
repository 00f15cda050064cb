import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { anchorBatch, materialize } from './batches.ts'
import { claim, changeClaim, attest } from './claims.ts'
import { grant, changeCredential, changeSubCredential } from './credentials.ts'
import { decide, pause, resume, manage } from './governance.ts'
import { changeInheritances } from './inheritances.ts'
import { publishTerms, publishSet, offer, withdraw } from './licensing.ts'
import { changePublisher } from './publishers.ts'
import { register, registerMany, changeModel } from './registry.ts'
import { review } from './reviews.ts'
import { anchor } from './usage.ts'

const DAY = 86_400

/** The random actions, each as often as it is to be drawn. */
const KINDS: readonly ((chain: Chain, random: Random) => Action)[] = [
  ...Array.from({ length: 6 }, () => register),
  registerMany,
  publishTerms,
  publishSet,
  offer,
  offer,
  ...Array.from({ length: 4 }, () => grant),
  ...Array.from({ length: 4 }, () => changeCredential),
  changeModel,
  withdraw,
  changePublisher,
  decide,
  anchorBatch,
  materialize,
  pause,
  ...Array.from({ length: 3 }, () => manage),
  ...Array.from({ length: 2 }, () => claim),
  ...Array.from({ length: 9 }, () => changeClaim),
  attest,
  anchor,
  ...Array.from({ length: 4 }, () => review),
]

/** A random action, most of which build on what the chain has taken. */
function actionOf(chain: Chain, random: Random): Action {
  const { paused } = chain.history
  return paused ? resume(chain, paused) : random.pick(KINDS)(chain, random)
}

/**
 * Mines some blocks of random actions, and returns them. Many are refused, as they build on what is not there: what counts is what the
 * chain makes of them.
 *
 * @param most actions in a block
 * @param heirs adds such about claims that models inherit
 */
export async function live(chain: Chain, random: Random, blocks: number, most = 4, heirs = false): Promise<Action[][]> {
  const { history } = chain
  const mined: Action[][] = []
  for (let i = 0; i < blocks; i++) {
    const actions = Array.from({ length: random.integer(0, most) }, () => actionOf(chain, random))
    for (let each = 0; heirs && each < 2; each++) actions.push(...changeInheritances(chain))
    if (history.credentials.length > 0 && !history.paused) actions.push(changeSubCredential(chain))
    await chain.mine(actions, random.chance(0.2) ? random.integer(1, 20 * DAY) : random.integer(1, 60))
    mined.push(actions)
  }
  return mined
}
