import type { Command } from 'commander'

import type { Address } from '../../../core/hex.ts'
import { parseCredentialId } from '../../../core/hex.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { isCredentialValid } from '../../../sdk/licensing/isCredentialValid.ts'
import { listCredentials } from '../../../sdk/licensing/listCredentials.ts'
import { readCredential, type IssuedCredential } from '../../../sdk/licensing/readCredential.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { accountOf, chainTimeOf, checkModelName, modelOf, timeOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { fields, shownTime } from '../../shown.ts'

type Options = LedgerOptions & { at?: string }
/** A credential, and whether it is valid `at` (Unix seconds; null is now). */
type DatedCredential = IssuedCredential & { valid: boolean; at: number | null }

const JSON_OF_ONE = '{ id, model, tier, holder, publisher, validFrom, validUntil, gapFrom, gapUntil, state, valid, at }'

/** `stemma credential`: what was granted, and whether it is valid. */
export function addCredential(program: Command, context: Context): void {
  const credential = program.command('credential').description('list and show credentials')
  withLedgerOptions(
    withTime(
      credential
        .command('list')
        .description('list the credentials of a model, of a holder, or of both, oldest first')
        .option('--model <model>', 'issued for this model')
        .option('--holder <address>', 'issued to this account'),
    ),
    { example: '$ stemma credential list --model acme/base --at 2026-12-31', json: `[${JSON_OF_ONE}]` },
  ).action(async (options: Options & { model?: string; holder?: string }) => {
    const { model: name, holder: account, at } = options
    if (name === undefined && account === undefined) {
      throw new UsageError('Name a --model, a --holder, or both, whose credentials are to be listed.')
    }
    if (name !== undefined) checkModelName(name)
    if (at !== undefined) timeOf(at, 0)
    const holder: Address | undefined = account === undefined ? undefined : accountOf(account)
    const list = await read(context, options, async (ledger) => {
      const model = name === undefined ? undefined : await modelOf(ledger, name)
      const found = await listCredentials(ledger, { ...(model && { model }), ...(holder && { holder }) })
      const time = at === undefined ? null : await chainTimeOf(ledger, at)
      return Promise.all(found.map((each) => dated(ledger, each, time)))
    })
    print(context, options.json, list, () => list.map(shownCredential).join('\n\n') || 'No credential was issued.')
  })

  withLedgerOptions(
    withTime(credential.command('show <credential>').description('show one credential, and whether it is valid')),
    { example: '$ stemma credential show 0x5a0c…11e7 --at -30d', json: JSON_OF_ONE },
  ).action(async (id: string, options: Options) => {
    const which = parseCredentialId(id)
    const { at } = options
    if (at !== undefined) timeOf(at, 0)
    const found = await read(context, options, async (ledger) => {
      const one = await readCredential(ledger, { credential: which })
      return dated(ledger, one, at === undefined ? null : await chainTimeOf(ledger, at))
    })
    print(context, options.json, found, () => shownCredential(found))
  })
}

function withTime(command: Command): Command {
  return command.option('--at <time>', 'whether it was or will be valid then, by its whole history; else now')
}

async function dated(ledger: Ledger, credential: IssuedCredential, at: number | null): Promise<DatedCredential> {
  const time = at === null ? {} : { time: at }
  return { ...credential, valid: await isCredentialValid(ledger, { credential: credential.id, ...time }), at }
}

/** A credential for people. */
export function shownCredential(credential: IssuedCredential & { valid: boolean; at?: number | null }): string {
  const { id, model, tier, holder, publisher, validFrom, validUntil, state, valid, at = null } = credential
  return fields(`credential ${id}`, [
    ['state', `${state}, ${valid ? 'valid' : 'not valid'} ${at === null ? 'now' : `at ${shownTime(at)}`}`],
    ['model', model],
    ['tier', tier],
    ['holder', holder],
    ['publisher', publisher],
    ['from', shownTime(validFrom)],
    ['until', shownTime(validUntil)],
  ])
}
