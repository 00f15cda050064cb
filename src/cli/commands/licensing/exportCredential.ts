import { Option, type Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { bundleFile } from '../../../bundle/bundleFile.ts'
import { collectBundle } from '../../../bundle/collectBundle.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { readBytesFile, writeWhole } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { readPemKey } from '../../../console/pemKey.ts'
import { readBlockHeader } from '../../../core/blockHeader.ts'
import { parseCredentialId } from '../../../core/hex.ts'
import { validWindowAt } from '../../../core/lineage.ts'
import { nameOfUri } from '../../../core/modelName.ts'
import { sha256 } from '../../../core/sha256.ts'
import { quoted } from '../../../core/text.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { MAX_PROFILE_BYTES, parsePublisherProfile } from '../../../documents/publisherProfile.ts'
import {
  accountDid,
  licenseCredentialDocument,
  type BundleEvidence,
  type LicenseFacts,
} from '../../../interop/licenseCredential.ts'
import { proofSource } from '../../../sdk/compliance/proofSource.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { NodeAnswerError } from '../../../sdk/nodeErrors.ts'
import { readBlock } from '../../../sdk/readBlock.ts'
import { listTiers } from '../../../sdk/licensing/listTiers.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { readPublisher } from '../../../sdk/registry/readPublisher.ts'
import { jwkOf, signCredential, thumbprintOf } from '../../../signing/signCredential.ts'
import { bookOf } from '../../../verify/licenseBook.ts'
import { formatTime } from '../../format.ts'
import { read } from '../../open.ts'
import { printDocument } from '../../printDocument.ts'

type Options = LedgerOptions & {
  format: 'vc' | 'vc-jose'
  key?: string
  profile?: string
  output?: string
  json?: boolean
}

/** `stemma export credential`: states a license credential as a W3C Verifiable Credential, signed by the publisher or with a proof of the ledger. */
export function exportCredential(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .addOption(
        new Option(
          '--format <format>',
          'vc-jose: signed by the publisher; vc: not signed, with an offline bundle as evidence',
        )
          .choices(['vc', 'vc-jose'])
          .default('vc'),
      )
      .option('--key <file>', "the publisher's private key for vc-jose (PEM): Ed25519, or ECDSA on P-256")
      .option('--profile <file>', "the publisher's profile on the ledger (JSON), which names its DID and the key")
      .option('--output <file>', 'write the credential to a file instead'),
    {
      example:
        '$ stemma export credential 0x5a0c…11e7 --output license.vc.json\n$ stemma export credential 0x5a0c…11e7 --format vc-jose \\\n    --key issuer.pem --profile profile.json --output license.jwt',
      json: 'the credential for vc, which is JSON without --json too; for vc-jose { credential, jwt }',
    },
  ).action(async (text: string, options: Options) => {
    const { format, key, profile, output, json } = options
    const credential = parseCredentialId(text)
    if (format === 'vc') {
      if (key !== undefined || profile !== undefined)
        throw new UsageError(
          '--key and --profile are for --format vc-jose, which is signed. Add it, or leave them out.',
        )
      const found = await read(context, options, async (ledger) => {
        const facts = await factsOf(ledger, credential)
        return { facts, evidence: await evidenceOf(ledger, facts) }
      })
      const { chainId, publisher } = found.facts
      const made = licenseCredentialDocument(found.facts, accountDid(chainId, publisher), found.evidence)
      return printDocument(context, options, made, (file) => `Wrote the credential to ${file}.`)
    }
    if (key === undefined || profile === undefined)
      throw new UsageError(
        '--format vc-jose needs the key to sign with and the profile that names it: --key <file> --profile <file>.',
      )
    const bytes = await readBytesFile(context, profile, MAX_PROFILE_BYTES)
    const { did, credentialKeys = [] } = parsePublisherProfile(bytes, quoted(profile))
    if (did === undefined)
      throw new UsageError(`The profile ${quoted(profile)} names no DID. Add "did", as in "did:web:acme.example".`)
    const privateKey = await readPemKey(context, key)
    const thumbprint = thumbprintOf(jwkOf(privateKey))
    if (!credentialKeys.includes(thumbprint)) {
      throw new UsageError(
        `The profile ${quoted(profile)} does not name the key. Add its thumbprint to "credentialKeys": ${quoted(thumbprint)}.`,
      )
    }
    const facts = await read(context, options, async (ledger) => {
      const found = await factsOf(ledger, credential)
      const digest = sha256(bytes)
      const { profile: stated } = await readPublisher(ledger, { publisher: found.publisher })
      if (stated !== digest) {
        throw new UsageError(
          `The profile ${quoted(profile)} has the SHA-256 ${digest}, and that of the publisher ${found.publisher} on the ledger is ${stated}. Name that one, or set it: stemma publisher profile set.`,
        )
      }
      return found
    })
    const made = licenseCredentialDocument(facts, did)
    const jwt = signCredential(made, privateKey)
    if (output !== undefined) await writeWhole(context, output, `${jwt}\n`)
    if (json) return printDocument(context, { json }, { credential: made, jwt }, () => '')
    context.stdout(output === undefined ? `${jwt}\n` : `Wrote the credential to ${quoted(output)}, signed by ${did}.\n`)
  })
}

/**
 * What the ledger has of a credential. One that begins later is stated with its beginning, which every reader of a Verifiable Credential
 * checks.
 *
 * @throws `UsageError` when it has ended, is suspended or revoked: what is stated elsewhere would outlive that
 */
async function factsOf(ledger: Ledger, id: LicenseFacts['credential']): Promise<LicenseFacts> {
  const issued = await readCredential(ledger, { credential: id })
  const [head, { registration }, tiers, licenses] = await Promise.all([
    readBlock(ledger.provider, 'latest'),
    readModel(ledger, { model: issued.model }),
    listTiers(ledger, { model: issued.model }),
    loadLicenses(),
  ])
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  const window = validWindowAt(issued, head.timestamp)
  if (issued.state !== 'active' || window === undefined) {
    const why = issued.state === 'active' ? `ended at ${formatTime(issued.validUntil)}` : `is ${issued.state}`
    throw new UsageError(
      `The credential ${id} ${why}, so it is not stated elsewhere. See stemma credential show ${id}.`,
    )
  }
  const offered = tiers.find((each) => each.id === issued.tier)
  if (offered === undefined) {
    throw new UsageError(
      `The node does not have the offer of the tier ${issued.tier}, so its terms are not known. Ask a node that keeps the whole history (--rpc).`,
    )
  }
  const { tier } = offered
  const { chainId, contracts } = ledger.deployment
  return {
    chainId,
    contract: contracts.licenseCredential,
    credential: id,
    publisher: issued.publisher,
    holder: issued.holder,
    model: issued.model,
    modelName: nameOfUri(registration.uri),
    tier: issued.tier,
    tierName: tier.name,
    terms: tier.terms,
    license: bookOf(licenses).byTerms.get(tier.terms)?.id ?? '',
    ...window,
  }
}

/** An offline bundle about the model for the holder, which proves the credential as of its block. */
async function evidenceOf(ledger: Ledger, { model, holder }: LicenseFacts): Promise<BundleEvidence> {
  const question = { models: [model], weights: null, uses: RIGHT_NAMES, licensee: holder, operators: [] }
  const bundle = await collectBundle(proofSource(ledger), question)
  const { number: block, hash } = readBlockHeader(bundle.header)
  return { block, hash, bundle: await bundleFile(bundle) }
}
