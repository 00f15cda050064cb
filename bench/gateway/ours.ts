import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { startGatewayProcess } from '../../scripts/local/gatewayProcess.ts'
import { makeGatewayWorld, MODEL as NAMES } from '../../scripts/local/gatewayWorld.ts'
import { withOwnChain } from '../../scripts/local/ownChain.ts'
import type { Contender } from './contenders.ts'

/** The model's name in requests. */
export const MODEL = NAMES.served

/** Enough for a run: whatever is refused would be cheaper than a call. */
const QUOTAS = { calls: 1_000_000_000, tokens: 1_000_000_000_000 }

/** The gateway with the full audit, as the package ships it and as a program of its own, and a chain that mines in this process. */
export async function ours(upstream: string, report: (line: string) => void): Promise<Contender> {
  let end = (): void => {}
  const over = new Promise<void>((resolve) => void (end = resolve))
  return new Promise((resolve, reject) => {
    const ended = withOwnChain(Math.floor(Date.now() / 1000) - 3600, async (chain) => {
      report('Preparing a chain with a credential, and the gateway …')
      const world = await makeGatewayWorld(chain, QUOTAS, (args) => chain.stemma(args))
      const gateway = await startGatewayProcess(chain, world, upstream, () => {}, 'built')
      const args = ['gateway', 'key', 'add', '--config', gateway.config, '--holder', world.cast.initech]
      const more = ['--model', MODEL, '--tier', 'Metered', '--json']
      const { stdout } = await promisify(execFile)('stemma-server', [...args, ...more], { env: gateway.env })
      const [key] = /sk-stemma-[\w-]+/.exec(stdout)!
      resolve({
        name: 'ours, full audit',
        url: `${gateway.url}/v1/chat/completions`,
        headers: { authorization: `Bearer ${key}` },
        pid: gateway.pid,
        async close() {
          end()
          await ended
        },
      })
      await over
      await gateway.stop()
    })
    ended.catch(reject)
  })
}
