import { ZERO_DIGEST } from '../../../../src/core/hex.ts'
import type { Registration } from '../../../../src/core/registration.ts'
import { RELATION_NAMES } from '../../../../src/core/vocabulary.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { externalOf, structOf, digest, NO_TERMS } from './registrations.ts'

/** Registers a model; later ones build on it. */
export function register(chain: Chain, random: Random): Action {
  const { history } = chain
  const registration = draft(chain, random)
  const taken = (): void => history.note(registration)
  return { ...chain.ledger(registration.publisher, 'register', [structOf(registration)]), taken }
}

/** Registers up to four models at once. */
export function registerMany(chain: Chain, random: Random): Action {
  const { history } = chain
  const publisher = random.pick(chain.accounts)
  const registrations = Array.from({ length: random.integer(1, 4) }, () => draft(chain, random, publisher))
  const taken = (): void => registrations.forEach((registration) => history.note(registration))
  return { ...chain.ledger(publisher, 'registerMany', [registrations.map(structOf)]), taken }
}

/** A registration over registered models and external parents that nobody sent yet. */
export function draft(chain: Chain, random: Random, publisher = random.pick(chain.accounts)): Registration {
  const { history } = chain
  const parents = random.sample(history.models, random.integer(0, Math.min(3, history.models.length)))
  const registration: Registration = {
    publisher,
    weights: digest(random.chance(0.1) ? 7 : history.next()),
    // By the counter, so that the history of a seed stays what it was.
    tensors: history.counter % 2 === 0 ? ZERO_DIGEST : digest(history.counter % 5),
    annex: history.counter % 7 === 0 ? digest(history.counter) : ZERO_DIGEST,
    datasets: random.chance(0.5) ? ZERO_DIGEST : digest(random.integer(1, 5)),
    method: random.chance(0.5) ? ZERO_DIGEST : digest(random.integer(1, 5)),
    terms: random.chance(0.6) && history.terms.length > 0 ? random.pick(history.terms) : NO_TERMS,
    parents: [
      ...parents.map(({ id }) => ({ model: id, relation: random.pick(RELATION_NAMES) })),
      ...externalOf(history.counter),
    ],
    uri: random.pick(['', 'https://huggingface.co/Acme/Tiny-Chat', `ipfs://Qm${history.counter}/`, 'péché?x=1#y']),
  }
  return registration
}

/** Supersedes, retires or recalls a model. */
export function changeModel(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.models.length === 0) return register(chain, random)
  const { id, publisher } = random.pick(history.models)
  return random.pick([
    () => chain.ledger(publisher, 'supersede', [id, random.pick(history.models).id]),
    () => chain.ledger(publisher, 'retire', [id, 'old']),
    () => chain.ledger(publisher, 'recall', [id, 'unsafe']),
  ])()
}
