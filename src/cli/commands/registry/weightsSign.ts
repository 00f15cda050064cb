import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'

import type { Command } from 'commander'

import { requireComplete } from '../../../artifacts/inspectFiles.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, writeWhole } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { readPemKey } from '../../../console/pemKey.ts'
import { quoted } from '../../../core/text.ts'
import { SIGNATURE_NAME } from '../../../interop/oms.ts'
import { isSignatureName } from '../../../interop/sigstore.ts'
import { signManifest } from '../../../signing/signModel.ts'
import { isPlaceReference } from '../../../subjects/openSubject.ts'
import { ignoreOption, noteHashing, openModel } from '../../hashing.ts'

type Options = {
  key: string
  output?: string
  force?: boolean
  allowIncomplete?: boolean
  ignore: string[]
  json?: boolean
}

/** `stemma weights sign`: signs the model in a folder by a key, as OpenSSF Model Signing has it. */
export function weightsSign(command: Command, context: Context): void {
  withHelp(
    command
      .requiredOption(
        '--key <file>',
        'the private key (PEM): ECDSA on P-256, P-384 or P-521, or Ed25519; STEMMA_KEY_PASSWORD opens an encrypted one',
      )
      .option(
        '--output <file>',
        `where the signature goes; by default ${SIGNATURE_NAME} in the folder, or <file>.sig beside a file`,
      )
      .option('--force', 'replace the file, if it is there')
      .option('--allow-incomplete', 'sign although a file is missing or damaged')
      .addOption(ignoreOption()),
    {
      example:
        '$ stemma weights sign ./acme__tiny-chat --key acme.pem\n$ openssl pkey -in acme.pem -pubout -out acme.pub\n$ stemma verify ./acme__tiny-chat --use commercial \\\n    --signature ./acme__tiny-chat/model.sig --key acme.pub',
      json: '{ output, digest, signer: { method, fingerprint }, files, leftOut: [...] }',
    },
  ).action(async (path: string, options: Options) => {
    const { key, force = false, ignore } = options
    if (isPlaceReference(path, context.env)) {
      throw new UsageError(
        `Only what is on this disk is signed, and ${quoted(path)} is elsewhere. Name a folder or a file.`,
      )
    }
    const { output, inFolder } = await placeOf(context, path, options.output)
    const isThere = await exists(pathOf(context, output))
    if (isThere && !force) {
      throw new UsageError(`${quoted(output)} is there already. Replace it with --force, or choose another --output.`)
    }
    // Links too may lead from elsewhere into the folder.
    const real = (each: string): Promise<string> => realpath(pathOf(context, each)).catch(() => pathOf(context, each))
    if (!relative(await real(path), await real(key)).startsWith('..')) {
      throw new UsageError(
        `The private key ${quoted(key)} is in the model's folder, and would be published with it. Keep it elsewhere.`,
      )
    }
    const privateKey = await readPemKey(context, key)
    const model = await openModel(context, path, [...ignore, ...inFolder], { tensors: false })
    noteHashing(context, model)
    if (options.allowIncomplete !== true) requireComplete(model.problems)
    const bundle = signManifest(model.manifest, basename(pathOf(context, path)), privateKey)
    await writeWhole(context, output, `${JSON.stringify(bundle)}\n`, { fresh: !force })
    const { hint: fingerprint } = bundle.verificationMaterial.publicKey
    const { ignore_paths: recorded } = model.manifest.serialization
    note(context, 'Give the public key to those who verify, by a way that they trust; the signature does not hold it.')
    const result = {
      output,
      digest: model.digest,
      signer: { method: 'key', fingerprint },
      files: model.files,
      leftOut: recorded,
    }
    print(
      context,
      options.json,
      result,
      () => `Signed ${model.files} files, ${model.digest}, by the key ${fingerprint}: ${quoted(output)}`,
    )
  })
}

/** Where the signature goes, and its path in the model's folder where an earlier one is below the top of it. */
async function placeOf(
  context: Context,
  path: string,
  given: string | undefined,
): Promise<{ output: string; inFolder: string[] }> {
  const root = pathOf(context, path)
  const isFolder = await lstat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  const output = given ?? (isFolder ? join(path, SIGNATURE_NAME) : `${path}.sig`)
  // A folder may be reached by several paths, and a link from elsewhere may lead into it.
  const file = pathOf(context, output)
  const folder = await realpath(dirname(file)).catch(() => dirname(file))
  const inside = relative(await realpath(root).catch(() => root), join(folder, basename(file)))
  if (!isFolder || inside === '' || inside.startsWith('..')) return { output, inFolder: [] }
  if (inside.includes(sep)) {
    const isThere = await exists(pathOf(context, output))
    return { output, inFolder: isThere ? [inside.split(sep).join('/')] : [] }
  }
  // At the top it must be known as a signature by its name and content, or the next digest of the folder would be another.
  if (isSignatureName(inside)) return { output, inFolder: [] }
  throw new UsageError(
    `A signature named ${quoted(inside)} would be read as a part of the model. Choose a name such as ${SIGNATURE_NAME}.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
