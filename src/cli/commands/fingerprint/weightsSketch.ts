import { existsSync } from 'node:fs'

import type { Command } from 'commander'

import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, readBytesFile, readJsonFile, writeWhole } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { sha256 } from '../../../core/sha256.ts'
import { quoted } from '../../../core/text.ts'
import { annexDigest, annexText, parseAnnex, type Annex } from '../../../documents/annex.ts'
import { makeSketch } from '../../../fingerprint/makeSketch.ts'
import { MAX_SKETCH_BYTES, type Sketch } from '../../../fingerprint/sketch.ts'
import { sketchBytes } from '../../../fingerprint/sketchBytes.ts'
import { fields } from '../../format.ts'
import { ignoreOption } from '../../hashing.ts'
import { withSketched } from '../../openSketched.ts'
import { MAX_SECRET_BYTES, SECRET_OPTION } from '../../sketchFiles.ts'

type Options = {
  output?: string
  secret?: string
  verify?: string
  annex?: string
  base?: string
  ignore: string[]
  json?: boolean
}

/** Names of sketches in an annex, by their version. */
const [PUBLIC_NAME, SECRET_NAME] = ['sketch-1', 'secret-sketch-1']

/** `stemma weights sketch`: makes the sketch of a model's weights, or checks one. */
export function weightsSketch(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(
    command
      .option('--output <file>', 'write the sketch to a file')
      .option('--verify <file>', 'check that a sketch is that of these weights; exits with 1 if not')
      .option(...SECRET_OPTION)
      .option('--annex <file>', 'write the digest into an annex (JSON), a new one or one that is there')
      .option('--base <folder>', 'the base of a LoRA adapter, into which it is merged')
      .addOption(ignoreOption()),
    {
      example:
        '$ stemma weights sketch ./tiny-chat --output tiny.sketch --annex annex.json\n$ stemma weights sketch ./tiny-chat --verify tiny.sketch',
      json: '{ name, sketch, weights, bytes, anchors, units, layers, tensors, reason, matches, annex }, where `sketch` is the SHA-256 of the sketch, `name` that of its entry in the annex, `reason` says why no layers were read, `matches` is null without --verify, and `annex` the digest of the annex, null without --annex',
    },
  ).action(async (reference: string, options: Options) => {
    if (options.output === undefined && options.verify === undefined)
      throw new UsageError('Nothing is written or checked. Use --output <file>, --verify <file>, or both.')
    const secret =
      options.secret === undefined ? undefined : await readBytesFile(context, options.secret, MAX_SECRET_BYTES)
    const claimed =
      options.verify === undefined ? undefined : await readBytesFile(context, options.verify, MAX_SKETCH_BYTES)
    const { sketch, weights, reason } = await withSketched(context, reference, options, async (model) => ({
      ...model,
      sketch: makeSketch(model.source, { secret, exact: model.exact }),
    }))
    const bytes = sketchBytes(sketch)
    if (reason !== null) note(context, `Only equal tensors can be found by this sketch. ${reason}`)
    if (options.output !== undefined) await writeWhole(context, options.output, bytes)
    const matches = claimed === undefined ? null : Buffer.compare(claimed, bytes) === 0
    const digest = sha256(bytes)
    const name = sketch.isSecret ? SECRET_NAME : PUBLIC_NAME
    const annex = options.annex === undefined ? null : await addToAnnex(context, options.annex, { [name]: digest })
    const { anchors, units, layers, exact } = sketch
    const output = {
      name,
      sketch: digest,
      weights,
      bytes: bytes.length,
      anchors: anchors.length,
      units,
      layers: layers.length,
      tensors: exact.tensorCount,
      reason,
      matches,
      annex,
    }
    print(context, options.json, output, () => formatSketch(sketch, output))
    if (matches === false) exit(EXIT.finding)
  })
}

/** Adds an entry to the annex in a file, and returns the annex's digest. */
async function addToAnnex(context: Context, path: string, entry: Annex): Promise<string> {
  const before = existsSync(pathOf(context, path)) ? parseAnnex(await readJsonFile(context, path)) : {}
  const annex = { ...before, ...entry }
  await writeWhole(context, path, annexText(annex))
  note(
    context,
    `Wrote the annex to ${quoted(path)}. Put its digest into the field "annex" of the draft, and register it.`,
  )
  return annexDigest(annex)
}

type Printed = {
  name: string
  sketch: string
  weights: string
  bytes: number
  matches: boolean | null
  annex: string | null
}

function formatSketch({ anchors, units, layers, exact }: Sketch, printed: Printed): string {
  const { matches, annex } = printed
  return fields(`${printed.name} ${printed.sketch}`, [
    ['weights', printed.weights],
    ['size', `${printed.bytes} bytes: ${anchors.length} anchors, ${layers.length} layers of ${units} units`],
    ['equal parts', `${exact.rows.length} rows and ${exact.tensors.length} of ${exact.tensorCount} tensors are listed`],
    ...(matches === null
      ? []
      : [['checked', matches ? 'it is that of these weights' : 'it is not that of these weights'] as const]),
    ...(annex === null ? [] : [['annex', annex] as const]),
  ])
}
