import { Option } from 'commander'

import { isBytes32, parseDigest, type Digest, type ModelId } from '../core/hex.ts'
import type { Subject } from '../core/review.ts'
import { parseRight, type Right } from '../core/vocabulary.ts'
import type { Ledger } from '../sdk/connect.ts'
import { registrationOf, readRegistrations } from '../sdk/registry/readRegistrations.ts'
import { weightsOf } from './commands/compliance/verify.ts'
import { UsageError, type Context } from '../console/context.ts'
import { AmbiguousModelError, checkModelName, modelOf } from './names.ts'

/** What a review is about: a model with its weights, or weights that are looked at for themselves. */
export type Reviewed = { subject: Subject; weights: Digest; model?: ModelId }

/** How an argument names a subject, checked before a node is asked. A folder or a file is hashed. */
export type SubjectName = { name: string; weights: Digest | undefined; artefact: boolean }

/** Reads an argument that names a subject. `artefact` takes weights for themselves, registered or not. */
export async function subjectName(context: Context, name: string, artefact = false): Promise<SubjectName> {
  const weights = isBytes32(name) ? undefined : await weightsOf(name, context)
  if (weights === undefined) {
    checkModelName(name)
    if (artefact && !isBytes32(name)) {
      throw new UsageError('--artefact takes a folder, a file or the digest of weights, not the name of a model.')
    }
  }
  return { name, weights, artefact }
}

/** The subject that an argument names: a model, by any of its names or by its weights; else the weights. */
export async function subjectOf(ledger: Ledger, { name, weights, artefact }: SubjectName): Promise<Reviewed> {
  if (weights === undefined && !isBytes32(name)) return modelSubject(ledger, await modelOf(ledger, name))
  const digest = weights ?? parseDigest(name)
  if (artefact) return { subject: digest, weights: digest }
  if (weights === undefined) {
    const [byId] = await readRegistrations(ledger, { models: [digest as string as ModelId] })
    if (byId) return { subject: byId.model, weights: byId.registration.weights, model: byId.model }
  }
  const found = await readRegistrations(ledger, { weights: digest })
  if (found.length > 1) throw new AmbiguousModelError(name, found)
  const model = found[0]?.model
  return model === undefined ? { subject: digest, weights: digest } : { subject: model, weights: digest, model }
}

/** The rights that an option lists, separated by commas. */
export function usesOf(text: string | undefined): Right[] {
  return text === undefined ? [] : text.split(',').map((right) => parseRight(right.trim()))
}

/** Uses belong to a model, and a model needs some. */
export function checkUses(ofModel: boolean, uses: readonly Right[]): void {
  if (ofModel && uses.length === 0) throw new UsageError('A model is reviewed for uses. Name them: --use research.')
  if (!ofModel && uses.length > 0) {
    throw new UsageError('Weights that nobody registered have no license, and so no uses. Leave --use out.')
  }
}

/** The option that takes weights for themselves, even when a model with them is registered. */
export function artefactOption(): Option {
  return new Option('--artefact', 'the weights for themselves, whether or not a model with them is registered')
}

async function modelSubject(ledger: Ledger, model: ModelId): Promise<Reviewed> {
  const { weights } = await registrationOf(ledger, model)
  return { subject: model, weights, model }
}
