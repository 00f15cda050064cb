import { Option, type Command } from 'commander'

import type { Hex } from '../../../core/hex.ts'
import { parseDigest } from '../../../core/hex.ts'
import { RECALL_KINDS, type RecallKind } from '../../../core/recall.ts'
import { recallDigest } from '../../../sdk/registry/recallDigest.ts'
import { recallModel } from '../../../sdk/registry/recallModel.ts'
import { undoRecall } from '../../../sdk/registry/undoRecall.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { reason: string; kind?: RecallKind; undo?: boolean }

/** `stemma model recall`: recalls one's own model for good; or a model, weights or tensors as the authority. */
export function modelRecall(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--reason <text>', 'why; stored with the event', '')
      .addOption(
        new Option(
          '--kind <kind>',
          "as an account with the authority's role: recall a model by its name or id, or weights or tensors by their digest, which reaches every registration of them",
        ).choices(RECALL_KINDS),
      )
      .option(
        '--undo',
        "as an account with the guardian's role: undo the authority's recall, within 7 days and once; needs --kind",
      ),
    {
      example:
        '$ stemma model recall acme/base --reason "trained on leaked data"\n$ stemma model recall 0x77aa…10f3 --kind weights --reason "steals keys"',
      json: `{ ${SENT_JSON}`,
    },
  ).action((name: string, options: Options) => {
    const { kind, undo, reason } = options
    if (undo && kind === undefined) {
      throw new UsageError(
        "Option --undo needs --kind: model, weights or tensors. A publisher's recall of its own model cannot be undone.",
      )
    }
    if (kind === undefined || kind === 'model') checkModelName(name)
    else parseDigest(name)
    return send(context, options, async (ledger, write) => {
      if (kind === undefined) return recallModel(ledger, { model: await modelOf(ledger, name), reason, ...write })
      const digest = await digestOf(ledger, kind, name)
      return (undo ? undoRecall : recallDigest)(ledger, { kind, digest, reason, ...write })
    })
  })
}

async function digestOf(ledger: Ledger, kind: RecallKind, name: string): Promise<Hex> {
  return kind === 'model' ? modelOf(ledger, name) : parseDigest(name)
}
