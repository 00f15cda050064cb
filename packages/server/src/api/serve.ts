import { openDatabase } from '../indexer/openDatabase.ts'
import { ForeignIndexError } from '../indexer/store.ts'
import { createApi, type ApiSettings } from './api.ts'
import { EmptyIndexError } from './ledgerView.ts'
import { listen, type Listening } from './listen.ts'

/** What to serve, and where. */
export type ServeSettings = Omit<ApiSettings, 'database'> & {
  /** Path of a SQLite file, or `postgres://…`. */
  database: string
  /** 0 for any free port. */
  port: number
  host: string
}

/**
 * Serves the query API over a database that an indexer keeps, until it is closed. The process keeps only what comes from the
 * database, so any number of processes may serve the same one.
 *
 * @throws `DatabaseError` when the database does not exist
 * @throws {@link PortTakenError}, `CannotListenError`
 */
export async function serveApi({ database: where, port, host, ...settings }: ServeSettings): Promise<Listening> {
  const database = openDatabase(where)
  const api = createApi({ database, ...settings })
  try {
    await api.warm().catch((error: unknown) => {
      // The indexer may start or rebuild later; until then the API says that it is not ready.
      if (!(error instanceof EmptyIndexError || error instanceof ForeignIndexError)) throw error
    })
    const listening = await listen((request, caller) => api.fetch(request, caller), { port, host })
    return {
      url: listening.url,
      async close(grace) {
        await listening.close(grace)
        await api.close()
        await database.close()
      },
    }
  } catch (error) {
    await api.close()
    await database.close()
    throw error
  }
}
