import { externalIdOf, isExternalName, parseExternalName } from '../core/external.ts'
import { isBytes32, type CredentialId, type ModelId } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { isExternal, isOwnWork, type LineageModel } from '../core/lineage.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { ExternalParent } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import { findingDocs, type Finding } from '../core/report.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { isDescribedAs, type DescribedParent, type TrainingDescription } from '../documents/trainingDescription.ts'
import { dataLicenseFindings } from './dataLicenses.ts'
import { originOf } from './origin.ts'
import {
  type DisclosedParent,
  type DisclosureFinding,
  type GatedBase,
  type ModelDocuments,
  type ProfileName,
  type ProfileSource,
  type StatedOrigin,
} from './profiles/profile.ts'
import { PROFILES } from './profiles/profiles.ts'

/** What the documents of a registration say, and what follows by the profiles that were asked for. */
export type Disclosure = {
  origin: StatedOrigin
  /** Whether each document was read, and from where. */
  documents: Record<
    keyof ModelDocuments,
    { state: string; from?: string; tried?: readonly { place: string; problem: string }[] }
  >
  profiles: readonly { name: ProfileName; title: string; sources: readonly ProfileSource[] }[]
  findings: readonly (DisclosureFinding & Pick<Finding, 'docs'>)[]
}

/** Says what the documents of a registration state, and what profiles make of it. Pure: everything was read before. */
export function disclose(parameters: disclose.Parameters): Disclosure {
  const { model, registration, documents, licenses, profiles } = parameters
  const method = documents.method.state === 'read' ? documents.method.value : undefined
  const datasets = documents.datasets.state === 'read' ? documents.datasets.value : []
  const parents = disclosedParents(parameters, method)
  const origin = originOf(registration, parents.length, documents.method)
  const name = nameOfUri(registration.uri) || short(model)
  const data = dataLicenseFindings(model, datasets, licenses)
  const subject = {
    model,
    name,
    publisher: registration.publisher,
    registration,
    origin,
    parents,
    documents,
    method,
    gated: parameters.gated,
    credentials: parameters.credentials,
    data,
  }
  const asked = [...new Set(profiles)].map((each) => PROFILES[each])
  const ofProfiles = asked.flatMap((profile) => profile.findings(subject))
  const ownData = ofProfiles.some(({ code }) => code.startsWith('data-')) ? [] : data
  return {
    origin,
    documents: {
      method: stateOf(documents.method),
      datasets: stateOf(documents.datasets),
      card: stateOf(documents.card),
    },
    profiles: asked.map(({ name: profile, title, sources }) => ({ name: profile, title, sources })),
    findings: [...contradictions(model, name, parents, method), ...ownData, ...ofProfiles].map((found) => ({
      ...found,
      docs: findingDocs(found.code),
    })),
  }
}

export declare namespace disclose {
  type Parameters = {
    model: ModelId
    registration: Registration
    /** The model's own entry in its lineage, whose parents count. */
    entry: Pick<LineageModel, 'publisher' | 'parents'>
    /** The entries of its parents. */
    models: ReadonlyMap<ModelId, LineageModel>
    registrations: ReadonlyMap<ModelId, Registration>
    externals: ReadonlyMap<ModelId, ExternalParent>
    documents: ModelDocuments
    licenses: readonly LicenseEntry[]
    profiles: readonly ProfileName[]
    gated: readonly GatedBase[]
    credentials: ReadonlySet<CredentialId>
  }
}

function disclosedParents(
  { entry, models, registrations, externals }: disclose.Parameters,
  method: TrainingDescription | undefined,
): DisclosedParent[] {
  return entry.parents.map(({ model, relation }, index) => {
    const known = models.get(model)
    const registration = registrations.get(model)
    const external = externals.get(model)
    const names = [model, ...(registration ? [registration.uri] : []), ...(external ? [external.name] : [])]
    const at = method?.parents?.findIndex((each) => isDescribedAs(each, names) || isExternalOf(each, model)) ?? -1
    return {
      model,
      name:
        (registration && nameOfUri(registration.uri)) || external?.name || method?.parents?.[at]?.model || short(model),
      relation,
      isOwn: known !== undefined && !isExternal(known) && isOwnWork(known.publisher, entry.publisher),
      ...(at >= 0 && { described: method!.parents![at]! }),
      field: `method.parents[${at >= 0 ? at : index}]`,
    }
  })
}

/** Whether the name in a description is that of an external parent, whose id follows from its name. */
function isExternalOf({ model }: DescribedParent, id: ModelId): boolean {
  if (isBytes32(model)) return false
  const name = isHubId(model) ? `hf:${model}` : model
  return isExternalName(name) && externalIdOf(parseExternalName(name)) === id
}

/** What the description says against the registration. */
function contradictions(
  model: ModelId,
  name: string,
  parents: readonly DisclosedParent[],
  method: TrainingDescription | undefined,
): DisclosureFinding[] {
  const findings: DisclosureFinding[] = []
  const at = { model, path: [model] }
  if (method?.origin === 'from-scratch' && parents.length > 0) {
    findings.push({
      code: 'origin-contradicted',
      severity: 'warning',
      field: 'method.origin',
      ...at,
      reason: `The training description of ${name} says that it was made from scratch, but it was made from ${parents.map((parent) => parent.name).join(', ')}.`,
      remedy: `The parents count in this answer. See what was declared and what was claimed: stemma ancestry ${model}; stemma claim list ${model}.`,
    })
  }
  method?.parents?.forEach((described, index) => {
    if (parents.some((parent) => parent.described === described)) return
    findings.push({
      code: 'parent-not-named',
      severity: 'warning',
      field: `method.parents[${index}].model`,
      ...at,
      reason: `The training description of ${name} speaks of ${described.model}, which is not among its parents on the ledger by that name.`,
      remedy: `If it is a parent, its publisher can add it: stemma model attest ${model} ${described.model}. Anybody can claim it: stemma claim file ${model}.`,
    })
  })
  return findings
}

function stateOf(reading: ModelDocuments[keyof ModelDocuments]): Disclosure['documents']['method'] {
  const { state } = reading
  if (state === 'read') return { state, from: reading.from }
  return state === 'not-found' ? { state, tried: reading.tried } : { state }
}

function short(id: ModelId): string {
  return `${id.slice(0, 10)}…`
}
