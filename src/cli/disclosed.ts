import { join } from 'node:path'

import {
  checkDocument,
  DOCUMENT_FILES,
  findDocument,
  type DocumentKind,
  type DocumentValues,
} from '../artifacts/modelDocuments.ts'
import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import { EXIT, UsageError, type Context } from '../console/context.ts'
import { pathOf, readTextFile } from '../console/files.ts'
import type { ModelId } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import { didYouMean, quoted } from '../core/text.ts'
import { discloseModel } from '../sdk/compliance/discloseModel.ts'
import type { Ledger } from '../sdk/connect.ts'
import { registrationOf } from '../sdk/registry/readRegistrations.ts'
import type { Disclosure } from '../verify/disclosure.ts'
import { PROFILE_NAMES, type DocumentReading, type ProfileName } from '../verify/profiles/profile.ts'
import { PROFILES } from '../verify/profiles/profiles.ts'
import { fetchOf } from './pinnedProver.ts'

/** The options that say what is looked at beside the ledger. */
export type DisclosureOptions = { profile?: string; method?: string; datasets?: string; documents?: string }

/** Most bytes of a file of datasets. */
const MOST_BYTES = 16 * 1024 * 1024

/** The profiles of an option, separated by commas. @throws `UsageError` */
export function profilesOf({ profile }: DisclosureOptions): ProfileName[] {
  if (profile === undefined) return []
  return profile.split(',').map((text) => {
    const found = PROFILE_NAMES.find((name) => name === text.trim())
    if (found !== undefined) return found
    throw new UsageError(
      `Unknown profile ${quoted(text)}: use ${PROFILE_NAMES.join(', ')}.${didYouMean(text, PROFILE_NAMES)}`,
    )
  })
}

/** Whether documents have to be looked at. */
export function asksForDocuments({ profile, method, datasets, documents }: DisclosureOptions): boolean {
  return [profile, method, datasets, documents].some((option) => option !== undefined)
}

/** The files that options name as the training description of the model. */
export function methodFilesOf({ method, documents }: DisclosureOptions): string[] {
  return [...(method === undefined ? [] : [method]), ...(documents ? [join(documents, DOCUMENT_FILES.method)] : [])]
}

/**
 * Reads the documents of a model that options name, or that profiles ask for, and says what they state. A file that is named and is not
 * what was registered is an error; what is looked for and not found is a finding.
 */
export async function discloseOptions(
  context: Context,
  ledger: Ledger,
  options: DisclosureOptions,
  asked: { model: ModelId; question: discloseModel.Parameters['question'] },
): Promise<Disclosure> {
  const profiles = profilesOf(options)
  const registration = await registrationOf(ledger, asked.model)
  const wanted = new Set(profiles.flatMap((profile) => PROFILES[profile].documents))
  const read = <Kind extends DocumentKind>(kind: Kind, file?: string): Promise<DocumentReading<DocumentValues[Kind]>> =>
    readDocument(context, kind, registration, { file, folder: options.documents, isWanted: wanted.has(kind) })
  const [method, datasets, card] = await Promise.all([
    read('method', options.method),
    read('datasets', options.datasets),
    read('card'),
  ])
  const { model, question } = asked
  return discloseModel(ledger, {
    model,
    documents: { method, datasets, card },
    licenses: await loadLicenses(),
    profiles,
    ...(question && { question }),
  })
}

async function readDocument<Kind extends DocumentKind>(
  context: Context,
  kind: Kind,
  registration: Registration,
  from: { file: string | undefined; folder: string | undefined; isWanted: boolean },
): Promise<DocumentReading<DocumentValues[Kind]>> {
  const { file, folder, isWanted } = from
  if (file !== undefined) {
    const text = await readTextFile(context, file, MOST_BYTES)
    return { state: 'read', value: checkDocument(kind, text, registration, quoted(file)), from: file }
  }
  if (!isWanted && folder === undefined) return { state: 'not-read' }
  const { signal } = context
  return findDocument(kind, registration, {
    ...(folder !== undefined && { folder: pathOf(context, folder) }),
    fetch: fetchOf(context),
    signal,
  })
}

/** The exit code for the findings of profiles, where the verdict has none: something lacks or follows, or cannot be said. */
export function exitOfProfiles({ findings }: Disclosure): number {
  const severities = new Set(findings.flatMap(({ profile, severity }) => (profile === undefined ? [] : severity)))
  if (severities.has('duty')) return EXIT.finding
  return severities.has('unknown') ? EXIT.undecided : EXIT.ok
}
