import { isCredentialValidAt, isOwnWork, type HeldCredential, type LineageModel } from '../lineage.ts'
import { doubted, type Lanes } from './lanes.ts'
import type { Question, State } from './state.ts'

type Speaking = Pick<State, 'question' | 'trusted' | 'named'>

/** What a model's publisher said at a time, of which the certain lane falls away if its word does not count. */
export function asSaid(state: Speaking, model: LineageModel, time: number, said: Lanes): Lanes {
  return counts(state, model, time) ? said : doubted(said)
}

/** Whether what a model's publisher says of it at a time counts. */
export function counts(state: Speaking, model: LineageModel, time: number): boolean {
  return isReliable(state, model, time) || state.named.has(model.model)
}

/** Whether what a model's publisher says at a time counts, also of what is its own work. */
function isReliable(state: Speaking, { publisher, verifiedFrom, verifiedUntil }: LineageModel, time: number): boolean {
  const { everybody, licensee } = state.question
  if (everybody || (verifiedFrom <= time && time < verifiedUntil)) return true
  return isOwnWork(publisher, licensee) || state.trusted.has(publisher)
}

/** Whether a parent is certainly work of its child's publisher. */
export function isCertainlyOwnWork(state: Speaking, child: LineageModel, parent: LineageModel): boolean {
  return (
    isOwnWork(parent.publisher, child.publisher) &&
    isReliable(state, child, child.registeredAt) &&
    isReliable(state, parent, parent.registeredAt)
  )
}

/** Whether the authority or the publisher left a model in use. */
export function isAlive({ status, recalled }: LineageModel): boolean {
  return !recalled && status !== 'recalled'
}

/** Whether a credential is valid at the time in question. */
export function isValid(question: Question, { credential }: HeldCredential): boolean {
  return isCredentialValidAt(credential, question.time)
}
