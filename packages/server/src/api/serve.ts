import { openDatabase } from '../indexer/openDatabase.ts'
import { ForeignIndexError } from '../indexer/store.ts'
import { createApi, type ApiSettings } from './api.ts'
import { EmptyIndexError } from './ledgerView.ts'
import { listen, type Listening } from './listen.ts'
import { builtExplorer, readPages } from './pages.ts'

/** What to serve, and where. */
export type ServeSettings = Omit<ApiSettings, 'database' | 'pages'> & {
  /** Path of a SQLite file, or `postgres://…`. */
  database: string
  /** 0 for any free port. */
  port: number
  host: string
  /** The folder of the built explorer; null serves none. That of this checkout by default, where it is built. */
  explorer?: string | null
}

/**
 * Serves the query API over a database that an indexer keeps, until it is closed. The process keeps only what comes from the
 * database, so any number of processes may serve the same one.
 *
 * @throws `DatabaseError` when the database does not exist
 * @throws {@link PortTakenError}, `CannotListenError`, `ExplorerNotBuiltError`
 */
export async function serveApi({
  database: where,
  port,
  host,
  explorer,
  ...settings
}: ServeSettings): Promise<Listening> {
  const folder = explorer === undefined ? builtExplorer() : explorer
  const pages = folder == null ? undefined : await readPages(folder)
  const database = openDatabase(where)
  const api = createApi({ database, ...settings, ...(pages && { pages }) })
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
