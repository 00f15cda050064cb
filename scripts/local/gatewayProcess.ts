import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

import { DEPLOYMENTS_FOLDER } from '../../src/deployments/deploymentFiles.ts'
import { MODEL, type GatewayWorld } from './gatewayWorld.ts'
import type { OwnChain } from './ownChain.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The program as it stands in the sources, or as the package ships it, which has to be built. */
export type ProgramKind = 'sources' | 'built'

/** A gateway that runs as a program of its own. */
export type GatewayProcess = {
  url: string
  pid: number
  /** Its configuration file, and the folder in which it keeps everything. */
  config: string
  folder: string
  /** The environment of commands about it: programs, ledger. */
  env: NodeJS.ProcessEnv
  /** Number of the newest block that it has acted on. */
  head(): Promise<number>
  /** Stops it, as SIGTERM does, if it still runs. */
  stop(): Promise<void>
}

/** Starts `stemma-server gateway` in front of an upstream, with a configuration as an operator writes it. */
export async function startGatewayProcess(
  chain: OwnChain,
  { operatorKey }: GatewayWorld,
  upstream: string,
  print: (line: string) => void,
  kind: ProgramKind = 'sources',
): Promise<GatewayProcess> {
  const config = join(chain.folder, 'gateway.json')
  const folder = join(chain.folder, 'gateway')
  const settings = {
    folder,
    upstream: { url: upstream, dialects: ['openai'] },
    models: [{ name: MODEL.served, model: MODEL.registered, use: 'commercial' }],
  }
  const text = JSON.stringify(settings, undefined, 2)
  await writeFile(config, `${text}\n`)
  print(`\n$ cat ${config}\n${text.replaceAll(/^/gm, '  ')}`)
  const env = await serverEnvironment(chain, kind)
  const args = ['gateway', '--config', config, '--port', '0', '--json']
  print(`\n$ STEMMA_PRIVATE_KEY=… stemma-server ${args.join(' ')} &`)
  const child = spawn('stemma-server', args, {
    env: { ...env, STEMMA_PRIVATE_KEY: operatorKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => print(`  ${text.trimEnd()}`))
  const line = await listeningLine(child)
  // What it writes from now on is its log, which nobody reads here.
  child.stdout.resume()
  print(`  ${line}`)
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    pid: child.pid!,
    config,
    folder,
    env,
    async head() {
      const { head } = (await (await fetch(`${url}/stemma/gateway`)).json()) as { head: { block: number } | null }
      return head?.block ?? 0
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** The line in which a gateway names its address. */
async function listeningLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if ((JSON.parse(line) as { kind: string }).kind === 'listening') return line
  }
  throw new Error(`The gateway ended with ${child.exitCode} before it listened.`)
}

/** What a shell needs to find `stemma-server` and the ledger. */
export async function serverEnvironment(
  { folder, deployment }: OwnChain,
  kind: ProgramKind = 'sources',
): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const program =
    kind === 'built'
      ? `'${join(ROOT, 'packages/server/dist/cli/main.js')}'`
      : `--conditions=source '${join(ROOT, 'packages/server/src/cli/main.ts')}'`
  const file = join(bin, 'stemma-server')
  // The shell gives its place to the program, so that signals reach it.
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' ${program} "$@"\n`)
  await chmod(file, 0o755)
  return {
    ...process.env,
    NODE_OPTIONS: '',
    PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
    STEMMA_DEPLOYMENT: join(folder, DEPLOYMENTS_FOLDER, `${deployment.name}.json`),
    STEMMA_RPC_URL: undefined,
  }
}
