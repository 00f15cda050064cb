import { resolve } from 'node:path'

import { nameOfFolder } from '../artifacts/draftFolder.ts'
import { hashModel } from '../artifacts/modelDigest.ts'
import { isHubId } from '../core/hubId.ts'
import { openHubSubject } from './hub/hubSubject.ts'
import { isHubUrl } from './hub/hubReference.ts'
import type { Subject, SubjectOptions } from './subject.ts'

/** Finds the model that a reference names. */
type Opener = (reference: string, options: SubjectOptions) => Promise<Subject>

/** What finds a model, by the scheme of a reference. */
const OPENERS: Readonly<Record<string, Opener>> = { hf: openHubSubject }

/**
 * Finds a model where it is, and hashes it or takes the digests that the place vouches for: `hf:owner/name[@revision]`, a URL of the Hub, or
 * a path of a folder or a file. What begins with a scheme is never a path; `./hf:…` is one.
 *
 * @example
 * const { digest, revision } = await openSubject('hf:acme/tiny-chat')
 *
 * @throws what `modelDigest` throws for a path, and what `openHub` throws for a model on the Hub
 */
export async function openSubject(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  return (openerOf(reference, options.env) ?? openPath)(reference, options)
}

/** Whether a text names a model by the place where it is, other than by a path: `hf:…` or a URL of the Hub. */
export function isPlaceReference(text: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return openerOf(text, env) !== undefined
}

function openerOf(text: string, env: NodeJS.ProcessEnv = process.env): Opener | undefined {
  if (isHubUrl(text, env)) return openHubSubject
  const scheme = /^([a-z]+):/.exec(text)?.[1]
  return scheme !== undefined && Object.hasOwn(OPENERS, scheme) ? OPENERS[scheme] : undefined
}

async function openPath(reference: string, options: SubjectOptions): Promise<Subject> {
  const path = resolve(options.cwd ?? process.cwd(), reference)
  const model = await hashModel(path, options)
  const name = nameOfFolder(path)
  return { ...model, place: 'path', reference, name: isHubId(name) ? name : null, revision: null }
}
