import type { Command } from 'commander'

import type { Subject } from '../core/review.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { Sent, WriteOptions } from '../sdk/transact.ts'
import type { Context } from '../console/context.ts'
import { SENT_JSON, withSendOptions } from '../console/options.ts'
import { send, type SendOptions } from './open.ts'
import { artefactOption, subjectName, subjectOf } from './subject.ts'

type Options = SendOptions & { artefact?: boolean; reason?: string }

/** What a command does to a subject with one transaction. */
export type SubjectAction = {
  example: string
  /** Whether a reason is taken, which is stored with the event. */
  withReason: boolean
  action: (ledger: Ledger, parameters: WriteOptions & { subject: Subject; reason: string }) => Promise<Sent>
  /** What was done, in the past tense, such as `recalled`. */
  done: string
}

/** Defines a command that sends one transaction about the subject that its argument names. */
export function sendAboutSubject(
  command: Command,
  context: Context,
  { example, withReason, action, done }: SubjectAction,
): void {
  if (withReason) command.option('--reason <text>', 'why; stored with the event', '')
  withSendOptions(command.addOption(artefactOption()), { example, json: `{ subject, ${SENT_JSON}` }).action(
    async (name: string, options: Options) => {
      const named = await subjectName(context, name, options.artefact)
      await send(
        context,
        options,
        async (ledger, write) => {
          const { subject } = await subjectOf(ledger, named)
          return { subject, ...(await action(ledger, { subject, reason: options.reason ?? '', ...write })) }
        },
        ({ subject }) => `${done} ${subject}`,
      )
    },
  )
}
