import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { Generator } from './chatFace.ts'
import { writeRandomModel } from './randomModel.ts'

const VERSION = '3.21.1'

/** What of node-llama-cpp is used here; the package is in no lockfile, so its own types are not at hand. */
type NodeLlamaCpp = {
  getLlama: (options: { gpu: false; build: 'never'; maxThreads: number; progressLogs: boolean }) => Promise<Llama>
  LlamaLogLevel: { error: string }
}
type Llama = { loadModel: (options: { modelPath: string }) => Promise<LlamaModel>; dispose: () => Promise<void> }
type LlamaModel = {
  tokenize: (text: string) => number[]
  detokenize: (tokens: readonly number[]) => string
  createContext: (options: { threads: number; contextSize: number }) => Promise<LlamaContext>
}
type LlamaContext = { getSequence: () => LlamaSequence }
type LlamaSequence = {
  clearHistory: () => Promise<void>
  evaluate: (tokens: readonly number[], options: { temperature: number; seed: number }) => AsyncIterable<number>
}

/** A generator of an engine, which holds memory until it is closed. */
export type Engine = Generator & { close: () => Promise<void> }

/**
 * Loads a model of random weights into llama.cpp, by node-llama-cpp, on the processor and with one thread. Installs the package into
 * `folder` when it is not there, without what it has for graphic cards.
 *
 * @throws Error when npm cannot install it
 */
export async function startLlamaEngine(name: string, folder: string, print: (line: string) => void): Promise<Engine> {
  const entry = join(folder, 'node_modules/node-llama-cpp/dist/index.js')
  if (!existsSync(entry)) install(folder, print)
  const { getLlama } = (await import(pathToFileURL(entry).href)) as NodeLlamaCpp
  const file = join(folder, 'random.gguf')
  await writeRandomModel(file)
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, progressLogs: false })
  const model = await llama.loadModel({ modelPath: file })
  const sequence = (await model.createContext({ threads: 1, contextSize: 512 })).getSequence()
  // One text at a time: the others wait for their turn.
  let turn: Promise<void> = Promise.resolve()
  return {
    name,
    count: (text) => model.tokenize(text).length,
    async *generate(prompt, most, signal) {
      const before = turn
      let done = (): void => {}
      turn = new Promise((resolve) => void (done = resolve))
      await before
      try {
        await sequence.clearHistory()
        let made = 0
        // At most half of the context is the prompt.
        for await (const token of sequence.evaluate(model.tokenize(prompt).slice(-256), {
          temperature: 0.8,
          seed: 1,
        })) {
          if (signal.aborted) return
          yield model.detokenize([token])
          made += 1
          if (made === most) return
        }
      } finally {
        done()
      }
    },
    close: () => llama.dispose(),
  }
}

function install(folder: string, print: (line: string) => void): void {
  const packages = [`node-llama-cpp@${VERSION}`, `@node-llama-cpp/${platform()}@${VERSION}`]
  print(`Installing ${packages.join(' and ')} into ${folder} …`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'engine', private: true, type: 'module' }))
  // Optional dependencies are the builds for all machines and graphic cards; scripts would build one from source.
  const options = ['--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--ignore-scripts', '--omit=optional']
  const { status, stderr } = spawnSync('npm', ['install', ...options, ...packages], { cwd: folder, encoding: 'utf8' })
  if (status === 0) return
  throw new Error(
    `node-llama-cpp cannot be installed: ${stderr.slice(-1000)}\nPlay without --engine, by the built-in upstream.`,
  )
}

/** The build of this machine: of an Apple processor it is the one that has Metal. */
function platform(): string {
  const system = { darwin: 'mac', win32: 'win' }[process.platform as string] ?? process.platform
  return `${system}-${process.arch}${process.platform === 'darwin' && process.arch === 'arm64' ? '-metal' : ''}`
}
