import { resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { SubjectOptions } from '../subjects/subject.ts'
import { askGuardSocket, GUARD_SOCKET } from './guardSocket.ts'
import { judgeModel, starts, type GuardGate, type JudgedModel } from './judgeModel.ts'
import type { Missing } from './judgeStart.ts'
import { openGuarded } from './openGuarded.ts'
import type { FileIdentity, LoadAnswer } from './session.ts'

/** Whom to ask: a gate, or the guard that runs this program. */
export type LoadPolicy = { gate: GuardGate; hashing?: SubjectOptions } | { socket?: string }

/**
 * Passes when a model may be loaded now, and throws with what is missing otherwise. Without a gate, the running guard is asked over its
 * socket (`STEMMA_GUARD_SOCKET`), which then watches the files too.
 *
 * @param subject path of a folder or a file; with a gate also what `openSubject` takes
 *
 * @example
 * await assertLoadable('./adapters/tone', {})
 *
 * @throws {@link NotLoadableError} with all that is missing
 * @throws `GateUnreachableError` `GuardSocketError` when nobody can be asked: nothing may be loaded then
 */
export async function assertLoadable(subject: string, policy: LoadPolicy): Promise<{ files: readonly FileIdentity[] }> {
  if ('gate' in policy) {
    const opened = await openGuarded({ reference: subject, isAdapter: false }, policy.hashing)
    const judged = await judgeModel(policy.gate, opened)
    return loadableOr(subject, answerOf(judged))
  }
  const socket = policy.socket ?? process.env[GUARD_SOCKET]
  if (socket === undefined || socket === '') throw new NoGuardError(subject)
  return loadableOr(subject, await askGuardSocket(socket, resolve(subject)))
}

/** What a loader is answered about a model. */
export function answerOf(judged: JudgedModel): LoadAnswer {
  const { opened, decision } = judged
  if (starts(judged)) {
    const files = opened.files.map(({ state }) => [state.device.toString(), state.inode.toString()] as const)
    return { loadable: true, weights: opened.digest, files }
  }
  const { missing } = decision
  return { loadable: false, code: 'NOT_LOADABLE', message: sentencesOf(missing), missing }
}

function loadableOr(subject: string, answer: LoadAnswer): { files: readonly FileIdentity[] } {
  if (!answer.loadable) throw new NotLoadableError(subject, answer.missing, answer.message)
  return { files: answer.files }
}

/** All that a model lacks, in sentences. */
export function sentencesOf(missing: readonly Missing[]): string {
  return missing.map(({ what, remedy }) => `${what} ${remedy}`).join(' ')
}

/** Thrown when a model may not be loaded. */
export class NotLoadableError extends StemmaError {
  override name = 'NotLoadableError'
  override readonly kind = 'refused'
  readonly missing: readonly Missing[]
  constructor(subject: string, missing: readonly Missing[], message: string) {
    super('NOT_LOADABLE', `${quoted(subject)} may not be loaded. ${message}`)
    this.missing = missing
  }
}

/** Thrown when a program asks its guard and was not started by one. */
export class NoGuardError extends StemmaError {
  override name = 'NoGuardError'
  override readonly kind = 'unavailable'
  constructor(subject: string) {
    super(
      'NO_GUARD',
      `Nobody can be asked whether ${quoted(subject)} may be loaded: ${GUARD_SOCKET} is not set. Start the program by stemma guard run, or pass a gate.`,
    )
  }
}
