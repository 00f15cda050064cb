import { execFileSync, spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

const tool = join(import.meta.dirname, '../../tools/publish.ts')

type Manifest = { name: string; dependencies?: Record<string, string> }

describe('publishTarballs', function () {
  this.timeout(60_000)
  let folder: string
  let registry: Server
  const sent: Manifest[] = []

  before(async function () {
    folder = mkdtempSync(join(tmpdir(), 'stemma-publish-'))
    registry = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => (body += part))
      request.on('end', () => {
        response.setHeader('content-type', 'application/json')
        if (request.method === 'PUT') {
          sent.push(...Object.values((JSON.parse(body) as { versions: Record<string, Manifest> }).versions))
          response.writeHead(201).end('{}')
        } else if (request.url === '/old') {
          const versions = { '1.0.0': { name: 'old', version: '1.0.0' } }
          response.end(JSON.stringify({ name: 'old', 'dist-tags': { latest: '1.0.0' }, versions }))
        } else response.writeHead(404).end('{}')
      })
    })
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  })

  after(function () {
    registry.close()
    rmSync(folder, { recursive: true })
  })

  it('sends the registry the manifest of each tarball whose version it does not have', async function () {
    const { port } = registry.address() as AddressInfo
    const tarballs = [
      { name: 'old', version: '1.0.0', dependencies: {} },
      { name: 'new', version: '1.0.0', dependencies: { old: '1.0.0' } },
    ].map((manifest) => {
      const into = join(folder, manifest.name)
      mkdirSync(into)
      writeFileSync(join(into, 'package.json'), JSON.stringify(manifest))
      execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: into, stdio: 'ignore' })
      return { ...manifest, tarball: join(folder, `${manifest.name}-1.0.0.tgz`) }
    })
    const config = `//127.0.0.1:${port}/:_authToken=x\nregistry=http://127.0.0.1:${port}/\n`
    writeFileSync(join(folder, '.npmrc'), config)
    const program = `import { publishTarballs } from ${JSON.stringify(tool)}
      console.log(JSON.stringify(publishTarballs(${JSON.stringify(tarballs)}).map(({ name }) => name)))`
    // In a process of its own, because it waits for npm, and npm for the registry of this one.
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        npm_config_userconfig: join(folder, '.npmrc'),
        npm_config_loglevel: 'silent',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await new Promise((resolve) => child.once('close', resolve))
    expect(printed).to.equal('["new"]\n')
    expect(sent.map(({ name, dependencies }) => [name, dependencies])).to.deep.equal([['new', { old: '1.0.0' }]])
  })
})
