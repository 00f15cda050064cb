import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { expect } from 'chai'

import type { Deployment } from '../../src/core/deployment.ts'
import type { Address } from '../../src/core/hex.ts'
import { findDeployment, listDeployments, writeDeployment } from '../../src/deployments/deploymentFiles.ts'
import { configurationFolder, listTrusted, removeTrust, trustDeployment } from '../../src/deployments/trust.ts'

/** A deployment that is known by its chain. */
function deploymentOn(chainId: number, name = 'local'): Deployment {
  const address = `0x${'11'.repeat(20)}` as Address
  const names = [
    'manager',
    'recalls',
    'ledger',
    'recalls',
    'licenseCredential',
    'lineageClaims',
    'complianceLens',
    'usageAudit',
    'reviewGate',
    'loadCheck',
  ]
  const contracts = Object.fromEntries(names.map((each) => [each, address])) as Deployment['contracts']
  return { name, chainId, firstBlock: 0, contracts }
}

describe('a deployment in a folder', function () {
  let root: string
  let env: NodeJS.ProcessEnv

  beforeEach(async function () {
    root = await realpath(await mkdtemp(join(tmpdir(), 'stemma-trust-')))
    env = { HOME: join(root, 'home') }
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const folder = async (...parts: string[]): Promise<string> => {
    const path = join(root, ...parts)
    await mkdir(path, { recursive: true })
    return path
  }
  /** The chain of the deployment that is found, or the code of the error. */
  const find = async (cwd: string, which?: string, more: NodeJS.ProcessEnv = {}): Promise<number | string> => {
    try {
      return (await findDeployment(which, { env: { ...env, ...more }, cwd })).chainId
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const own = async (deployment: Deployment): Promise<void> => {
    const path = join(await folder('home/.config/stemma/deployments'), `${deployment.name}.json`)
    await writeFile(path, JSON.stringify(deployment))
  }

  it('is not used while it is not trusted, in the folder itself, above it, and however its name is given', async function () {
    const model = await folder('downloads/model')
    const below = await folder('downloads/model/sub/folder')
    await writeDeployment(deploymentOn(666), model)
    await writeDeployment(deploymentOn(666, 'main'), model)
    for (const cwd of [model, below]) {
      expect(await find(cwd)).to.equal('DEPLOYMENT_UNTRUSTED')
      expect(await find(cwd, 'main')).to.equal('DEPLOYMENT_UNTRUSTED')
      expect(await find(cwd, undefined, { STEMMA_DEPLOYMENT: 'main' })).to.equal('DEPLOYMENT_UNTRUSTED')
      expect(await find(cwd, undefined, { STEMMA_DEPLOYMENT: '' })).to.equal('DEPLOYMENT_UNTRUSTED')
    }
    expect(await find(dirname(model))).to.equal('DEPLOYMENT_NOT_FOUND')
  })

  it('is not used by a relative path in STEMMA_DEPLOYMENT either, which means another file in each folder', async function () {
    const model = await folder('model')
    const path = await writeDeployment(deploymentOn(666), model)
    for (const relative of ['.stemma/deployments/local.json', './.stemma/deployments/local.json']) {
      expect(await find(model, undefined, { STEMMA_DEPLOYMENT: relative })).to.equal('DEPLOYMENT_UNTRUSTED')
    }
    expect(await find(model, undefined, { STEMMA_DEPLOYMENT: path })).to.equal(666)
    expect(await find(model, '.stemma/deployments/local.json')).to.equal(666)
  })

  it('comes after the configuration of the user, also when it is trusted', async function () {
    const checkout = await folder('checkout')
    await trustDeployment(await writeDeployment(deploymentOn(2), checkout), { env })
    expect(await find(checkout)).to.equal(2)
    await own(deploymentOn(1))
    expect(await find(checkout)).to.equal(1)
    expect(await find(checkout, undefined, { STEMMA_DEPLOYMENT: 'local' })).to.equal(1)
  })

  it('takes no configuration from the folder, by a relative XDG_CONFIG_HOME or HOME', async function () {
    const model = await folder('model')
    await mkdir(join(model, 'stemma/deployments'), { recursive: true })
    await writeFile(join(model, 'stemma/deployments/local.json'), JSON.stringify(deploymentOn(666)))
    expect(await find(model, undefined, { XDG_CONFIG_HOME: '.' })).to.equal('DEPLOYMENT_NOT_FOUND')
    expect(configurationFolder({ env: { ...env, XDG_CONFIG_HOME: '.' } })).to.equal(join(root, 'home/.config/stemma'))
    expect(configurationFolder({ env: { HOME: '.' } })).to.match(/^\//)
  })

  it('is trusted by its bytes and its path: a change, a move or a link to another file ends it', async function () {
    const checkout = await folder('checkout')
    const path = await writeDeployment(deploymentOn(2), checkout)
    await trustDeployment(path, { env })
    expect(await find(await folder('checkout/sub'))).to.equal(2)

    await writeDeployment({ ...deploymentOn(2), rpcUrl: 'https://elsewhere.example' }, checkout)
    const changed = await findDeployment(undefined, { env, cwd: checkout }).catch((error: unknown) => error)
    expect(changed).to.include({ code: 'DEPLOYMENT_UNTRUSTED', kind: 'input' })
    expect((changed as Error).message)
      .to.contain(`${path} has changed since you trusted it. It names the ledger 0x1111`)
      .and.to.contain('on chain 2')
      .and.to.contain(`stemma trust ${path}`)
    await writeDeployment(deploymentOn(2), checkout)
    expect(await find(checkout)).to.equal(2)

    const copy = await folder('copy')
    await writeDeployment(deploymentOn(2), copy)
    expect(await find(copy)).to.equal('DEPLOYMENT_UNTRUSTED')

    const other = join(root, 'other.json')
    await rename(path, other)
    await symlink(other, path)
    expect(await find(checkout)).to.equal('DEPLOYMENT_UNTRUSTED')
  })

  it('is listed after those of the user, and until it is trusted without trust', async function () {
    const checkout = await folder('checkout')
    const path = await writeDeployment(deploymentOn(2, 'team'), checkout)
    await own(deploymentOn(1))
    const listed = async () =>
      (await listDeployments({ env, cwd: checkout })).map(({ deployment, trusted }) => [deployment.name, trusted])
    expect(await listed()).to.deep.equal([
      ['local', true],
      ['team', false],
    ])
    await trustDeployment(path, { env })
    expect((await listed())[1]).to.deep.equal(['team', true])
    expect((await listTrusted({ env })).map((entry) => [entry.path, entry.state])).to.deep.equal([[path, 'trusted']])
    await writeDeployment(deploymentOn(3, 'team'), checkout)
    expect((await listTrusted({ env }))[0]!.state).to.equal('changed')
    await rm(path)
    expect((await listTrusted({ env }))[0]!.state).to.equal('missing')
    await removeTrust(path, { env })
    expect(await listTrusted({ env })).to.deep.equal([])
    expect(await removeTrust(path, { env }).catch((error: unknown) => error)).to.include({ code: 'NOT_TRUSTED' })
  })

  it('keeps each trust that programs give at once, and takes a broken entry for none', async function () {
    const paths = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        writeDeployment(deploymentOn(index), await folder(`checkout${index}`)),
      ),
    )
    await Promise.all(paths.map((path) => trustDeployment(path, { env })))
    expect((await listTrusted({ env })).length).to.equal(20)
    const entries = join(configurationFolder({ env }), 'trusted')
    for (const name of await readdir(entries)) await writeFile(join(entries, name), '{')
    expect(await listTrusted({ env })).to.deep.equal([])
    expect(await find(dirname(dirname(dirname(paths[0]!))))).to.equal('DEPLOYMENT_UNTRUSTED')
  })

  it('is refused at once when it is a pipe, a folder or too large', async function () {
    const model = await folder('model/.stemma/deployments')
    const path = join(model, 'local.json')
    execFileSync('mkfifo', [path])
    expect(await find(model)).to.equal('UNREADABLE_DEPLOYMENT')
    await rm(path)
    await mkdir(path)
    expect(await find(model)).to.equal('UNREADABLE_DEPLOYMENT')
    await rm(path, { recursive: true })
    await writeFile(path, ' '.repeat(1024 * 1024 + 1))
    expect(await find(model)).to.equal('UNREADABLE_DEPLOYMENT')
  })

  it('has a name that cannot become a command where the error quotes it', async function () {
    const model = await folder("a'$(id)")
    await writeDeployment(deploymentOn(666), model)
    const error = (await findDeployment(undefined, { env, cwd: model }).catch((each: unknown) => each)) as Error
    expect(error.message).to.contain(
      `stemma trust '${dirname(model)}/${basename(model).replace("'", String.raw`'\''`)}/`,
    )
  })
})
