import { useCallback, useEffect, useRef, useState } from 'react'
import type { Deployment, Hex } from 'stemma/core'

import type { Asked, Intent, Outcome } from './intent.ts'
import type { SentCall } from './sameCall.ts'
import type { Session } from './session.ts'
import { keep, kept } from './useValues.ts'

/** Where an action is. */
export type Step =
  | { at: 'form'; failure?: Failure }
  | { at: 'checking' }
  | { at: 'review'; asked: Asked; go: () => void }
  | { at: 'wallet' }
  | { at: 'sent'; sent: SentCall; replacement?: Hex; isResumed?: true }
  | { at: 'done'; outcome: Outcome }

/** Why an action ended without what was asked for. */
export type Failure =
  | { kind: 'back' | 'changed' | 'left' | 'rejected' }
  | { kind: 'foreign'; transaction: string }
  | { kind: 'funds'; account: string; balance: bigint; needed: bigint }
  | { kind: 'refused' | 'reverted' | 'lost' | 'other'; code: string; text: string }
  | { kind: 'open'; code: string; text: string; sent: SentCall }

/** The reason for which the page itself ends an action. */
class LeftError extends Error {
  readonly kind: 'back' | 'changed' | 'left' | 'stopped'
  constructor(kind: LeftError['kind']) {
    super(kind)
    this.kind = kind
  }
}

/** Runs one action at a time, from the form to the block of its transaction. A transaction that was sent outlives the page. */
export function useAction(place: string, session: Session, deployment: Deployment | null | undefined) {
  const pending = `${place} sent`
  const [step, setStep] = useState<Step>(() => {
    const sent = kept<Partial<SentCall>>(pending)
    return sent.transaction ? { at: 'sent', sent: sent as SentCall, isResumed: true } : { at: 'form' }
  })
  const running = useRef<AbortController | undefined>(undefined)
  /** What the action has sent, also where the browser keeps nothing. */
  const sent = useRef<SentCall | undefined>(undefined)
  useEffect(() => () => running.current?.abort(new LeftError('back')), [])

  const run = useCallback(
    async (perform: (signal: AbortSignal) => Promise<Outcome>) => {
      const controller = new AbortController()
      running.current = controller
      try {
        const { signal } = controller
        // A wallet that never answers does not keep the page.
        const stopped = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
        const outcome = await Promise.race([perform(signal), stopped])
        keep(pending, undefined)
        setStep({ at: 'done', outcome })
      } catch (error) {
        const failure = failureOf(error, sent.current)
        // What was sent goes on without the page, which asks for it when it is opened again.
        if (failure.kind !== 'open' && !(error instanceof LeftError)) keep(pending, undefined)
        setStep({ at: 'form', failure })
      } finally {
        running.current = undefined
      }
    },
    [pending],
  )

  const { wallet, account } = session
  const start = useCallback(
    (intent: Intent) => {
      if (!wallet || !account || !deployment || running.current) return
      sent.current = undefined
      setStep({ at: 'checking' })
      void run(async (signal) => {
        const { act } = await import('./flow.ts')
        return act(intent, {
          provider: wallet.provider,
          account,
          deployment,
          signal,
          onAsked: (asked) =>
            new Promise((resolve, reject) => {
              if (signal.aborted) return reject(signal.reason as Error)
              signal.addEventListener('abort', () => reject(signal.reason as Error))
              setStep({ at: 'review', asked, go: resolve })
            }),
          onWallet: () => setStep({ at: 'wallet' }),
          onSent(now) {
            sent.current = now
            keep(pending, now)
            // Somebody may confirm in the wallet after the page has stopped waiting for it.
            setStep({ at: 'sent', sent: now, ...(signal.aborted && { isResumed: true }) })
          },
          onReplaced: (replacement) => setStep((now) => (now.at === 'sent' ? { ...now, replacement } : now)),
        })
      })
    },
    [account, deployment, pending, run, wallet],
  )

  const resume = useCallback(
    (again: SentCall) => {
      if (!wallet || !deployment || running.current) return
      sent.current = again
      setStep({ at: 'sent', sent: again })
      void run(async (signal) => {
        const { wait } = await import('./flow.ts')
        const { provider } = wallet
        return wait(again, { provider, deployment, signal, onReplaced: () => {} })
      })
    },
    [deployment, run, wallet],
  )
  const isResumed = step.at === 'sent' && step.isResumed
  useEffect(() => {
    if (isResumed && account) resume(step.sent)
  }, [account, isResumed, resume, step])

  // What was shown was for another account or chain.
  const isOpen = step.at === 'checking' || step.at === 'review'
  const before = useRef(session.changes)
  useEffect(() => {
    if (before.current === session.changes) return
    before.current = session.changes
    if (isOpen) running.current?.abort(new LeftError('changed'))
  }, [isOpen, session.changes])

  return {
    step,
    start,
    resume,
    back(): void {
      const reason = new LeftError(step.at === 'sent' ? 'stopped' : step.at === 'wallet' ? 'left' : 'back')
      if (running.current) running.current.abort(reason)
      else if (step.at === 'sent') setStep({ at: 'form', failure: failureOf(reason, step.sent) })
    },
    again: () => setStep({ at: 'form' }),
  }
}

const LOST = ['TRANSACTION_DROPPED', 'TRANSACTION_REPLACED', 'TRANSACTION_CANCELLED']

function failureOf(error: unknown, sent: SentCall | undefined): Failure {
  if (error instanceof LeftError && error.kind !== 'stopped') return { kind: error.kind }
  const { code, message, cause, errorName, account, balance, needed, transaction } = (error ?? {}) as Thrown
  if (error instanceof LeftError) return { kind: 'open', code: '', text: '', sent: sent! }
  const words = { code: typeof code === 'string' ? code : '', text: String(message ?? error) }
  if (code === 'SIGNING_REJECTED') return { kind: 'rejected' }
  if (code === 'WALLET_CHANGED') return { kind: 'changed' }
  if (code === 'OTHER_TRANSACTION') return { kind: 'foreign', transaction: transaction! }
  if (code === 'NO_FUNDS') return { kind: 'funds', account: account!, balance: balance!, needed: needed! }
  if (code === 'TRANSACTION_REVERTED' || (cause as Thrown | undefined)?.code === 'TRANSACTION_REVERTED')
    return { kind: 'reverted', ...words }
  if (LOST.includes(words.code)) return { kind: 'lost', ...words }
  if (sent) return { kind: 'open', ...words, sent }
  return { kind: errorName === undefined ? 'other' : 'refused', ...words }
}

/** What may be thrown: an error of the SDK, of this page, or of anything else. */
type Thrown = {
  code?: unknown
  message?: unknown
  cause?: unknown
  errorName?: string
  account?: string
  balance?: bigint
  needed?: bigint
  transaction?: string
}
