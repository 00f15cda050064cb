import { toJson, type Context } from '../console/context.ts'
import { writeWhole } from '../console/files.ts'
import { quoted } from '../core/text.ts'

/** Options of commands whose result is a document. */
export type DocumentOptions = { output?: string; json?: boolean }

/**
 * Prints a document as JSON. With `--output`, writes it to that file instead, and prints what was written; `--json` then
 * prints the document too.
 *
 * @param summary says what was written to the file, whose quoted path it receives
 */
export async function printDocument(
  context: Context,
  { output, json }: DocumentOptions,
  document: unknown,
  summary: (file: string) => string,
): Promise<void> {
  const text = `${toJson(document)}\n`
  if (output !== undefined) await writeWhole(context, output, text)
  if (output === undefined || json) context.stdout(text)
  else context.stdout(`${summary(quoted(output))}\n`)
}
