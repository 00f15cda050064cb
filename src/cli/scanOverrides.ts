import { existsSync } from 'node:fs'

import { note, type Context } from '../console/context.ts'
import { readJsonFile } from '../console/files.ts'
import { StemmaError } from '../core/errors.ts'
import type { RecoverSigner } from '../documents/override.ts'
import { defaultStateFolder, StateFolder } from '../guard/stateFolder.ts'
import { listFindingOverrides, withOverrides } from '../scan/findingOverrides.ts'
import type { ScanDocument } from '../scan/ports.ts'
import type { ScanPolicy } from '../verify/scanPolicy.ts'
import { ownAccounts } from './ownAccounts.ts'

/** The part of a policy that is about scans; empty without a policy. */
export async function scanPolicyOf(context: Context, file: string | undefined): Promise<ScanPolicy> {
  if (file === undefined) return {}
  const { parsePolicy } = await import('../verify/policy.ts')
  return parsePolicy(await readJsonFile(context, file)).scan ?? {}
}

/** What recovers who signed an override. It is loaded late, because it takes long. */
export async function loadRecover(): Promise<RecoverSigner> {
  return (await import('ethers')).verifyMessage
}

/** Adds the overrides to a report that are on record on this machine: in the user's own folder, never in that of the model. */
export async function withOwnOverrides(
  context: Context,
  document: ScanDocument,
  policy: ScanPolicy,
): Promise<ScanDocument> {
  const folder = readableFolder(context)
  const overrides = folder === undefined ? [] : await listFindingOverrides(folder, document.weights, loadRecover)
  if (overrides.length === 0) return document
  const now = Math.floor(context.now() / 1000)
  return withOverrides(document, overrides, { policy, own: await ownAccounts(context), now })
}

/** The folder of the user's state; undefined where there is none yet, or others could have written it: then no override counts. */
function readableFolder(context: Context): StateFolder | undefined {
  const path = defaultStateFolder(context.env)
  if (!existsSync(path)) return undefined
  try {
    return new StateFolder(path)
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    note(context, `No override counts: ${error.message}`)
    return undefined
  }
}
