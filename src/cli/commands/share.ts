import type { Command } from 'commander'

import { toJson, type Context } from '../../console/context.ts'
import { readJsonFile } from '../../console/files.ts'
import { withHelp } from '../../console/options.ts'
import { shareUrl } from '../../documents/share.ts'

/** `stemma share`: puts a signed document into a URL. */
export function share(command: Command, context: Context): void {
  withHelp(command.option('--url <base>', 'the page that the URL opens (default: the one that explains such URLs)'), {
    example:
      '$ stemma share offer.json --url https://acme.example/accept\n$ stemma credential accept "$(stemma share offer.json)"',
    json: '{ url }',
  }).action(async (path: string, { url: base, json }: { url?: string; json?: boolean }) => {
    const url = await shareUrl(await readJsonFile(context, path), base)
    // Not shortened, as texts for people are: a URL is of use only when it is whole. It has ASCII letters and marks only.
    context.stdout(`${json ? toJson({ url }) : url}\n`)
  })
}
