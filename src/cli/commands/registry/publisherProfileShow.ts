import type { Command } from 'commander'

import { nameOfUri } from '../../../core/modelName.ts'
import { StemmaError } from '../../../core/errors.ts'
import { ZERO_ADDRESS, type Digest } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { listBatches, type AnchoredBatch } from '../../../sdk/registry/listBatches.ts'
import { listOperators } from '../../../sdk/registry/listOperators.ts'
import { readPublisher } from '../../../sdk/registry/readPublisher.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { print, type Context } from '../../../console/context.ts'
import { fields, formatTime } from '../../format.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import { readProfileFile } from '../../profileFile.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma publisher profile show`: shows what is known of a publisher, its operators, its models and its batches. */
export function publisherProfileShow(command: Command, context: Context): void {
  const documented = command.option(
    '--document <file>',
    'the profile document, checked against its digest, to show what it states',
  )
  withLedgerOptions(documented, {
    example:
      '$ stemma publisher profile show 0x7099…79c8\n$ stemma publisher profile show 0x7099…79c8 --document profile.json',
    json: '{ publisher, controller, epoch, pendingController, verifiedFrom,\n  verifiedUntil, verifier, profile, operators: [{ operator, scopes, until }], models: [{ model, uri }],\n  batches: [{ root, count, materialized, revoked, uri, block }] },\nwith --document also country, or null',
  }).action(async (text: string, options: LedgerOptions & { document?: string }) => {
    const publisher = accountOf(text)
    const document = options.document === undefined ? undefined : await readProfileFile(context, options.document)
    const found = await read(context, options, async (ledger) => {
      const [state, operators, registrations, batches] = await Promise.all([
        readPublisher(ledger, { publisher }),
        listOperators(ledger, { publisher }),
        readRegistrations(ledger, { publisher }),
        listBatches(ledger, { publisher }),
      ])
      const models = registrations.map(({ model, registration }) => ({ model, uri: registration.uri }))
      if (document && document.digest !== state.profile) {
        throw new ProfileMismatchError(options.document!, document.digest, state.profile)
      }
      return { ...state, ...(document && { country: document.country }), operators, models, batches }
    })
    const {
      controller,
      pendingController,
      verifiedFrom,
      verifiedUntil,
      verifier,
      profile,
      operators,
      models,
      batches,
    } = found
    print(context, options.json, found, () =>
      fields(`publisher ${publisher}`, [
        ['controller', controller],
        ...(pendingController === ZERO_ADDRESS ? [] : ([['proposed', pendingController]] as const)),
        ...operators.map(
          ({ operator, scopes, until }) =>
            ['operator', `${operator} for ${scopes.join(', ')} until ${formatTime(until)}`] as const,
        ),
        ['profile', BigInt(profile) === 0n ? 'none' : profile],
        ...(document ? ([['country', countryInWords(document.country, verifier)]] as const) : []),
        [
          'verified',
          verifiedUntil === 0
            ? 'no'
            : `from ${formatTime(verifiedFrom)} until ${formatTime(verifiedUntil)} by ${verifier}`,
        ],
        ...models.map(({ model, uri }) => ['model', `${model} ${nameOfUri(uri)}`] as const),
        ...batches.map((batch) => ['batch', formatAnchored(batch)] as const),
      ]),
    )
  })
}

/** A country, with who vouches for the profile that states it. */
function countryInWords(country: string | null, verifier: string): string {
  if (country === null) return 'none stated'
  return `${country}, as it states; ${verifier === ZERO_ADDRESS ? 'nobody accredited it' : `accredited by ${verifier}`}`
}

/** Thrown when a file is not the profile document of a publisher. */
export class ProfileMismatchError extends StemmaError {
  override name = 'ProfileMismatchError'
  constructor(path: string, found: Digest, profile: Digest) {
    super(
      'PROFILE_MISMATCH',
      BigInt(profile) === 0n
        ? `The publisher has set no profile, so ${quoted(path)} is not one. Omit --document.`
        : `${quoted(path)} is not the profile of the publisher: its SHA-256 is ${found}, and the profile is ${profile}. Ask the publisher for the document as it was.`,
    )
  }
}

function formatAnchored({ root, count, materialized, revoked }: AnchoredBatch): string {
  return `${root} of ${count}, ${materialized} materialized${revoked ? ', revoked' : ''}`
}
