import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'

import { expect } from 'chai'

const CLI = resolve('packages/server/src/cli')
const urlOf = (file: string): string => JSON.stringify(pathToFileURL(resolve(CLI, file)).href)

/** What a program of some lines prints. */
function printed(program: string): string {
  const args = ['--conditions=source', '--input-type=module', '-e', program]
  return execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
}

describe('memory of stemma-server', () => {
  it('holds no package of one command while another runs', () => {
    const loaded = printed(`
      import { registerHooks } from 'node:module'
      registerHooks({ load(url, context, next) { console.log(url); return next(url, context) } })
      await import(${urlOf('run.ts')})`)
    const heavy = ['ethers', 'graphql', 'graphql-yoga', 'pg', 'pg-copy-streams', 'prom-client', 'undici']
    expect(loaded).to.include('/node_modules/commander/')
    expect(heavy.filter((name) => loaded.includes(`/node_modules/${name}/`))).to.deep.equal([])
  })

  it('has a young generation that does not grow with the load of a gateway', () => {
    const most = printed(`
      import { getHeapSpaceStatistics } from 'node:v8'
      import { keepHeapSmall } from ${urlOf('smallHeap.ts')}
      const young = () => getHeapSpaceStatistics().find((each) => each.space_name === 'new_space').space_size
      keepHeapSmall()
      const kept = []
      let most = 0
      for (let tick = 0; tick < 100; ++tick) {
        for (let made = 0; made < 20_000; ++made) kept[made] = { made, text: [made, tick] }
        most = Math.max(most, young())
        await new Promise(setImmediate)
      }
      console.log(most)`)
    expect(Number(most)).to.be.within(8e6, 17e6)
  })
})
