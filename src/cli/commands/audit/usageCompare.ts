import type { Command } from 'commander'

import { compareCalls } from '../../../audit/compareCalls.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { usageLogPaths } from '../../usageLogPaths.ts'

type Options = { origin?: string; json?: boolean }

/** `stemma usage compare`: compares the calls that a caller kept with an operator's logs. Exit code 1 when they differ. */
export function usageCompare(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(command.option('--origin <origin>', 'only the calls to this gateway, such as https://api.example.com'), {
    example: '$ stemma usage compare calls.jsonl gateway/logs --origin https://api.example',
    json: '{ same, own, records, counting: { records, tokens }, found, differences: [{ call, code, reason, record?: { index, path } }] }',
  }).action(async (own: string, log: string, options: Options) => {
    const paths = await usageLogPaths(context, log)
    if (paths.length === 0)
      throw new UsageError(`There is no usage log at "${log}". Name a log, or the folder of a gateway.`)
    const { isCut, ...compared } = await compareCalls({
      own: pathOf(context, own),
      logs: paths.map((path) => pathOf(context, path)),
      signal: context.signal,
      ...(options.origin !== undefined && { origin: options.origin }),
    })
    const same = compared.found === 0
    print(context, options.json, { same, ...compared }, () =>
      [
        same
          ? `The same: each of the caller's ${compared.own} calls is in the log, and nothing else.`
          : `Caller and operator differ in ${compared.found} ${compared.found === 1 ? 'point' : 'points'}: ${compared.own} calls of the caller, ${compared.records} records.`,
        ...compared.differences.map(({ call, code, reason }) => `  call ${call}: ${code}: ${reason}`),
        ...(compared.found > compared.differences.length
          ? [`  and ${compared.found - compared.differences.length} more`]
          : []),
        ...(compared.counting.records > 0
          ? [
              `  ${compared.counting.records} more records count ${compared.counting.tokens} tokens of batches and the like`,
            ]
          : []),
      ].join('\n'),
    )
    if (isCut) note(context, 'The last line of the caller’s file is not whole, as after a crash, and was left out.')
    if (!same) exit(EXIT.finding)
  })
}
