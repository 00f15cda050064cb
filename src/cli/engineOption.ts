import { Option } from 'commander'

import { UsageError, type Context } from '../console/context.ts'
import { didYouMean, quoted } from '../core/text.ts'
import { ENGINE_NAMES, type EngineOptions } from '../scan/run/engines/callEngines.ts'

/** The option that chooses the engines of others that a scan calls. */
export function engineOption(): Option {
  return new Option(
    '--engines <names>',
    `engines of others to call too, if they are installed: ${ENGINE_NAMES.join(',')}, or none`,
  ).default(ENGINE_NAMES.join(','), 'all that are installed')
}

/** The engines that the option names. @throws {@link UsageError} */
export function enginesOf({ env }: Context, text: string): Pick<EngineOptions, 'names' | 'env'> {
  if (text === 'none') return { names: [], env }
  const names = text.split(',').map((word) => {
    const name = ENGINE_NAMES.find((each) => each === word.trim())
    if (name !== undefined) return name
    throw new UsageError(
      `Invalid --engines ${quoted(text)}: use ${ENGINE_NAMES.join(',')}, one of them, or none.${didYouMean(word, ENGINE_NAMES)}`,
    )
  })
  return { names, env }
}
