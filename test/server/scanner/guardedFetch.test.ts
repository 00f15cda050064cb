import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'

import { guardedFetch, type GuardedFetch } from '../../../packages/server/src/scanner/guardedFetch.ts'

describe('guardedFetch', function () {
  let server: Server
  let host: string
  let asked = 0
  const clients: GuardedFetch[] = []
  const codeOf = async (url: string, own: string[] = []): Promise<unknown> => {
    const client = guardedFetch(own)
    clients.push(client)
    return client.fetch(url).then(
      async (response) => [response.status, await response.text()],
      (error: { code?: string }) => error.code,
    )
  }

  before(async function () {
    server = createServer((_, response) => {
      asked += 1
      response.end('here')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(async function () {
    await Promise.all(clients.map((client) => client.close()))
    server.close()
  })

  it('asks no private address, by its number in any spelling or by a name, and no host over http', async function () {
    const { port } = server.address() as AddressInfo
    for (const url of [
      `https://127.0.0.1:${port}/`,
      `https://127.1:${port}/`,
      `https://2130706433:${port}/`,
      `https://0x7f000001:${port}/`,
      `https://[::1]:${port}/`,
      `https://[::ffff:127.0.0.1]:${port}/`,
      'https://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ])
      expect(await codeOf(url), url).to.equal('PRIVATE_ADDRESS')
    expect(await codeOf(`https://localhost:${port}/`)).to.equal('PRIVATE_ADDRESS')
    for (const url of [`http://${host}/`, 'http://models.example/', 'https://user:word@models.example/'])
      expect(await codeOf(url), url).to.equal('UNSAFE_URL')
    expect(asked).to.equal(0)
  })

  it('asks the hosts that the operator names, at their ports alone', async function () {
    expect(await codeOf(`http://${host}/x`, [host])).to.deep.equal([200, 'here'])
    const { port } = server.address() as AddressInfo
    expect(await codeOf(`http://localhost:${port}/x`, [`localhost:${port}`])).to.deep.equal([200, 'here'])
    expect(await codeOf('http://127.0.0.1:1/', [host])).to.equal('UNSAFE_URL')
  })

  it('follows no redirect by itself', async function () {
    const away = createServer((_, response) => response.writeHead(302, { location: `http://${host}/` }).end())
    away.listen(0, '127.0.0.1')
    await once(away, 'listening')
    const at = `127.0.0.1:${(away.address() as AddressInfo).port}`
    expect(await codeOf(`http://${at}/`, [at])).to.deep.equal([302, ''])
    away.close()
  })
})
