import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import type { Command } from 'commander'

import { parseDigest, ZERO_ADDRESS, type Address, type Digest } from '../../../core/hex.ts'
import { utf8Length } from '../../../core/text.ts'
import { acceptController } from '../../../sdk/registry/acceptController.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { proposeController } from '../../../sdk/registry/proposeController.ts'
import { readPublisher } from '../../../sdk/registry/readPublisher.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { setOperator } from '../../../sdk/registry/setOperator.ts'
import { setProfile } from '../../../sdk/registry/setProfile.ts'
import { senderOf } from '../../../sdk/transact.ts'
import { verifyPublisher } from '../../../sdk/registry/verifyPublisher.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { FileError, pathOf } from '../../../console/files.ts'
import { accountOf, chainTimeOf, nameOfUri, timeOf } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { SENT_JSON, withLedgerOptions, withSendOptions } from '../../../console/options.ts'
import { fields, shownTime } from '../../shown.ts'

type Options = SendOptions & { publisher?: string }

/** `stemma publisher`: who a publisher is, and who may act for it. */
export function addPublisher(program: Command, context: Context): void {
  const publisher = program.command('publisher').description('show publishers, and manage one')
  addShow(publisher, context)
  addSetProfile(publisher, context)
  addSetOperator(publisher, context)
  addControllers(publisher, context)
  addVerify(publisher, context)
}

function addShow(publisher: Command, context: Context): void {
  withLedgerOptions(
    publisher.command('show <address>').description('show what is known of a publisher, and its models'),
    {
      example: '$ stemma publisher show 0x7099…79c8',
      json: '{ publisher, controller, pendingController, verifiedUntil, profile,\n  models: [{ model, uri }] }',
    },
  ).action(async (text: string, options: LedgerOptions) => {
    const account = accountOf(text)
    const found = await read(context, options, async (ledger) => {
      const [state, registrations] = await Promise.all([
        readPublisher(ledger, { publisher: account }),
        readRegistrations(ledger, { publisher: account }),
      ])
      return { ...state, models: registrations.map(({ model, registration }) => ({ model, uri: registration.uri })) }
    })
    const { controller, pendingController, verifiedUntil, profile, models } = found
    print(context, options.json, found, () =>
      fields(`publisher ${account}`, [
        ['controller', controller],
        ...(pendingController === ZERO_ADDRESS ? [] : ([['proposed', pendingController]] as const)),
        ['profile', BigInt(profile) === 0n ? 'none' : profile],
        ['verified', verifiedUntil === 0 ? 'no' : `until ${shownTime(verifiedUntil)}`],
        ...models.map(({ model, uri }) => ['model', `${model} ${nameOfUri(uri)}`] as const),
      ]),
    )
  })
}

function addSetProfile(publisher: Command, context: Context): void {
  withSendOptions(
    withPublisher(
      publisher
        .command('set-profile <document>')
        .description('set the profile to the SHA-256 of a document; a verification of the old one ends')
        .option('--domain <domain>', 'a domain that the publisher claims', ''),
    ),
    {
      example: '$ stemma publisher set-profile profile.json --domain acme.example',
      json: `{ profile, ${SENT_JSON}`,
    },
  ).action(async (path: string, options: Options & { domain: string }) => {
    const { domain } = options
    if (utf8Length(domain) > 253) throw new UsageError('--domain is too long. A domain has at most 253 bytes.')
    const profile = await digestOfDocument(context, path)
    await send(
      context,
      options,
      async (ledger, write) => ({
        profile,
        ...(await setProfile(ledger, { publisher: await publisherOf(ledger, options), profile, domain, ...write })),
      }),
      () => `profile ${profile}`,
    )
  })
}

function addSetOperator(publisher: Command, context: Context): void {
  withSendOptions(
    withPublisher(
      publisher
        .command('set-operator <operator>')
        .description('let an account (the key of a CI, say) act for the publisher until a time')
        .requiredOption('--until <time>', 'a date, a duration such as 90d, `forever`, or 0 to end it at once'),
    ),
    { example: '$ stemma publisher set-operator 0x3c44…93bc --until 90d', json: `{ ${SENT_JSON}` },
  ).action(async (account: string, options: Options & { until: string }) => {
    const operator = accountOf(account)
    timeOf(options.until, 0)
    await send(context, options, async (ledger, write) =>
      setOperator(ledger, {
        publisher: await publisherOf(ledger, options),
        operator,
        until: await chainTimeOf(ledger, options.until),
        ...write,
      }),
    )
  })
}

function addControllers(publisher: Command, context: Context): void {
  withSendOptions(
    withPublisher(
      publisher
        .command('propose <controller>')
        .description('offer the control of the publisher to another account; the zero address takes it back'),
    ),
    { example: '$ stemma publisher propose 0x3c44…93bc', json: `{ ${SENT_JSON}` },
  ).action(async (account: string, options: Options) => {
    const controller = accountOf(account)
    await send(context, options, async (ledger, write) =>
      proposeController(ledger, { publisher: await publisherOf(ledger, options), controller, ...write }),
    )
  })

  withSendOptions(
    publisher
      .command('accept <publisher>')
      .description('take over the control that was offered to the signer; all operators end'),
    { example: '$ stemma publisher accept 0x7099…79c8', json: `{ ${SENT_JSON}` },
  ).action(async (account: string, options: SendOptions) => {
    const which = accountOf(account)
    await send(context, options, (ledger, write) => acceptController(ledger, { publisher: which, ...write }))
  })
}

function addVerify(publisher: Command, context: Context): void {
  withSendOptions(
    publisher
      .command('verify <publisher> <document>')
      .description("say that the document is the publisher's profile and true; the signer has the verifier's role")
      .requiredOption('--until <time>', 'a date, a duration such as 365d, `forever`, or 0 to take it back'),
    { example: '$ stemma publisher verify 0x7099…79c8 profile.json --until 365d', json: `{ profile, ${SENT_JSON}` },
  ).action(async (account: string, path: string, options: SendOptions & { until: string }) => {
    const which = accountOf(account)
    timeOf(options.until, 0)
    const profile = await digestOfDocument(context, path)
    await send(
      context,
      options,
      async (ledger, write) => {
        const until = await chainTimeOf(ledger, options.until)
        return { profile, ...(await verifyPublisher(ledger, { publisher: which, profile, until, ...write })) }
      },
      () => `profile ${profile}`,
    )
  })
}

async function digestOfDocument(context: Context, path: string): Promise<Digest> {
  const document = await readFile(pathOf(context, path)).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  return parseDigest(`0x${createHash('sha256').update(document).digest('hex')}`)
}

function withPublisher(command: Command): Command {
  return command.option('--publisher <address>', "which publisher; else the signer's own account")
}

async function publisherOf(ledger: Ledger, options: Options): Promise<Address> {
  return options.publisher === undefined ? ((await senderOf(ledger)) as Address) : accountOf(options.publisher)
}
