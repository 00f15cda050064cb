import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { builtInModel } from './local/builtInModel.ts'
import { serveChat } from './local/chatFace.ts'
import { startGatewayProcess } from './local/gatewayProcess.ts'
import { makeGatewayWorld, MODEL } from './local/gatewayWorld.ts'
import { startLlamaEngine } from './local/llamaEngine.ts'
import { withOwnChain, type OwnChain, type Ran } from './local/ownChain.ts'
import type { PlayedCommand } from './play.ts'

const ROOT = join(import.meta.dirname, '..')
const QUOTAS = { calls: 1000, tokens: 100_000 }
/** Where the engine is installed, and found again by the next play. */
const ENGINE_FOLDER = join(ROOT, '.stemma/engine')
/** An hour before now, as preparing a ledger moves the clock of a new chain on. */
const BEFORE = 3600

/**
 * Plays the gateway on a chain of its own, with a real process of `stemma-server gateway`: a customer obtains a credential and calls by curl,
 * looks at the record of the call, and is refused once the publisher has revoked the credential. At the end the log is checked against the chain.
 *
 * @param hasEngine whether a real engine answers, which npm installs, or the built-in upstream
 * @returns each command and its outcome
 */
export async function playGateway(hasEngine: boolean, print: (line: string) => void): Promise<PlayedCommand[]> {
  return withOwnChain(Math.floor(Date.now() / 1000) - BEFORE, async (chain) => {
    const engine = hasEngine
      ? await startLlamaEngine(MODEL.served, ENGINE_FOLDER, print)
      : { ...builtInModel(MODEL.served), close: async () => {} }
    const face = await serveChat(engine)
    try {
      return await playCalls(chain, face.url, print)
    } finally {
      await face.close()
      await engine.close()
    }
  })
}

async function playCalls(chain: OwnChain, upstream: string, print: (line: string) => void): Promise<PlayedCommand[]> {
  const played: PlayedCommand[] = []
  const keep = (command: string, { code, output }: Omit<Ran, 'stdout'>): PlayedCommand => {
    for (const line of output.trimEnd().split('\n')) print(`  ${line}`.trimEnd())
    const done = { command, code, output }
    played.push(done)
    return done
  }
  const type = async (args: readonly string[]): Promise<Ran> => {
    const command = ['stemma', ...args.map((each) => (/^[\w./:=,@-]+$/.test(each) ? each : `"${each}"`))].join(' ')
    print(`\n$ ${command}`)
    const ran = await chain.stemma(args)
    keep(command, ran)
    return ran
  }
  print(`\n-- The publisher offers commercial use, the customer obtains it, and the operator may act for the publisher`)
  const world = await makeGatewayWorld(chain, QUOTAS, type)

  print('\n-- The operator puts the gateway in front of its engine')
  const gateway = await startGatewayProcess(chain, world, upstream, print)
  try {
    const shell = async (command: string): Promise<PlayedCommand> => {
      print(`\n$ ${command}`)
      return keep(command, await runInShell(command, gateway.env))
    }
    const { output } = await shell(
      `stemma-server gateway key add --config ${gateway.config} --holder ${world.cast.initech} --model ${MODEL.served} --tier Metered`,
    )
    const [key] = /sk-stemma-[\w-]+/.exec(output)!
    print('\n  (The customer keeps the key, in KEY.)')
    gateway.env.KEY = key
    gateway.env.GATEWAY = gateway.url

    // A running gateway reads its keys again when their file has changed, which takes a moment.
    const models = 'curl -s -o /dev/null -w "%{http_code}" $GATEWAY/v1/models -H "authorization: Bearer $KEY"'
    await until(async () => (await runInShell(models, gateway.env)).output === '200')

    print('\n-- The customer calls, as it would call OpenAI')
    const ask = (question: string, more = ''): string =>
      `curl -si $GATEWAY/v1/chat/completions -H "authorization: Bearer $KEY" -H 'content-type: application/json' -d '${JSON.stringify(
        { model: MODEL.served, messages: [{ role: 'user', content: question }], max_tokens: 24 },
      ).replace(/\}$/, `${more}}`)}'`
    const answer = await shell(ask('Who are you?'))
    await shell(`${ask('Who are you?', ',"stream":true')} | tail -n 6`)

    print('\n-- What the operator has kept of the first call, and its receipt')
    const call = /^stemma-call: (\S+)/im.exec(answer.output)?.[1]
    if (call === undefined) throw new Error('The first call was not served, as its answer above says.')
    gateway.env.CALL = call
    const record = `curl -s $GATEWAY/stemma/calls/$CALL -H "authorization: Bearer $KEY"`
    // A call is sealed into its log about a second after it ended.
    await until(async () => /"receipt": ?\{/.test((await runInShell(record, gateway.env)).output))
    await shell(record)

    print('\n-- The publisher revokes the credential, and the next call is refused')
    await type(['credential', 'revoke', world.credential, '--reason', 'breach of clause 4', '--from', world.cast.acme])
    const { number } = (await chain.provider.getBlock('latest'))!
    await until(async () => (await gateway.head()) >= number)
    await shell(ask('And now?'))

    print('\n-- The operator stops the gateway, which anchors the log; anybody who has the log can check it')
    await gateway.stop()
    await type(['usage', 'replay', gateway.folder])
    return played
  } finally {
    await gateway.stop()
  }
}

async function runInShell(command: string, env: NodeJS.ProcessEnv): Promise<Omit<Ran, 'stdout'>> {
  const child = spawn('sh', ['-c', `exec 2>&1\n${command}`], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const part of child.stdout.setEncoding('utf8')) output += part
  const code = child.exitCode ?? ((await once(child, 'exit')) as [number])[0]
  return { code, output: output.replaceAll('\r\n', '\n') }
}

/** Looks four times a second whether something has come. */
async function until(hasCome: () => Promise<boolean>): Promise<void> {
  while (!(await hasCome())) await new Promise((next) => setTimeout(next, 250))
}
