import { dirname, join } from 'node:path'

import { defaultCachePath } from '../../artifacts/digestCache.ts'
import type { SubjectOptions } from '../subject.ts'
import { createMemoryCache, openAnswerCache, type AnswerCache } from './answerCache.ts'
import { hubEndpoint } from './hubReference.ts'
import { createHubClient, type HubClient } from './request.ts'

/** What questions to the Hub about several models share: the client, whose waits for the Hub's limits all keep, and the cache of answers. */
export type HubSession = { client: HubClient; cache: AnswerCache }

/**
 * Begins to ask the Hub. Answers are kept in the folder `hub` beside the cache of digests.
 *
 * @param patient whether the bound on waits for the Hub's limits begins again with each answer, as a run over thousands of models needs
 * @throws `HubEndpointError` `UntrustedCacheError`
 */
export async function openHubSession(options: SubjectOptions = {}, patient = false): Promise<HubSession> {
  const env = options.env ?? process.env
  const client = createHubClient(hubEndpoint(env), options, patient)
  const cache =
    options.cache === false
      ? createMemoryCache()
      : await openAnswerCache(join(dirname(options.cache ?? defaultCachePath(env)), 'hub'))
  return { client, cache }
}
