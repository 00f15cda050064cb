import type { Command } from 'commander'

import { requireTensors } from '../../../artifacts/modelDigest.ts'
import { ZERO_DIGEST } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { compareManifests, parseUnverifiedStatement, type ParsedStatement } from '../../../interop/oms.ts'
import { EXIT, note, print, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import {
  checkTensorList,
  ignoreOption,
  NO_TENSORS,
  noteHashing,
  openModel,
  TENSOR_LIST,
  tensorsAreRead,
  writeTensorList,
} from '../../hashing.ts'

type Options = {
  workers?: string
  cache: boolean
  tensors: boolean
  tensorList?: string
  ignore: string[]
  statement?: string
  json?: boolean
}

/** `stemma digest`: computes the model digest of a folder or a file, or of a model that is elsewhere. */
export function digest(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(
    command
      .addOption(ignoreOption())
      .option(
        '--statement <file>',
        'compare with a signed statement or bundle (model.sig); its signature is not checked',
      )
      .option(...NO_TENSORS)
      .option(...TENSOR_LIST)
      .option('--workers <n>', 'how many files to hash at a time (default: one for each core)')
      .option('--no-cache', 'hash everything again'),
    {
      example:
        '$ stemma digest ./acme__tiny-chat --ignore logs\n$ stemma digest ./acme__tiny-chat --tensor-list tensors.list\n$ stemma digest ./signed --statement ./signed/model.sig\n$ stemma digest hf:acme/tiny-chat@v1.0\n$ stemma digest ollama:tiny-chat',
      json: '{ digest, tensors, tensorsError, referenceDigest, manifest, bytes, files, problems: [{ kind, incomplete, files, message }], warnings: [...], subject: { reference, place, name, revision } }, where tensors is null with --no-tensors, or when tensorsError { code, message } says why; with --statement also { statement: { name, digest, statedDigest, order, manifest }, differences: [{ name, kind }] }',
    },
  ).action(async (path: string, options: Options) => {
    checkTensorList(options)
    const statement =
      options.statement === undefined
        ? undefined
        : parseUnverifiedStatement(await readJsonFile(context, options.statement))
    const {
      contents: _,
      stated: __,
      claims: ___,
      reference,
      place,
      name,
      revision,
      ...result
    } = await openModel(context, path, options.ignore, {
      tensors: options.tensors,
      ...(options.workers !== undefined && { workers: Number(options.workers) }),
      ...(!options.cache && { cache: false }),
      ...(statement && { recordedIgnore: statement.manifest.serialization.ignore_paths }),
    })
    noteHashing(context, result)
    // Others that cannot be listed are explained at the end, beside the digest.
    if (options.tensorList !== undefined && result.tensors !== null && !tensorsAreRead(result.tensors))
      requireTensors(result.tensors)
    const compared = statement && { statement, differences: compareManifests(statement.manifest, result.manifest) }
    const { differences = [] } = compared ?? {}
    if (statement !== undefined) noteStatement(context, statement, differences.length)
    const { tensors, ...others } = result
    const refused = tensors !== null && 'refused' in tensors ? tensors.refused : undefined
    const tensorsDigest = tensors === null || 'refused' in tensors ? null : tensors.digest
    if (tensors !== null && refused === undefined && options.tensorList !== undefined) {
      await writeTensorList(context, options.tensorList, tensors)
    }
    const output = {
      ...others,
      tensors: tensorsDigest,
      tensorsError: refused === undefined ? null : { code: refused.code, message: refused.message },
      subject: { reference, place, name, revision },
      ...compared,
    }
    if (tensorsDigest && tensorsDigest !== ZERO_DIGEST && !options.json) note(context, `tensors ${tensorsDigest}`)
    print(context, options.json, output, () =>
      [result.digest, ...differences.map(({ kind, name }) => `${kind} ${name}`)].join('\n'),
    )
    // The digest of the weights is known, that of the tensors cannot be: wrong input, but for --no-tensors.
    if (tensors !== null && refused !== undefined && !tensorsAreRead(tensors)) {
      note(context, `The tensors are left out (${refused.code}). ${refused.message}`)
    } else if (refused !== undefined) {
      note(
        context,
        `The tensors have no digest (${refused.code}). ${refused.message} For that of the weights alone, use --no-tensors.`,
      )
      exit(EXIT.input)
      return
    }
    if (differences.length > 0) exit(EXIT.finding)
  })
}

function noteStatement(context: Context, { name }: ParsedStatement, differences: number): void {
  const compared =
    differences === 0
      ? 'The files are those of the statement'
      : `${differences} ${differences === 1 ? 'file differs' : 'files differ'} from those of the statement`
  note(context, `${compared} about ${quoted(name)}. Who signed it was not checked.`)
}
