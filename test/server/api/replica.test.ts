import { expect } from 'chai'
import pg from 'pg'

import { createApi, type Api } from '../../../packages/server/src/api/api.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { openPostgresDatabase } from '../../../packages/server/src/indexer/postgres.ts'
import { createPostgresStore } from '../../../packages/server/src/indexer/postgresStore.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import { startPostgres, type PostgresServer, type Replica } from '../indexer/postgres.ts'
import { recordedNode } from '../indexer/recordedNode.ts'
import { indexOnce } from '../indexer/world.ts'

describe('api: a read replica', function () {
  this.timeout(60_000)
  const { deployment, rpc } = recordedNode()
  let server: PostgresServer
  let replica: Replica
  let store: Store
  let copy: Database
  let where: string

  before(async function () {
    server = await startPostgres({ isOurs: true })
    where = await server.createDatabase()
    store = createPostgresStore(where, { beat: 50, lease: 60_000 })
    await indexOnce(deployment, rpc, store, { depth: 16 })
    replica = await server.startReplica!()
    copy = openPostgresDatabase(replica.urlOf(where))
  })

  after(async function () {
    await copy?.close()
    await replica?.stop()
    await store?.close()
    await server?.stop()
  })

  const on = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: replica.urlOf(where) })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  type Ready = { ready: boolean; reason?: string; replicaLag?: number }
  const ask = async (api: Api): Promise<Ready> => {
    const response = await api.fetch(new Request('http://x/ready'))
    const answer = (await response.json()) as Ready
    expect(response.status).to.equal(answer.ready ? 200 : 503)
    return answer
  }
  const until = async (api: Api, holds: (answer: Ready) => boolean): Promise<Ready> => {
    for (;;) {
      const answer = await ask(api)
      if (holds(answer)) return answer
    }
  }

  it('is ready while it follows, and the server that it copies is not taken for a replica', async function () {
    const answer = await until(createApi({ database: copy }), ({ replicaLag }) => replicaLag === 0)
    expect(answer).to.include({ ready: true })
    const database = openPostgresDatabase(where)
    expect(await ask(createApi({ database }))).to.not.have.property('replicaLag')
    await database.close()
  })

  it('is not ready when its replay has stopped, until that goes on', async function () {
    const api = createApi({ database: copy, readyLag: 0 })
    await on('SELECT pg_wal_replay_pause()')
    const { reason } = await until(api, ({ ready }) => !ready)
    expect(reason).to.equal('The replica has paused.')
    // Within the time that it may be behind, it counts as ready.
    expect(await ask(createApi({ database: copy, readyLag: 3600 }))).to.include({ ready: true })
    await on('SELECT pg_wal_replay_resume()')
    await until(api, ({ ready }) => ready)
  })

  it('is not ready when the server that it copies is gone', async function () {
    await server.crash!()
    const { reason } = await until(createApi({ database: copy, readyLag: 0 }), ({ ready }) => !ready)
    expect(reason).to.equal('The replica is behind its server.')
    await server.restart!()
    await until(createApi({ database: copy }), ({ replicaLag }) => replicaLag === 0)
  })

  it('is waited for by an indexer that was sent to it, as after a failover', async function () {
    const misled = createPostgresStore(replica.urlOf(where), { beat: 50, lease: 60_000 })
    const identity = { chainId: deployment.chainId, ledger: deployment.contracts.ledger }
    const error = await misled.start(identity).catch((failure: unknown) => failure)
    await misled.close()
    expect(error).to.include({ code: 'DATABASE', isTransient: true })
    expect((error as Error).message).to.contain('It is a read-only replica: name the primary')
  })
})
