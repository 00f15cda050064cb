import { BYTES_A_TOKEN } from '../jsonObject.ts'
import type { Route, Usage } from '../ports.ts'
import { EventReader } from './eventReader.ts'
import { inflated } from './inflated.ts'
import type { KeptBytes } from './keptBytes.ts'
import { textBytes, writtenIn } from './textBytes.ts'
import { TokenCount } from './tokenCount.ts'
import { usageIn } from './usageIn.ts'
import { usageMember } from './usageMember.ts'

/** An estimate counts a token for so many bytes of sound: ten a second at 128 kbit/s. */
export const SOUND_BYTES_A_TOKEN = 1600

/** What an answer is, by its `content-type`. */
export type Content = 'json' | 'events' | 'text' | 'binary'

/** Counts the tokens of an answer that has ended, or was cut. */
export function bodyUsage(
  route: Route,
  inputTokens: number,
  content: Content,
  encoding: string,
  kept: KeptBytes,
): Usage {
  const count = new TokenCount(inputTokens)
  const bytes = kept.isWhole || encoding === '' ? inflated(kept.bytes(), encoding) : undefined
  const hasOutput = route.name !== 'embeddings'
  if (content === 'binary') {
    count.write(Math.ceil(kept.length / SOUND_BYTES_A_TOKEN) * BYTES_A_TOKEN)
  } else if (bytes === undefined || content === 'text') {
    // What cannot be read counts as text.
    if (hasOutput) count.write(bytes?.length ?? kept.length)
  } else if (content === 'events') {
    readEvents(bytes.toString('latin1'), new EventReader(route, count))
  } else {
    const text = bytes.toString('latin1')
    // Of a long answer only the end is kept, so all of it counts as text.
    if (hasOutput) count.write(kept.isWhole ? textBytes(text, writtenIn(route.name, false)) : kept.length)
    const usage = usageIn(usageMember(text), route)
    if (usage !== undefined) count.report(hasOutput ? usage : { ...usage, output: 0 })
  }
  const usage = count.usage()
  return hasOutput ? usage : { ...usage, outputTokens: 0 }
}

function readEvents(text: string, reader: EventReader): void {
  for (const event of text.split(/\r\n\r\n|\n\n|\r\r/)) reader.read(event)
}
