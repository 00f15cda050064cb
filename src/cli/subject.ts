import { Option } from 'commander'

import { parseDigest, type Digest, type ModelId } from '../core/hex.ts'
import type { Subject } from '../core/review.ts'
import { parseRight, type Right } from '../core/vocabulary.ts'
import type { Ledger } from '../sdk/connect.ts'
import { registrationOf, readRegistrations } from '../sdk/registry/readRegistrations.ts'
import { UsageError, type Context } from '../console/context.ts'
import { AmbiguousModelError, countingAmong } from '../sdk/registry/resolveModel.ts'
import { refuseExternal } from './externalParent.ts'
import { modelNamed } from './names.ts'
import { parseTarget, type Target } from './target.ts'

/** What a review is about: a model with its weights, or weights for themselves. */
export type Reviewed = { subject: Subject; weights: Digest; model?: ModelId }

/** The subject that an argument names. `weights` are those of a folder or a file; `artefact` takes weights for themselves. */
export type SubjectName = { target: Target; weights: Digest | undefined; artefact: boolean }

/** Reads an argument that names a subject, before a node is asked. `artefact` takes weights for themselves, registered or not. */
export async function subjectName(context: Context, name: string, artefact = false): Promise<SubjectName> {
  const target = await parseTarget(context, name)
  if (artefact && target.kind === 'name') {
    throw new UsageError('--artefact takes a folder, a file or the digest of weights, not the name of a model.')
  }
  return { target, weights: target.kind === 'weights' ? target.weights : undefined, artefact }
}

/** The subject that an argument names: a model, by any of its names or by its weights; else the weights. */
export async function subjectOf(ledger: Ledger, { target, artefact }: SubjectName): Promise<Reviewed> {
  if (target.kind === 'name') return modelSubject(ledger, await modelNamed(ledger, target.name))
  const digest = target.kind === 'weights' ? target.weights : parseDigest(target.id)
  if (artefact) return { subject: digest, weights: digest }
  if (target.kind === 'id') {
    const [byId] = await readRegistrations(ledger, { models: [digest as string as ModelId] })
    if (byId) return { subject: byId.model, weights: byId.registration.weights, model: byId.model }
  }
  const found = await countingAmong(ledger, await readRegistrations(ledger, { weights: digest }))
  if (found.length > 1) throw new AmbiguousModelError(target.kind === 'id' ? target.id : target.path, found)
  const model = found[0]?.model
  // Taken for weights, it would be asked about in vain, and a review of it would be paid for.
  if (model === undefined && target.kind === 'id') await refuseExternal(ledger, digest)
  return model === undefined ? { subject: digest, weights: digest } : { subject: model, weights: digest, model }
}

/** The rights that an option lists, separated by commas, each once. */
export function usesOf(text: string | undefined): Right[] {
  return text === undefined ? [] : [...new Set(text.split(',').map((right) => parseRight(right.trim())))]
}

/** Checks that uses are given for a model, and only for a model. */
export function checkUses(ofModel: boolean, uses: readonly Right[]): void {
  if (ofModel && uses.length === 0) throw new UsageError('A model is certified for uses. Name them: --use research.')
  if (!ofModel && uses.length > 0) {
    throw new UsageError('Weights that nobody has registered have no license, and so no uses. Leave out --use.')
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
