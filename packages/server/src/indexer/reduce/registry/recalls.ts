import type { Hex } from 'stemma/core'
import { handler, textOf, type Handler } from '../handlers.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { optionalDigest } from './models.ts'

type Recalled = { kind: number; digest: Hex; account: Hex; undoUntil?: number; reason: Uint8Array }
type Bound = { externalModel: Hex; model: Hex; account: Hex; evidence?: Hex }

/** The digest may be the id of a model, and need not be of one that is registered. */
const REFERS = { refers: { digest: 'models' } } as const

/** Events of the recalls by the authority, and of external parents. */
export const RECALL_HANDLERS: Readonly<Record<string, Handler>> = {
  Recalled: handler<Recalled>((rows, { args }) => recall(rows, args, 0), REFERS),
  RecallUndone: handler<Recalled>((rows, { args }) => recall(rows, args, 1), REFERS),

  ExternalNamed: handler<{ externalModel: Hex; name: Uint8Array }>((rows, { args }) => {
    rows.insert('external_names', { external: args.externalModel, name: textOf(args.name) })
    rows.event({ subject: null, model: null, account: null })
  }),
  ExternalBound: handler<Bound>((rows, { args }) => bind(rows, args, 1)),
  ExternalUnbound: handler<Bound>((rows, { args }) => bind(rows, args, 0)),
}

function recall(rows: RowBuilder, args: Recalled, undone: 0 | 1): void {
  const { kind, digest } = args
  const account = rows.account(args.account)
  rows.insert('recalls', {
    kind,
    digest,
    undone,
    undo_until: args.undoUntil ?? 0,
    account,
    reason: textOf(args.reason),
  })
  rows.event({ subject: null, model: kind === 0 ? rows.lookUp('models', digest) : null, account })
}

function bind(rows: RowBuilder, args: Bound, bound: 0 | 1): void {
  const { externalModel: external, model, evidence } = args
  const account = rows.account(args.account)
  const stated = evidence === undefined ? null : optionalDigest(evidence)
  rows.insert('external_bindings', { external, model, bound, account, evidence: stated })
  rows.event({ subject: null, model: rows.lookUp('models', model), account })
}
