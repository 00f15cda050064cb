import type { IncomingHttpHeaders } from 'node:http'

import type { Refusal, RequestFacts, Route } from './ports.ts'

/** Reads a multipart body while it streams upstream. */
export type MultipartWatch = {
  /** Takes the next bytes of the caller. They may go upstream when this resolves, unless it resolves to a refusal. */
  push(chunk: Buffer): Promise<Refusal | undefined>
  /**
   * The body has ended. Its last bytes may go upstream only when this resolves to facts: a model name may stand after the file.
   * For `files` the facts have no model; `onModel` was called with each name in the lines.
   */
  end(): Promise<Omit<RequestFacts, 'body'> | Refusal>
}

/**
 * Watches a multipart body: an upload of audio, or of the input file of a batch.
 *
 * @param onModel called as soon as a model name is known, once for each; what it returns ends the upload
 */
export function watchMultipart(
  _route: Route,
  _headers: IncomingHttpHeaders,
  _onModel: (name: string) => Refusal | undefined,
): MultipartWatch | Refusal {
  throw new Error('to come on e16-c')
}
