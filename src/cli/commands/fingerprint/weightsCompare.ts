import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, readBytesFile, writeWhole } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { evidenceDigest, evidenceText } from '../../../core/evidence.ts'
import { quoted } from '../../../core/text.ts'
import { sha256 } from '../../../core/sha256.ts'
import type { Comparison } from '../../../fingerprint/compareWithSketch.ts'
import { claimCommand } from '../../../fingerprint/comparisonWords.ts'
import { compareWithSketches } from '../../../fingerprint/compareWithSketches.ts'
import { makeSketch } from '../../../fingerprint/makeSketch.ts'
import { makeProbe } from '../../../fingerprint/probe.ts'
import { sketchBytes } from '../../../fingerprint/sketchBytes.ts'
import { comparisonEvidence } from '../../comparisonEvidence.ts'
import { formatComparison } from '../../formatComparison.ts'
import { ignoreOption } from '../../hashing.ts'
import { withSketched } from '../../openSketched.ts'
import { MAX_SECRET_BYTES, readSketch, readSketchFolder, SECRET_OPTION, type NamedSketch } from '../../sketchFiles.ts'

type Options = {
  evidence?: string
  registry?: string
  secret?: string
  base?: string
  ignore: string[]
  json?: boolean
}

/** `stemma weights compare`: says whether a model is independent of others, by their sketches. */
export function weightsCompare(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(
    command
      .option('--registry <folder>', 'compare with every *.sketch of a folder too')
      .option('--evidence <file>', 'write what was found as evidence of a claim (docs/formats/claims.md)')
      .option(...SECRET_OPTION)
      .option('--base <folder>', 'the base of a LoRA adapter, into which it is merged')
      .addOption(ignoreOption()),
    {
      example:
        '$ stemma weights compare ./side-loaded tiny.sketch\n$ stemma weights compare ./side-loaded --registry ./sketches',
      json: '{ weights, verdict, reason, evidence, comparisons: [{ name, sketch, verdict, found, places: { z, p, fromTail, draws, path } or null, pairing: { z, path, anchors, placeHits, units } or null, exact: { rows, listedRows, tensors, listedTensors, sameTokenizer }, claim }] }, where a verdict is same-weights, not-independent, no-evidence or cannot-tell, a path has pairs of layers (of the sketch, of the suspect), `claim` is a command or null, and `evidence` the digest of the document that was written, or null',
    },
  ).action(async (suspect: string, others: string[], options: Options) => {
    if (others.length === 0 && options.registry === undefined)
      throw new UsageError('There is nothing to compare with. Name a sketch or a model, or use --registry <folder>.')
    const sketches: NamedSketch[] = []
    for (const other of others) sketches.push(await sketchOf(context, other))
    if (options.registry !== undefined) sketches.push(...(await readSketchFolder(context, options.registry)))
    const secret =
      options.secret === undefined ? undefined : await readBytesFile(context, options.secret, MAX_SECRET_BYTES)
    await withSketched(context, suspect, options, async ({ source, exact, weights, reason }) => {
      const secrets = new Map(
        secret === undefined
          ? []
          : sketches.filter(({ sketch }) => sketch.isSecret).map(({ sketch }) => [sketch, secret]),
      )
      const all = sketches.map(({ sketch }) => sketch)
      const compared = [...compareWithSketches(makeProbe(source, all, { exact, secrets }), all)]
      const comparisons = compared.map((comparison, index) => {
        const { name, digest } = sketches[index]!
        return { name, sketch: digest, ...comparison, claim: claimOf(comparison, weights, options.evidence) }
      })
      const verdict = worstOf(compared)
      const evidence = options.evidence === undefined ? null : comparisonEvidence(weights, comparisons)
      if (evidence !== null) await writeWhole(context, options.evidence!, evidenceText(evidence))
      else if (options.evidence !== undefined) note(context, 'Nothing was found, so no evidence was written.')
      if (reason !== null) note(context, `Only equal tensors were compared. ${reason}`)
      const digest = evidence && evidenceDigest(evidence)
      print(context, options.json, { weights, verdict, reason, evidence: digest, comparisons }, () =>
        comparisons.map(formatComparison).join('\n\n'),
      )
      if (verdict === 'same-weights' || verdict === 'not-independent') exit(EXIT.finding)
      if (verdict === 'cannot-tell') exit(EXIT.undecided)
    })
  })
}

/** The sketch in a file; of a folder, or of a file of weights, the one that is made now. */
async function sketchOf(context: Context, path: string): Promise<NamedSketch> {
  const stats = await stat(pathOf(context, path)).catch(() => undefined)
  if (stats?.isFile() && !/\.(?:safetensors|gguf|onnx)$/i.test(path)) return readSketch(context, path)
  return withSketched(context, path, {}, async ({ source, exact, reason }) => {
    if (reason !== null) note(context, `Of ${quoted(path)}, only equal tensors are compared. ${reason}`)
    const sketch = makeSketch(source, { exact })
    return { name: path, digest: sha256(sketchBytes(sketch)), sketch }
  })
}

const ORDER = ['same-weights', 'not-independent', 'cannot-tell', 'no-evidence'] as const

function worstOf(comparisons: readonly Comparison[]): Comparison['verdict'] {
  return ORDER.find((verdict) => comparisons.some((each) => each.verdict === verdict)) ?? 'cannot-tell'
}

function claimOf({ verdict }: Comparison, weights: string, evidence: string | undefined): string | null {
  const isFound = verdict === 'not-independent' || verdict === 'same-weights'
  return isFound ? claimCommand({ subject: weights, isProduct: true, evidence }) : null
}
