import type { Command } from 'commander'

import { compareWithStatement } from '../../../artifacts/compareWithStatement.ts'
import { modelDigest } from '../../../artifacts/modelDigest.ts'
import { quoted } from '../../../core/text.ts'
import { parseUnverifiedStatement, type ParsedStatement } from '../../../interop/oms.ts'
import { EXIT, note, print, type Context } from '../../../console/context.ts'
import { pathOf, readJsonFile } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { ignoreOption, noteHashing, withHashing } from '../../hashing.ts'

type Options = { workers?: string; cache: boolean; ignore: string[]; statement?: string; json?: boolean }

type Result = modelDigest.ReturnType & Partial<compareWithStatement.ReturnType>

/** `stemma digest`: computes the model digest of a folder or a file. */
export function digest(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(
    command
      .addOption(ignoreOption())
      .option(
        '--statement <file>',
        'compare with a signed statement or bundle (model.sig); its signature is not checked',
      )
      .option('--workers <n>', 'how many files to hash at a time (default: one for each core)')
      .option('--no-cache', 'hash everything again'),
    {
      example:
        '$ stemma digest ./acme__tiny-chat --ignore logs\n$ stemma digest ./signed --statement ./signed/model.sig',
      json: '{ digest, referenceDigest, manifest, bytes, files, problems: [{ kind, incomplete, files, message }], warnings: [...] }; with --statement also { statement: { name, digest, statedDigest, order, manifest }, differences: [{ name, kind }] }',
    },
  ).action(async (path: string, options: Options) => {
    const target = pathOf(context, path)
    const statement =
      options.statement === undefined
        ? undefined
        : parseUnverifiedStatement(await readJsonFile(context, options.statement))
    const result = await withHashing(context, options.ignore, (settings): Promise<Result> => {
      const all = {
        ...settings,
        ...(options.workers !== undefined && { workers: Number(options.workers) }),
        ...(!options.cache && { cache: false as const }),
      }
      return statement === undefined ? modelDigest(target, all) : compareWithStatement(target, statement, all)
    })
    noteHashing(context, result)
    const { differences = [] } = result
    if (statement !== undefined) noteStatement(context, statement, differences.length)
    print(context, options.json, { ...result, ...(statement && { statement }) }, () =>
      [result.digest, ...differences.map(({ kind, name }) => `${kind} ${name}`)].join('\n'),
    )
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
