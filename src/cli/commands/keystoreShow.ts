import type { Command } from 'commander'

import { parseAddress } from '../../core/hex.ts'
import { print, type Context } from '../../console/context.ts'
import { InvalidKeystoreError, readKeystore } from '../../console/key.ts'
import { withHelp } from '../../console/options.ts'

/** `stemma keystore show`: shows the account of a keystore. */
export function keystoreShow(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma keystore show ~/.stemma-key.json',
    json: '{ address, path }',
  }).action(async (path: string, options: { json?: boolean }) => {
    const { address: text } = JSON.parse(await readKeystore(context, path)) as { address?: unknown }
    if (typeof text !== 'string') throw new InvalidKeystoreError(path)
    const address = parseAddress(text.startsWith('0x') ? text : `0x${text}`)
    print(context, options.json, { address, path }, () => address)
  })
}
