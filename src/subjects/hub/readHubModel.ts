import { draftModel } from '../../artifacts/draftFolder.ts'
import { requireComplete } from '../../artifacts/inspectFiles.ts'
import type { RegistrationDraft } from '../../documents/draft.ts'
import type { LicenseEntry } from '../../documents/license.ts'
import { openSubject } from '../openSubject.ts'
import type { SubjectOptions } from '../subject.ts'

/** What the Hub says of a model: its draft, at one commit. */
export type HubModel = {
  /** Its name on the Hub now: that of the draft. */
  name: string
  /** The commit. */
  revision: string | null
  draft: RegistrationDraft
  /** What is worth knowing of the place, such as that the model has another name now. */
  notes: string[]
}

/**
 * Reads a model on the Hub and drafts its registration, as `stemma draft hf:…` does: from its card and what its other files say.
 *
 * @param options `hub` is shared by the reads of a run; `licenses` is the library, by default that of the package
 * @throws what `openHub` and `draftModel` throw, and `IncompleteModelError` when files are missing or are not what their names say
 */
export async function readHubModel(
  reference: string,
  options: SubjectOptions & { licenses?: readonly LicenseEntry[] } = {},
): Promise<HubModel> {
  const { licenses, ...opening } = options
  const subject = await openSubject(reference, opening)
  requireComplete(subject.problems)
  const draft = await draftModel(subject, { name: subject.name ?? '', licenses })
  return { name: draft.name, revision: subject.revision, draft, notes: subject.warnings }
}
