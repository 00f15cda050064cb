import type { Hex } from 'stemma/core'
import { CONTRACT_NAMES } from '../../codes.ts'
import { handler, type Handler } from '../handlers.ts'

/** Events of every contract whose writes can be paused. */
export const PAUSE_HANDLERS: Readonly<Record<string, Handler>> = {
  WritesPaused: handler<{ account: Hex; until: number }>((draft, { args, contract }) => {
    const account = draft.account(args.account)
    draft.insert('pauses', { contract: CONTRACT_NAMES.indexOf(contract), account, until: args.until })
    draft.event({ subject: account, model: null, account })
  }),
  WritesResumed: handler<{ account: Hex }>((draft, { args, contract }) => {
    const account = draft.account(args.account)
    draft.insert('pauses', { contract: CONTRACT_NAMES.indexOf(contract), account, until: 0 })
    draft.event({ subject: account, model: null, account })
  }),
}
